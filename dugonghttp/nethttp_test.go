package dugonghttp_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
)

// Every field of net/http's Transport is there, with its type, apart from those
// that are deprecated or about HTTP/2.
func TestFieldsOfNetHTTP(t *testing.T) {
	without := map[string]string{
		"Dial":              "deprecated: DialContext",
		"DialTLS":           "deprecated: DialTLSContext",
		"ForceAttemptHTTP2": "HTTP/2",
		"HTTP2":             "HTTP/2",
		"Protocols":         "HTTP/2",
	}
	ours := reflect.TypeFor[dugonghttp.Transport]()
	for _, f := range reflect.VisibleFields(reflect.TypeFor[http.Transport]()) {
		if !f.IsExported() {
			continue
		}
		mine, ok := ours.FieldByName(f.Name)
		switch why := without[f.Name]; {
		case why != "" && ok:
			t.Errorf("%s is there, although it is left out because of %q", f.Name, why)
		case why != "":
		case !ok:
			t.Errorf("%s %v is missing", f.Name, f.Type)
		case mine.Type != f.Type:
			t.Errorf("%s is a %v, in net/http a %v", f.Name, mine.Type, f.Type)
		}
	}
	closer, ok := any(new(dugonghttp.Transport)).(interface{ CloseIdleConnections() })
	if !ok {
		t.Fatal("CloseIdleConnections is missing, for which http.Client looks")
	}
	closer.CloseIdleConnections() // of one that was never used
}

// Nothing is left to net/http's own Transport: it is named in comments only.
func TestNetHTTPDoesNotTransport(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := s.X.(*ast.Ident); !ok || pkg.Name != "http" {
				return true
			}
			used++
			switch s.Sel.Name {
			case "Transport", "DefaultTransport", "DefaultClient", "Client", "Get", "Head", "Post", "PostForm":
				t.Errorf("%s uses http.%s", name, s.Sel.Name)
			}
			return true
		})
	}
	if used == 0 {
		t.Error("nothing of net/http was found at all: the test looks at the wrong files")
	}
}

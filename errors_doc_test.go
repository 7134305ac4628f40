package dugong_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
)

var kinds = map[string]error{
	"ErrBodySource":            dugong.ErrBodySource,
	"ErrCanceled":              dugong.ErrCanceled,
	"ErrConnectFailed":         dugong.ErrConnectFailed,
	"ErrConnectionClosed":      dugong.ErrConnectionClosed,
	"ErrConnectionTimedOut":    dugong.ErrConnectionTimedOut,
	"ErrDNSUnavailable":        dugong.ErrDNSUnavailable,
	"ErrEarlyResponse":         dugong.ErrEarlyResponse,
	"ErrExcessBodyData":        dugong.ErrExcessBodyData,
	"ErrHostnameNotResolvable": dugong.ErrHostnameNotResolvable,
	"ErrInvalidConfig":         dugong.ErrInvalidConfig,
	"ErrInvalidRequest":        dugong.ErrInvalidRequest,
	"ErrInvalidResponse":       dugong.ErrInvalidResponse,
	"ErrPipelineFull":          dugong.ErrPipelineFull,
	"ErrProxyRefused":          dugong.ErrProxyRefused,
	"ErrState":                 dugong.ErrState,
	"ErrTLS":                   dugong.ErrTLS,
	"ErrTooLarge":              dugong.ErrTooLarge,
	"ErrUnsupportedResponse":   dugong.ErrUnsupportedResponse,
}

// checkFault: whose fault it is stands first in the column behind "When".
func checkFault(t *testing.T, name, row string) {
	t.Helper()
	if kinds[name] == nil {
		t.Errorf("%s is not in the list of this test", name)
		return
	}
	usual := string(dugong.UsualFault(kinds[name]))
	if column := strings.Split(row, "|"); len(column) < 2 || !strings.HasPrefix(strings.TrimSpace(column[1]), usual) {
		t.Errorf("docs/errors.md, %s: whose is not %q, which is what an error of that kind usually says", name, usual)
	}
}

// TestErrorsInDocument: docs/errors.md has a row for every exported Err
// variable, and one for every Phase, with its value.
func TestErrorsInDocument(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	page, found := document(t, "docs/errors.md"), map[string]int{}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range g.Specs {
			v, ok := s.(*ast.ValueSpec)
			if !ok || !v.Names[0].IsExported() {
				continue
			}
			name, row := v.Names[0].Name, "\n| `"+v.Names[0].Name+"` |"
			switch {
			case strings.HasPrefix(name, "Err"):
				found["Err"]++
			case strings.HasPrefix(name, "Phase"):
				found["Phase"]++
				row += " `" + strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`) + "` |"
			default:
				continue
			}
			_, rest, ok := strings.Cut(page, row)
			if !ok {
				t.Errorf("docs/errors.md has no row that begins %q", strings.TrimSpace(row))
			} else if strings.HasPrefix(name, "Err") {
				checkFault(t, name, rest)
			}
		}
	}
	if found["Err"] < 18 || found["Phase"] < 9 {
		t.Errorf("found %v in errors.go: the test does not see them all any more", found)
	}
}

package dugong_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

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
			if !strings.Contains(page, row) {
				t.Errorf("docs/errors.md has no row that begins %q", strings.TrimSpace(row))
			}
		}
	}
	if found["Err"] < 18 || found["Phase"] < 9 {
		t.Errorf("found %v in errors.go: the test does not see them all any more", found)
	}
}

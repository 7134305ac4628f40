package dugong_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/dugong-http/dugong"

// A room is a package of the library and what its files, tests apart, may
// import. Arrows point one way only: see docs/architecture.md.
type room struct {
	ours      []string // packages of this module
	forbidden []string // packages of the standard library, and all below them
	outside   []string // prefixes of other modules
}

var rooms = map[string]room{
	"internal/h1":      {forbidden: []string{"net", "io", "os", "time", "sync", "context"}}, // no I/O, no clock, no locks
	"internal/gid":     {},
	"internal/nio":     {forbidden: []string{"net/http"}, outside: []string{"golang.org/x/sys"}},
	"internal/dial":    {ours: []string{"internal/h1", "internal/nio"}, forbidden: []string{"net/http"}, outside: []string{"golang.org/x/net"}},
	"internal/interop": {}, // tests only
	"internal/inside":  {ours: []string{"internal/nio"}},
	".":                {ours: []string{"internal/h1", "internal/nio", "internal/dial", "internal/gid", "internal/inside"}, forbidden: []string{"net/http"}, outside: []string{"golang.org/x"}},
	"aio":              {ours: []string{".", "internal/inside"}, forbidden: []string{"net/http"}, outside: []string{"golang.org/x"}},
	"dugonghttp":       {ours: []string{".", "internal/*"}, outside: []string{"golang.org/x"}},
	"internal/fetch":   {ours: []string{".", "internal/dial"}, outside: []string{"golang.org/x"}},
}

// anywhere lists the folders whose packages may import what they like: nobody
// imports them but main programs and tests.
var anywhere = []string{"cmd", "examples", "internal/wiretest", "internal/origin", "internal/tools"}

func TestArchitecture(t *testing.T) {
	imports := importsOf(t)
	if len(imports) < 8 {
		t.Fatalf("only %d packages were found", len(imports))
	}
	for dir, list := range imports {
		if slices.ContainsFunc(anywhere, func(p string) bool { return dir == p || strings.HasPrefix(dir, p+"/") }) {
			continue
		}
		r, ok := rooms[dir]
		if !ok {
			t.Errorf("package %s has no entry: say what it may import", dir)
			continue
		}
		for _, p := range list {
			if why := r.refuses(p); why != "" {
				t.Errorf("%s imports %s: %s", dir, p, why)
			}
		}
	}
}

func (r room) refuses(path string) string {
	if rest, ok := strings.CutPrefix(path, module); ok {
		rest = strings.TrimPrefix(rest, "/")
		if rest == "" {
			rest = "."
		}
		for _, o := range r.ours {
			if ok, _ := filepath.Match(o, rest); ok {
				return ""
			}
		}
		return "the arrow points the wrong way"
	}
	for _, f := range r.forbidden {
		if path == f || strings.HasPrefix(path, f+"/") {
			return "it must do without"
		}
	}
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
		return "" // standard library
	}
	if slices.ContainsFunc(r.outside, func(p string) bool { return strings.HasPrefix(path, p) }) {
		return ""
	}
	return "not a module that the library may use"
}

// importsOf reads the imports of all files of the module, for all systems,
// tests apart.
func importsOf(t *testing.T) map[string][]string {
	all := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			name := d.Name()
			nested, _ := filepath.Glob(filepath.Join(path, "go.mod"))
			if path != "." && (strings.HasPrefix(name, ".") || name == "testdata" || len(nested) > 0) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		all[dir] = append(all[dir], []string{}...)
		for _, s := range f.Imports {
			p, err := strconv.Unquote(s.Path.Value)
			if err != nil {
				return err
			}
			all[dir] = append(all[dir], p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestNoNetHTTP: whoever imports the library alone does not get net/http, by
// whatever way.
func TestNoNetHTTP(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".", "./aio").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "crypto/tls") {
		t.Fatalf("the list is odd: %d packages", len(deps))
	}
	if slices.Contains(deps, "net/http") {
		t.Error("net/http is linked into every program that uses the library")
	}
}

package dugong_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the documents say is held to the code, as far as a test can do that.

func document(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// exampleBodies gives the source of each Example function without indentation.
func exampleBodies(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("example*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("files of examples: %q, %v", files, err)
	}
	bodies := map[string]string{}
	for _, name := range files {
		src := document(t, name)
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Example") {
				bodies[fn.Name.Name] = flat(src[fset.Position(fn.Body.Lbrace).Offset:fset.Position(fn.Body.Rbrace).Offset])
			}
		}
	}
	return bodies
}

// flat takes the indentation away, which differs between a function and a page.
func flat(code string) string {
	lines := strings.Split(strings.TrimSpace(code), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

var (
	exampleName = regexp.MustCompile("`(Example[A-Za-z0-9_]*)`")
	codeBlock   = regexp.MustCompile("(?s)```go\n(.*?)```")
)

// TestCodeInDocuments: every piece of Go in a page is part of the Example that
// the page named last, so it compiles and gives the output that is tested.
func TestCodeInDocuments(t *testing.T) {
	bodies, shown := exampleBodies(t), map[string]bool{}
	for _, page := range []string{"README.md", "docs/tutorial.md", "docs/from-python.md"} {
		text := document(t, page)
		for _, m := range exampleName.FindAllStringSubmatch(text, -1) {
			if _, ok := bodies[m[1]]; !ok {
				t.Errorf("%s names %s, which is not in example*_test.go", page, m[1])
			}
		}
		blocks := codeBlock.FindAllStringSubmatchIndex(text, -1)
		if len(blocks) == 0 {
			t.Errorf("%s has no code", page)
		}
		for _, b := range blocks {
			names := exampleName.FindAllStringSubmatch(text[:b[0]], -1)
			code := flat(text[b[2]:b[3]])
			if len(names) == 0 {
				t.Errorf("%s: no Example is named before\n%s", page, code)
				continue
			}
			name := names[len(names)-1][1]
			if shown[name] = true; !strings.Contains(bodies[name], code) {
				t.Errorf("%s: this is not in %s:\n%s", page, name, code)
			}
		}
	}
	for name := range bodies {
		if !shown[name] {
			t.Errorf("%s is in no page", name)
		}
	}
}

// TestProgramInReadme: the program that the README has for a folder of one's own
// compiles.
func TestProgramInReadme(t *testing.T) {
	_, rest, _ := strings.Cut(document(t, "README.md"), "cat >main.go <<'END'\n")
	program, _, ok := strings.Cut(rest, "\nEND\n")
	name := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(name, []byte(program+"\n"), 0o600); err != nil || !ok {
		t.Fatalf("no program, or %v", err)
	}
	if out, err := exec.Command("go", "build", "-o", name+".exe", name).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

var localLink = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

// TestLinksInDocuments: what a page links to inside the project is there.
func TestLinksInDocuments(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	roots, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, page := range append(roots, pages...) {
		for _, m := range localLink.FindAllStringSubmatch(document(t, page), -1) {
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			}
		}
	}
	if links == 0 {
		t.Error("no page has a link: the pattern does not find them any more")
	}
}

var (
	testName = regexp.MustCompile("`((?:Test|Fuzz)[A-Z0-9][A-Za-z0-9_]*)`")
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]*)\(`)
)

// TestTestsInDocuments: a test that a page cites is there.
func TestTestsInDocuments(t *testing.T) {
	there := map[string]bool{}
	for _, pattern := range []string{"*_test.go", "internal/*/*_test.go", "cmd/*/*_test.go", "aio/*_test.go", "examples/*/*_test.go"} {
		files, err := filepath.Glob(filepath.FromSlash(pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			for _, m := range testFunc.FindAllStringSubmatch(document(t, name), -1) {
				there[m[1]] = true
			}
		}
	}
	for _, page := range []string{"docs/supported-http.md", "docs/from-python.md"} {
		cited := testName.FindAllStringSubmatch(document(t, page), -1)
		if len(cited) < 40 {
			t.Errorf("%s cites %d tests: the pattern does not find them any more", page, len(cited))
		}
		for _, m := range cited {
			if !there[m[1]] {
				t.Errorf("%s cites %s, which is nowhere", page, m[1])
			}
		}
	}
}

var moduleLine = regexp.MustCompile(`(?m)^\s(\S+\.\S+/\S+) (v\S+)`)

// TestModulesInDocument: the licence of every module in go.mod is listed, with
// the version that was looked at.
func TestModulesInDocument(t *testing.T) {
	page, modules := document(t, "docs/architecture.md"), moduleLine.FindAllStringSubmatch(document(t, "go.mod"), -1)
	if len(modules) == 0 {
		t.Error("go.mod has no modules: the pattern does not find them any more")
	}
	for _, m := range modules {
		if !strings.Contains(page, "\n| `"+m[1]+"` | "+m[2]+" |") {
			t.Errorf("docs/architecture.md does not list %s %s", m[1], m[2])
		}
	}
}

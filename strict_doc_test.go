package dugong_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// testsOf gives the names of all tests and fuzz targets of the module, with
// their comments and the folder each is in.
func testsOf(t *testing.T) (comments, folders map[string]string) {
	t.Helper()
	comments, folders = map[string]string{}, map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && testOrFuzz.MatchString(fn.Name.Name) {
				comments[fn.Name.Name], folders[fn.Name.Name] = fn.Doc.Text(), filepath.ToSlash(filepath.Dir(path))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return comments, folders
}

var (
	testOrFuzz = regexp.MustCompile(`^(Test|Fuzz)[A-Z0-9]`)
	namedTest  = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")
	ruleRow    = regexp.MustCompile(`(?m)^\| (\d+) \|.*\|(.*)\|$`)
	ruleOfTest = regexp.MustCompile(`^TestRule(\d\d)`)
	section    = regexp.MustCompile(`(?m)^## `)
)

// part is one section of a page.
func part(t *testing.T, page, title string) string {
	t.Helper()
	for _, s := range section.Split(page, -1) {
		if strings.HasPrefix(s, title+"\n") {
			return s
		}
	}
	t.Fatalf("there is no section %q", title)
	return ""
}

// TestStrictDocument: docs/supported-http.md has the 28 parsing rules in their
// order, each with tests that exist, and names every test that carries the
// number of a rule in the row of that rule.
func TestStrictDocument(t *testing.T) {
	page := document(t, "docs/supported-http.md")
	_, folders := testsOf(t)
	for _, m := range namedTest.FindAllStringSubmatch(page, -1) {
		if folders[m[1]] == "" {
			t.Errorf("it names %s, which does not exist", m[1])
		}
	}
	rows := ruleRow.FindAllStringSubmatch(part(t, page, "The parsing rules"), -1)
	named := map[string]string{}
	for i, row := range rows {
		tests := namedTest.FindAllStringSubmatch(row[2], -1)
		if row[1] != fmt.Sprint(i+1) || len(tests) == 0 {
			t.Errorf("row %d is of rule %s, with %d tests", i+1, row[1], len(tests))
		}
		for _, m := range tests {
			named[m[1]] += fmt.Sprintf(" %02d", i+1)
		}
	}
	if len(rows) != 28 {
		t.Errorf("%d rules, want 28", len(rows))
	}
	for name := range folders {
		if m := ruleOfTest.FindStringSubmatch(name); m != nil && !slices.Contains(strings.Fields(named[name]), m[1]) {
			t.Errorf("%s is not in the row of its rule", name)
		}
	}
}

// TestStrictLimitsInDocument: each limit has a row, with its tests.
func TestStrictLimitsInDocument(t *testing.T) {
	text := part(t, document(t, "docs/supported-http.md"), "Limits")
	f, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	limits, _ := f.Scope.Lookup("Limits").Decl.(*ast.TypeSpec).Type.(*ast.StructType)
	for _, x := range limits.Fields.List {
		for _, name := range x.Names {
			row := regexp.MustCompile("(?m)^\\|[^|]*\\| `" + name.Name + "` \\|[^|]+\\|(.*)\\|$").FindStringSubmatch(text)
			if row == nil || !namedTest.MatchString(row[1]) {
				t.Errorf("no row with a test for the limit %s", name.Name)
			}
		}
	}
}

var (
	requirement = regexp.MustCompile(`(?m)^\| [0-9C][^|]*\|[^|]+\| (\w+(?: done)?)`)
	verdicts    = []string{"kept", "stricter", "caller", "not done"}
)

// TestStrictRequirements: each requirement of the RFCs has one of four
// verdicts, and a deviation has a reason behind it.
func TestStrictRequirements(t *testing.T) {
	page := document(t, "docs/supported-http.md")
	for _, title := range []string{"RFC 9112, requirement by requirement", "RFC 9110, requirement by requirement"} {
		count := map[string]int{}
		text := part(t, page, title)
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| Section") {
				continue
			}
			m := requirement.FindStringSubmatch(line)
			if m == nil || !slices.Contains(verdicts, m[1]) {
				t.Errorf("no verdict in %s", line)
				continue
			}
			count[m[1]]++
			_, here, _ := strings.Cut(line[strings.LastIndex(strings.TrimRight(line, " |\n"), "|"):], m[1])
			if reason := strings.Trim(here, " |:.\n"); (m[1] == "stricter" || m[1] == "not done") && len(reason) < 10 {
				t.Errorf("no reason in %s", line)
			}
		}
		t.Logf("%s: %v", title, count)
	}
}

// Letters of properties at the end of the comment of a fuzz target.
var properties = regexp.MustCompile(`(\([a-f]\)(, | to | and )?)+\.\s*$`)

// TestStrictFuzzTargets: every fuzz target says in a sentence what must hold
// for all input, and which of the properties (a) to (f) it checks.
func TestStrictFuzzTargets(t *testing.T) {
	comments, folders := testsOf(t)
	n := 0
	for name, text := range comments {
		if !strings.HasPrefix(name, "Fuzz") || folders[name] != "internal/h1" {
			continue
		}
		n++
		if !properties.MatchString(text) || len(text) < 60 {
			t.Errorf("%s does not say its invariant and properties: %q", name, text)
		}
	}
	if n < 8 {
		t.Errorf("%d fuzz targets, want eight", n)
	}
}

package dugong_test

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/dugong-http/dugong"
)

// The numbers in the names of the tests are those of the original's behaviours
// that they prove.

// items lists a header as "name=value".
func items(all iter.Seq2[string, string]) (list []string) {
	for name, value := range all {
		list = append(list, name+"="+value)
	}
	return list
}

func wantItems(t *testing.T, what string, h dugong.Header, want ...string) {
	t.Helper()
	if got := items(h.All()); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestHeaderItem175IgnoresCase(t *testing.T) {
	h := dugong.HeaderOf("Content-Type", "a", "X-b", "c")
	for _, name := range []string{"Content-Type", "content-type", "CONTENT-TYPE"} {
		if v, ok := h.Lookup(name); v != "a" || !ok || h.Get(name) != "a" || !h.Has(name) {
			t.Errorf("%s: %q, %v, want it found", name, v, ok)
		}
	}
	wantItems(t, "spelling last set", h, "Content-Type=a", "X-b=c")
	if keys := slices.Collect(h.Keys()); !slices.Equal(keys, []string{"Content-Type", "X-b"}) {
		t.Errorf("keys %q", keys)
	}
	if !h.Del("CONTENT-type") || h.Has("Content-Type") || h.Del("Content-Type") {
		t.Error("Del in another case: want true once, then false")
	}
	wantItems(t, "after Del", h, "X-b=c")
}

func TestHeaderItem175FoldsOnlyASCII(t *testing.T) {
	for _, pair := range [][2]string{{"Keep", "\u212aeep"}, {"Host", "Ho\u017ft"}, {"a-b", "a\rb"}, {"a@", "a`"}, {"a[", "a{"}, {"a", "ab"}} {
		if h := dugong.HeaderOf(pair[0], "x"); h.Has(pair[1]) {
			t.Errorf("%q is taken for %q", pair[1], pair[0])
		}
	}
}

func TestHeaderItem176SetKeepsPosition(t *testing.T) {
	h := dugong.HeaderOf("a", "1", "b", "2", "c", "3")
	h.Set("B", "4")
	wantItems(t, "new spelling, old position", h, "a=1", "B=4", "c=3")
	h.Set("d", "5")
	wantItems(t, "new name last", h, "a=1", "B=4", "c=3", "d=5")
	h.Add("b", "6")
	h.Add("e", "7")
	h.Set("b", "8")
	wantItems(t, "further fields of the name go", h, "a=1", "b=8", "c=3", "d=5", "e=7")
	var empty dugong.Header
	empty.Set("x", "y")
	wantItems(t, "zero value", empty, "x=y")
}

func TestHeaderItem177Equal(t *testing.T) {
	h := dugong.Header{{"A", "1"}, {"B", "2"}, {"a", "3"}}
	for _, c := range []struct {
		other dugong.Header
		want  bool
	}{
		{h, true},
		{dugong.Header{{"b", "2"}, {"a", "1"}, {"A", "3"}}, true},
		{dugong.Header{{"a", "3"}, {"b", "2"}, {"a", "1"}}, false}, // order of one name's values
		{dugong.Header{{"a", "1"}, {"b", "2"}}, false},
		{dugong.Header{{"a", "1"}, {"b", "2"}, {"c", "3"}}, false},
		{dugong.Header{{"a", "1"}, {"b", "2"}, {"b", "2"}}, false},
		{dugong.Header{{"a", "1"}, {"b", "2"}, {"a", "3"}, {"a", "3"}}, false},
		{dugong.Header{{"b", "2"}, {"b", "2"}, {"a", "1"}}, false},
		{nil, false},
	} {
		if h.Equal(c.other) != c.want || c.other.Equal(h) != c.want {
			t.Errorf("%v equal to %v: want %v both ways", h, c.other, c.want)
		}
	}
	if a, b := dugong.HeaderOf("a", "x"), dugong.HeaderOf("a", "X"); a.Equal(b) {
		t.Error("values compare exactly")
	}
	if !dugong.Header(nil).Equal(dugong.Header{}) {
		t.Error("empty headers are equal")
	}
}

func TestHeaderItem178Clone(t *testing.T) {
	h := dugong.HeaderOf("A", "1", "B", "2")
	c := h.Clone()
	c.Set("a", "3")
	c.Del("b")
	c.Add("C", "4")
	wantItems(t, "the original", h, "A=1", "B=2")
	wantItems(t, "the copy", c, "a=3", "C=4")
	if dugong.Header(nil).Clone() != nil {
		t.Error("the copy of nil is not nil")
	}
}

func TestHeaderItem178LowerItems(t *testing.T) {
	h := dugong.Header{{"Content-TYPE", "A"}, {"x", "B"}, {"\u00c9Z", "C"}}
	if got := items(h.LowerItems()); !slices.Equal(got, []string{"content-type=A", "x=B", "\u00c9z=C"}) {
		t.Errorf("got %q", got)
	}
	wantItems(t, "the header itself", h, "Content-TYPE=A", "x=B", "\u00c9Z=C")
}

func TestHeaderItem178Missing(t *testing.T) {
	for _, h := range []dugong.Header{nil, dugong.HeaderOf("a", "b")} {
		if v, ok := h.Lookup("Missing"); v != "" || ok || h.Get("Missing") != "" || h.Has("Missing") {
			t.Errorf("a missing name gave %q, %v", v, ok)
		}
		if h.Del("Missing") {
			t.Error("Del of a missing name says there was one")
		}
		for v := range h.Values("Missing") {
			t.Errorf("a value of a missing name: %q", v)
		}
	}
	if v, ok := dugong.HeaderOf("a").Lookup("a"); v != "" || !ok {
		t.Errorf("an empty value is there: %q, %v", v, ok)
	}
}

func TestHeaderItem179LastWins(t *testing.T) {
	wantItems(t, "clashing names", dugong.HeaderOf("a", "1", "b", "2", "A", "3"), "A=3", "b=2")
	wantItems(t, "a name without a value", dugong.HeaderOf("a", "1", "b"), "a=1", "b=")
}

func TestHeaderDuplicates(t *testing.T) {
	h := dugong.HeaderOf("Accept", "1", "b", "2")
	h.Add("ACCEPT", "3")
	wantItems(t, "Add appends", h, "Accept=1", "b=2", "ACCEPT=3")
	if got := slices.Collect(h.Values("accept")); !slices.Equal(got, []string{"1", "3"}) || h.Get("accept") != "1" {
		t.Errorf("values %q, first %q", got, h.Get("accept"))
	}
	if got := slices.Collect(h.Keys()); !slices.Equal(got, []string{"Accept", "b"}) {
		t.Errorf("keys %q, want each once", got)
	}
	if !h.Del("accept") {
		t.Error("Del says there was none")
	}
	wantItems(t, "Del removes all", h, "b=2")
}

func TestHeaderIteratorsStop(t *testing.T) {
	h := dugong.Header{{"a", "1"}, {"b", "2"}, {"a", "3"}}
	for name, all := range map[string]iter.Seq2[string, string]{"All": h.All(), "LowerItems": h.LowerItems()} {
		for n, v := range all {
			if n+v != "a1" {
				t.Errorf("%s goes on after break: %s %s", name, n, v)
			}
			break
		}
	}
	for name, all := range map[string]iter.Seq[string]{"a": h.Keys(), "1": h.Values("a")} {
		for v := range all {
			if v != name {
				t.Errorf("goes on after break: %s", v)
			}
			break
		}
	}
}

func TestHeaderFromMap(t *testing.T) {
	h := dugong.FromMap(map[string][]string{"b": {"2", "1"}, "A": {"3"}, "none": nil})
	wantItems(t, "sorted by name", h, "A=3", "b=2", "b=1")
	if got := maps.Collect(h.All()); len(got) != 2 {
		t.Errorf("got %v", got)
	}
}

func ExampleHeader() {
	h := dugong.HeaderOf("Accept", "text/html", "user-agent", "example/1.0")
	h.Set("ACCEPT", "text/plain") // same position, new spelling
	h.Add("Cookie", "a=b")
	for name, value := range h.All() {
		fmt.Printf("%s: %s\n", name, value)
	}
	fmt.Println(h.Get("User-Agent"))
	// Output:
	// ACCEPT: text/plain
	// user-agent: example/1.0
	// Cookie: a=b
	// example/1.0
}

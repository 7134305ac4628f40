package fetch

import (
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName leaves room, in the 255 octets of common file systems, for what
// openPart appends.
const maxName = 240

// FileName makes a file name of a URL: the last element of its path, decoded
// where that gives a harmless name, and "?" with the query as it stands.
// Without a last element it is index.html.
func (t *Target) FileName() (string, error) {
	path := t.url.EscapedPath()
	name := path[strings.LastIndexByte(path, '/')+1:]
	if plain, err := url.PathUnescape(name); err == nil && harmless(plain) {
		name = plain
	}
	if name == "" {
		name = "index.html"
	}
	if t.url.RawQuery != "" {
		name += "?" + t.url.RawQuery
	}
	name = escapeFor(runtime.GOOS, name)
	switch {
	case strings.Trim(name, ".") == "":
		return "", &BadInput{Excerpt(t.URL), "the last element of the path is no name for a file; use -o"}
	case len(name) > maxName:
		return "", &BadInput{Excerpt(t.URL), fmt.Sprintf("the file name made of it has %d octets, more than %d; use -o", len(name), maxName)}
	}
	return name, nil
}

// harmless: the decoded name stays one, and shows as what it is. A question
// mark or percent sign would make two URLs look the same.
func harmless(name string) bool {
	if !utf8.ValidString(name) {
		return false
	}
	for _, r := range name {
		if strings.ContainsRune(`/\?%`, r) || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// escapeFor percent-encodes what cannot stand in a name on that system.
func escapeFor(system, name string) string {
	bad := `/`
	if system == "windows" {
		bad = `/\<>:"|?*`
	}
	var b strings.Builder
	for i := range len(name) {
		if strings.IndexByte(bad, name[i]) >= 0 {
			fmt.Fprintf(&b, "%%%02X", name[i])
		} else {
			b.WriteByte(name[i])
		}
	}
	return b.String()
}

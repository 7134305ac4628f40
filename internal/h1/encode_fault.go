package h1

import (
	"strconv"
	"strings"
)

// Texts of what is refused: the value, the rule and the remedy. They leave
// out the query of a target, all user information and credentials.

func refusal(text, got string) *Fault { return &Fault{Kind: Refused, Text: text, Got: got} }

func tooLarge(whole, part string, n int) *Fault {
	return refusal(whole+" above "+strconv.Itoa(MaxRequestHead)+" octets, which no server takes; send long data as the body", part+" of "+strconv.Itoa(n)+" octets")
}

// shorten bounds a field name that was checked.
func shorten(name string) string {
	if len(name) > maxExcerpt {
		return name[:maxExcerpt] + "..."
	}
	return name
}

// hostExcerpt is excerpt without user information.
func hostExcerpt(host string) string {
	if i := strings.LastIndexByte(host, '@'); i != -1 {
		return excerpt("***" + host[i:])
	}
	return excerpt(host)
}

// targetExcerpt is excerpt without the query and the fragment. Where a target
// is no path, an @ may end user information, which itself may hold anything if
// it was not encoded: then only the scheme is shown.
func targetExcerpt(target string) string {
	path := strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "//")
	if !path && strings.Contains(target, "@") {
		scheme, _, _ := splitAbsolute(target)
		return excerpt(scheme + "***")
	}
	if i := strings.IndexAny(target, "?#"); i != -1 {
		return excerpt(target[:i]) + target[i:i+1] + "..."
	}
	return excerpt(target)
}

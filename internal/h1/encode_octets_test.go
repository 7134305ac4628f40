package h1_test

import (
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/h1"
)

// Searches take eight octets at a time: every octet has to get the same
// verdict at every place in and behind such a group.
func TestEncodeEveryOctetEverywhere(t *testing.T) {
	const size = 19
	for c := range 256 {
		for at := range size {
			s := strings.Repeat("a", at) + string([]byte{byte(c)}) + strings.Repeat("-", size-1-at)
			for what, got := range map[string][2]bool{
				"method": {h1.ValidMethod(s) == nil, match(tokenRE, s)},
				"name":   {h1.ValidField(s, "") == nil, match(tokenRE, s)},
				"value":  {h1.ValidField("a", s) == nil, match(valueRE, s)},
				"target": {h1.ValidTarget("GET", "/"+s) == nil, match(visibleRE, s)},
				"host":   {h1.ValidHost(s) == nil, hostAllowed(s)},
			} {
				if got[0] != got[1] {
					t.Errorf("%s with octet %#02x at %d: accepted %v, the grammar says %v", what, c, at, got[0], got[1])
				}
			}
		}
	}
}

package wiretest

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Lacking ends a test that needs something this machine does not have. It
// skips the test and says why; where the environment variable DUGONG_REQUIRE
// (a list with commas, or "all") names the thing, it fails the test instead, so
// that a machine that ought to have it cannot lose the test without a word.
func Lacking(t testing.TB, what string, why error) {
	t.Helper()
	if list := strings.Split(os.Getenv("DUGONG_REQUIRE"), ","); slices.Contains(list, what) || slices.Contains(list, "all") {
		t.Fatalf("wiretest: DUGONG_REQUIRE asks for %s: %v", what, why)
	}
	t.Skipf("wiretest: needs %s: %v", what, why)
}

package nio_test

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/dugong-http/dugong/internal/nio"
)

// A deadline that the maker of a connection has set ends the waits, whatever
// inactivity timeout there is, and however often it is tried.
func TestForeignDeadline(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	tr := nio.NewTransport(c)
	defer tr.Close()
	c.SetDeadline(time.Now().Add(20 * time.Millisecond))
	for _, idle := range []time.Duration{0, time.Hour} {
		if err := tr.Wait(t.Context(), nio.In, idle); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("idle %v: got %v, want a timeout", idle, err)
		}
	}
}

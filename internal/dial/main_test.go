package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong/internal/nio"
	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestMain(m *testing.M) {
	// The resolver keeps channels for the whole process. The first use makes
	// them, which must not happen in a synctest bubble.
	refusing := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no") }}
	refusing.LookupIPAddr(context.Background(), "warm-up.test.")
	wiretest.Main(m)
}

// connect is Connect with a context of its own and a clean-up.
func connect(t *testing.T, o *Options) (*nio.Transport, error) {
	t.Helper()
	tr, err := Connect(t.Context(), o)
	if err == nil {
		t.Cleanup(func() { tr.Close() })
	}
	return tr, err
}

// fails checks the one error that Connect may return, and that it names no
// credentials: those of all tests have the word secret in them.
func fails(t *testing.T, err error, kind Kind, phase Phase) *Error {
	t.Helper()
	e, ok := err.(*Error)
	if !ok {
		t.Fatalf("got %T %v, want an *Error of kind %v", err, err, kind)
	}
	if e.Kind != kind || e.Phase != phase {
		t.Fatalf("got kind %v in phase %q, want %v in %q: %v", e.Kind, e.Phase, kind, phase, err)
	}
	if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), BasicAuth(login)[6:]) {
		t.Errorf("the error shows credentials: %v", err)
	}
	if timeout := errors.Is(err, os.ErrDeadlineExceeded); timeout != (kind == TimedOut) {
		t.Errorf("matches os.ErrDeadlineExceeded: %v, in an error of kind %v", timeout, kind)
	}
	if kind == TimedOut && errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an inactivity timeout looks like an expired context: %v", err)
	}
	return e
}

func contains(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("the error %q does not say %q", err, p)
		}
	}
}

// roundTrip sends a line through t and wants it back.
func roundTrip(t *testing.T, tr *nio.Transport) {
	t.Helper()
	c := tr.Conn(t.Context(), 10*time.Second)
	if _, err := c.Write([]byte("ping\n")); err != nil {
		t.Fatalf("writing through the new connection: %v", err)
	}
	buf := make([]byte, 5)
	for n := 0; n < len(buf); {
		m, err := c.Read(buf[n:])
		if n += m; err != nil {
			t.Fatalf("reading through the new connection: %v", err)
		}
	}
	if string(buf) != "ping\n" {
		t.Fatalf("got %q back, want the line that was sent", buf)
	}
}

// hostPort splits the address of a listener.
func hostPort(t *testing.T, addr string) (string, int) {
	t.Helper()
	a, err := netip.ParseAddrPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return a.Addr().String(), int(a.Port())
}

// deadPort is a port on 127.0.0.1 and ::1 at which nobody listens.
func deadPort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

//go:build interop

package interop

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"

	"github.com/dugong-http/dugong"
)

// A call is one request of a row and what its answer must be.
type call struct {
	id, method, path string
	header           dugong.Header
	body             *upload // nil: none
	status           []int   // any of these
	sum              string  // SHA-256 of the answer's body; "": not looked at
	check            func(*answer) error
}

// An upload is a request body.
type upload struct {
	data    []byte
	inline  bool // goes with its head, and may be pipelined; otherwise it follows
	chunked bool
	expect  bool // 100-continue
	trailer dugong.Header
}

func (c *call) target() string { return c.path + "?id=" + c.id }

// repeatable says whether it does no harm to send the call again (RFC 9110
// section 9.2.2).
func (c *call) repeatable() bool { return c.method != "POST" && c.method != "BREW" }

// An answer is what became of a call.
type answer struct {
	status  int // 0: it has no complete answer
	header  func(name string) string
	n       int64
	sum     string
	body    []byte // if it is small
	trailer func(name string) string
	interim []int
	// attempts counts how often the request was given to a connection, unsent
	// those of which it was said that the server had not acted on them.
	attempts, unsent int
	err              error // of the last attempt, if there is no answer
}

// judge says what is wrong with an answer.
func (c *call) judge(a *answer) error {
	switch {
	case a.err != nil:
		return a.err
	case a.attempts == 0:
		return errors.New("it has neither an answer nor an error")
	case !slices.Contains(c.status, a.status):
		return fmt.Errorf("status %d, want %v", a.status, c.status)
	case c.sum != "" && a.sum != c.sum:
		return fmt.Errorf("a wrong body of %d octets", a.n)
	case c.check != nil:
		return c.check(a)
	}
	return nil
}

// A target is where a driver sends a row to.
type target struct {
	addr  string
	tls   *tls.Config // nil: plain
	ca    string      // file with the certificate to trust
	proxy *url.URL
}

func (g target) url(c *call) string {
	if g.tls != nil {
		return "https://" + g.addr + c.target()
	}
	return "http://" + g.addr + c.target()
}

// A driver is one way of sending a row's calls.
type driver interface {
	name() string
	// unfit says why this driver cannot do this call; "" if it can.
	unfit(c *call) string
	// run sends all calls, on one connection if nothing is lost, with up to
	// depth of them in flight, and says what became of each. What was not
	// answered and may be repeated it repeats.
	run(g target, depth int, calls []*call) []*answer
}

var drivers = []driver{loopDriver{}, twoDriver{}, transportDriver{"off", 1}, transportDriver{"auto", 0}, transportDriver{"fixed", -1}, getDriver{}}

// read takes the body of an answer.
func (a *answer) read(r io.Reader) error {
	h := sha256.New()
	var small bytes.Buffer
	n, err := io.Copy(io.MultiWriter(h, &small), r)
	if err != nil {
		return err
	}
	a.n, a.sum = n, hex.EncodeToString(h.Sum(nil))
	if n < 64<<10 {
		a.body = small.Bytes()
	}
	return nil
}

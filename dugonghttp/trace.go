package dugonghttp

import (
	"net/http/httptrace"
	"net/textproto"
	"strconv"
	"time"

	"github.com/dugong-http/dugong"
)

// The hooks of net/http/httptrace. DNS and connect hooks are called by
// net.Dialer; those of requests that share a connection may be called by the
// goroutine that reads for them.

func (k *call) wroteHeaders() {
	t := k.x.trace
	if f := t.WroteHeaderField; f != nil {
		k.x.wroteFields(f)
	}
	if t.WroteHeaders != nil {
		t.WroteHeaders()
	}
}

func (k *call) wroteRequest(err error) {
	if f := k.x.trace.WroteRequest; f != nil {
		f(httptrace.WroteRequestInfo{Err: err})
	}
}

// wroteFields tells also of what package dugong adds to the fields of x.
func (x *exchange) wroteFields(f func(string, []string)) {
	for _, h := range x.scratch.wire.Header {
		value := h.Value
		if h.Name == "Content-Length" {
			value = strconv.FormatInt(max(0, x.length), 10)
		}
		f(h.Name, []string{value})
	}
	if x.expect {
		f("Expect", []string{"100-continue"})
	}
}

// wrote is called when a request without a body was sent.
func (k *call) wrote(err error) {
	k.wroteHeaders()
	k.wroteRequest(err)
	k.limitHead()
}

// maxInterim bounds the 1xx responses to which no hook listens.
const maxInterim = 256 << 10

// hears says whether the caller has a hook for 1xx responses.
func (k *call) hears() bool {
	return k.x.trace.Got1xxResponse != nil || k.x.trace.Got100Continue != nil
}

// deliverInterim gives a 1xx response to its caller. A hook is the caller's
// code and may wait (that of httputil.ReverseProxy writes to its own client),
// so who reads for somebody else does not call it, but passes the reading role
// on with the response. Who gave up has no hooks any more.
func (c *conn) deliverInterim(front, k *call, r *dugong.Response) (step, error) {
	if front == k || !front.hears() {
		return goesOn, front.interim(r)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if front.abandoned {
		return goesOn, front.countInterim(r)
	}
	front.heard, c.reader = r, front
	front.wakeUp()
	return passedOn, nil
}

// interim takes a 1xx response.
func (k *call) interim(r *dugong.Response) error {
	k.firstByte()
	t := k.x.trace
	if r.Status == 100 {
		if t.Got100Continue != nil {
			t.Got100Continue()
		}
		k.up.proceed()
	}
	if f := t.Got1xxResponse; f != nil {
		h := textproto.MIMEHeader(headerOf(r.Header))
		if err := f(r.Status, h); err != nil {
			k.final = true
			k.c.kill(err)
		}
		return nil
	}
	return k.countInterim(r)
}

// countInterim bounds what nobody listens to.
func (k *call) countInterim(r *dugong.Response) error {
	k.interims += 32
	for name, value := range r.Header.All() {
		k.interims += len(name) + len(value) + 4
	}
	if k.interims > maxInterim {
		k.final = true
		return &dugong.Error{Kind: dugong.ErrTooLarge, Op: "read response", Phase: dugong.PhaseHead, Fault: dugong.FaultPeer,
			Detail: "too many octets of 1xx responses before a final one"}
	}
	return nil
}

// firstByte is called with each head.
func (k *call) firstByte() {
	if k.began {
		return
	}
	k.began = true
	if f := k.x.trace.GotFirstResponseByte; f != nil {
		f()
	}
}

func (x *exchange) putIdle(c *conn) {
	f := x.trace.PutIdleConn
	if f == nil {
		return
	}
	c.origin.mu.Lock()
	retired := c.retired
	c.origin.mu.Unlock()
	if retired {
		f(errNotKept)
	} else {
		f(nil)
	}
}

// limited runs f within d, if that is positive.
func limited(d time.Duration, f func()) (stop func() bool) {
	if d <= 0 {
		return func() bool { return true }
	}
	return time.AfterFunc(d, f).Stop
}

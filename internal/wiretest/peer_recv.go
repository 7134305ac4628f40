package wiretest

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"time"
)

// quiet is how long ExpectNothing looks. What the client has sent before, by
// the order that the test made with channels, is on loopback here already.
const quiet = 10 * time.Millisecond

// Expect takes exactly these octets; the parts are joined, they say nothing
// about segments.
func (p *Peer) Expect(parts ...string) {
	p.t.Helper()
	want := []byte(strings.Join(parts, ""))
	p.enter("waiting for %s", quote(string(want)))
	for len(p.in) < len(want) && bytes.HasPrefix(want, p.in) {
		if err := p.fill(); err != nil {
			p.Fatalf("%s where this was expected:\n%s", p.explain(err), diff(string(want), string(p.in)))
		}
	}
	if !bytes.HasPrefix(p.in, want) {
		p.Fatalf("the client sent something else, %d octets into the connection:\n%s", p.taken, diff(string(want), string(p.in)))
	}
	p.take(len(want))
	p.enter("in the script's own code, after receiving %s", quote(string(want)))
}

// Read takes exactly n octets.
func (p *Peer) Read(n int) string {
	p.t.Helper()
	p.enter("waiting for %d octets", n)
	p.need(n, "octets")
	return p.take(n)
}

// need receives until n octets are there.
func (p *Peer) need(n int, what string) {
	p.t.Helper()
	for len(p.in) < n {
		if err := p.fill(); err != nil {
			p.Fatalf("%s after %d of %d %s:\n%s", p.explain(err), len(p.in), n, what, diff("", string(p.in)))
		}
	}
}

// until takes everything up to and with the delimiter.
func (p *Peer) until(delim string, max int, what string) string {
	p.t.Helper()
	p.enter("waiting for %s", what)
	for from := 0; ; {
		if i := bytes.Index(p.in[from:], []byte(delim)); i >= 0 {
			return p.take(from + i + len(delim))
		}
		from = max0(len(p.in) - len(delim) + 1)
		if len(p.in) > max {
			p.Fatalf("no end of %s within %d octets:\n%s", what, max, diff("", string(p.in)))
		}
		if err := p.fill(); err != nil {
			p.Fatalf("%s within %s:\n%s", p.explain(err), what, diff("", string(p.in)))
		}
	}
}

func max0(n int) int { return max(n, 0) }

// ExpectNothing checks that nothing more of the client's is there to be read. It
// cannot know what the client will do later: first make sure, with a
// channel, that the client has done what it should not have done.
func (p *Peer) ExpectNothing() {
	p.t.Helper()
	p.enter("looking whether the client has sent more")
	if len(p.in) == 0 {
		switch err := p.fillWithin(quiet); {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return
		case err != nil:
			p.Fatalf("%s where it should have been silent", p.explain(err))
		}
	}
	p.Fatalf("the client sent octets where it should have been silent:\n%s", diff("", string(p.in)))
}

// ExpectEOF waits for the client to close its sending side, cleanly and
// without sending anything more.
func (p *Peer) ExpectEOF() {
	p.t.Helper()
	if err := p.ending(); err != io.EOF {
		p.Fatalf("%s where it should have closed it cleanly", p.explain(err))
	}
}

// ExpectCloseNotify is ExpectEOF, and under TLS the end must have been said
// with close_notify (RFC 8446 section 6.1).
func (p *Peer) ExpectCloseNotify() {
	p.t.Helper()
	p.ExpectEOF()
	if p.setup.Mode.TLS && p.raw.eof {
		p.Fatalf("the client closed without close_notify")
	}
}

// ExpectClosed waits for the end of the connection, clean or by reset, without
// anything more being sent. A client that closes with unread octets in its
// buffer resets the connection: that is the system's doing.
func (p *Peer) ExpectClosed() {
	p.t.Helper()
	if err := p.ending(); err != io.EOF && !isReset(err) {
		p.Fatalf("%s where it should have closed it", p.explain(err))
	}
}

// ending waits for the error that ends the connection.
func (p *Peer) ending() error {
	p.t.Helper()
	p.enter("waiting for the client to close")
	err := error(nil)
	if len(p.in) == 0 {
		err = p.fill()
	}
	if len(p.in) > 0 {
		p.Fatalf("the client sent octets where it should have closed:\n%s", diff("", string(p.in)))
	}
	return err
}

// Drain takes all that comes until the client closes or resets the connection,
// under TLS perhaps in the middle of a record, and returns how many octets that
// were.
func (p *Peer) Drain() int {
	p.t.Helper()
	p.enter("taking all until the client closes")
	for total := 0; ; {
		total += len(p.take(len(p.in)))
		if err := p.fill(); err == io.EOF || err == io.ErrUnexpectedEOF || isReset(err) {
			return total
		} else if err != nil {
			p.Fatalf("%s after %d octets, waiting for it to close", p.explain(err), total)
		}
	}
}

package dugong

import (
	"context"
	"errors"
	"time"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/nio"
)

// A link is one connection of a Conn, from connect to loss: two halves and
// the queue that joins them. All fields are guarded by Conn.mu.
//
// The two halves fail apart. A write that fails breaks the sending half
// (send.State, sendErr); what the peer has answered can still be read. The end
// of the stream (inErr) is met by the reader behind the last octet. Only then,
// or by a fault of the protocol, or by Close, is the link dead.
//
// With thousands of connections every line of memory is fetched anew for each
// request. So what each request touches lies together, and the rest behind it.
type link struct {
	c *Conn
	t *nio.Transport

	queue h1.Queue // sent, not answered completely
	dead  *Error   // why the link is of no use any more

	// The sending half.
	send      h1.Sending
	sendErr   *Error // why it is broken
	out       []byte // accepted, not handed to t yet
	outAt     int    // octets of out that were
	accepted  int64  // octets of requests accepted, since the link was made
	before    int64  // octets that t had sent by then
	refused   bool   // the transport takes nothing any more
	roomOnly  bool   // the sender waits for room alone, since somebody reads
	lostBody  bool   // an open body was lost, and no call has told yet
	emptyBody bool   // the last request announced a body of no octets, which may be written
	toldEarly bool   // ErrEarlyResponse was given
	answered  bool   // the open body's request has its complete response already
	unlooked  bool   // the connection was idle, and nobody has looked at it since

	// The receiving half.
	open      bool // a response body is open
	raw       bool // framing is lost or has ended: only ReadRaw and Hijack make sense
	tunnel    bool // 101 or CONNECT 2xx
	closing   bool // a response announced close, or has to be taken so
	dropped   bool // something accepted is not sent because of that
	announced bool // it did announce it, so that nothing behind was read
	doubtful  bool
	in        window
	inErr     error // how the stream ended, behind what is in the window
	resp      int64 // counts final and interim responses, so that a Body knows its own
	body      h1.BodyReader
	bodyErr   *Error // Unframed, or a fault of the body: every body call gives it
	interim   int    // octets of 1xx heads before the next final one

	// What few requests touch.
	pulled   []Exchange // what Pipeline had pulled when it ended, until the next request
	looked   int64      // accepted when the sender last looked for an early response
	sought   int64      // octets that had come when one was last looked for in the window
	wait100  time.Time  // when the wait for 100 ends; zero before it begins
	closer   int64      // Start of the exchange whose response closes
	received int        // complete answers in the window that Close or Reset dropped
	frozen   []Exchange // what was unanswered when the link died
}

func newLink(c *Conn, t *nio.Transport) *link {
	return &link{c: c, t: t, before: t.Sent()}
}

// handed counts the octets of requests that may have left.
func (l *link) handed() int64 { return max(0, l.t.Handed()-l.before) }

// wait waits for one of the directions, with mu released. Afterwards
// everything may have changed; it fails if the link is dead.
func (l *link) wait(ctx context.Context, k *call, want nio.Events) *Error {
	c, idle := l.c, l.c.timeout
	var limit time.Time
	if k.limit != nil {
		limit = *k.limit
	}
	c.mu.Unlock()
	err := l.t.WaitUntil(ctx, want, idle, limit)
	c.mu.Lock()
	switch {
	case l.dead != nil:
		return l.gone(k)
	case err != nil:
		return c.waited(ctx, k, err)
	}
	return nil
}

// push hands over what it can of what was accepted, without waiting. It
// returns nio.ErrWouldBlock while something is left. Any other error breaks
// the sending half. Where that broke for another reason (a source that failed,
// a wait given up) what was accepted before goes out all the same: the requests
// ahead of the one that was cut off are whole, and will be answered.
func (l *link) push() error {
	if l.refused {
		return l.sendErr
	}
	if l.unlooked { // somebody else flushes what Pipeline would have
		if err := l.lookIdle(&call{op: "send", phase: PhaseWrite}); err != nil {
			return err
		}
	}
	for l.outAt < len(l.out) {
		n, err := l.t.TryWrite(l.out[l.outAt:])
		l.outAt += n
		if err != nil {
			return l.pushed(err)
		}
	}
	l.gathered()
	return l.pushed(l.t.Push())
}

func (l *link) pushed(err error) error {
	if err == nil || errors.Is(err, nio.ErrWouldBlock) {
		return err
	}
	l.refused = true
	if l.sendErr == nil {
		l.breakSending(l.c.fail(&call{op: "send", phase: PhaseWrite}, ErrConnectionClosed, err))
	}
	return l.sendErr
}

// unpushed reports whether something accepted waits for the socket.
func (l *link) unpushed() bool { return !l.refused && (l.outAt < len(l.out) || l.t.Unpushed()) }

// stopBehind drops what was accepted behind the request at the front of the
// queue: its answer says that the peer processes no further request, so none is
// sent (RFC 9112 section 9.6). The request itself may still be wanted whole.
func (l *link) stopBehind() {
	if l.queue.Len() < 2 {
		return
	}
	drop := min(int64(len(l.out)-l.outAt), l.accepted-l.queue.At(1).Start)
	if drop == 0 {
		return
	}
	l.dropped = true
	if l.out = l.out[:len(l.out)-int(drop)]; l.outAt == len(l.out) {
		l.gathered()
	}
}

// receive adds what has arrived to the window, without waiting:
// nio.ErrWouldBlock if nothing has. The end of the stream is kept in inErr.
func (l *link) receive() error {
	if l.inErr != nil {
		return l.inErr
	}
	room := l.in.room()
	n, err := l.t.TryRead(room[:min(len(room), windowSize)]) // a window that has grown reads no further past a limit
	l.in.added(n)
	if err != nil && !errors.Is(err, nio.ErrWouldBlock) {
		l.inErr = err
	}
	if n > 0 {
		return nil
	}
	l.in.rest()
	return err
}

// lookAhead asks the window how far the answers in it go.
func (l *link) lookAhead() (complete, status int) {
	if l.raw || l.bodyErr != nil {
		return 0, 0
	}
	var body *h1.BodyReader
	if l.open {
		body = &l.body
	}
	return l.queue.LookAhead(l.in.bytes(), l.c.limits, h1.Look{
		Body: body, Last: l.closing, Handed: l.handed(), UntilClose: l.c.cfg.ReadUntilClose,
	})
}

package dugong

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"strings"
	"sync"

	"github.com/dugong-http/dugong/internal/dial"
	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/nio"
)

// flushAt is how much is gathered before it is written: about a hundred small
// requests, and one record of TLS. More gains nothing (measured), less costs a
// system call for each few requests.
const flushAt = 16 << 10

// SendRequest accepts a request for sending, connecting first where there is
// no connection. Nil means accepted, not sent: see Flush. It leaves at once
// when nothing is in flight, when a reader waits, with ExpectContinue or when
// its body follows; otherwise when 16 KiB have gathered, before a reader waits
// or on Flush. Only ctx limits the wait for the peer to take earlier requests,
// beside the inactivity timeout; a request that was refused (ErrPipelineFull,
// ErrState, ErrInvalidRequest, a timeout or cancellation before its first
// octet was accepted) leaves the connection as it was.
//
// Before a request goes out on an idle connection, the connection is looked
// at: if the peer has closed it, or has sent something that nobody asked for,
// the call gives ErrConnectionClosed and nothing was sent.
//
// With BodyBytes or BodyReader the body is sent as by Write; if that stops
// half-way, Error.Written says how far it came. A nil r gives
// ErrInvalidRequest. (Original: send_request.)
func (c *Conn) SendRequest(ctx context.Context, r *Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.sendRequest(ctx, r, false); err != nil {
		return err
	}
	return nil
}

func (c *Conn) sendRequest(ctx context.Context, r *Request, inPipeline bool) *Error {
	if r == nil {
		return c.noRequest("send")
	}
	k := &call{op: "send", method: r.method(), path: r.target()}
	if err := c.beginSend(k); err != nil {
		return err
	}
	defer c.endSend()
	if why := r.contradiction(inPipeline); why != "" {
		e := c.fail(k, ErrInvalidRequest, nil)
		e.Detail = why
		return e
	}
	l, err := c.linkFor(ctx, k, r)
	if err != nil {
		return err
	}
	k.phase = PhaseWrite
	// Pipeline reads at once, and reading looks before it pushes.
	readNext := inPipeline && c.cfg.PipelineDepth == 1 && r.Body.kind == bodyNone
	if err := l.mayRequest(k, readNext); err != nil {
		return err
	}
	if err := l.makeRoom(ctx, k); err != nil {
		return err
	}
	if l.send.State != h1.Ready || l.raw { // a response came while it waited
		return l.mayRequest(k, false)
	}
	return l.accept(ctx, k, r, r.More || readNext || inPipeline && c.cfg.PipelineDepth > 1)
}

// noRequest is the error of a nil *Request. Nothing else is looked at or done.
func (c *Conn) noRequest(op string) *Error {
	e := c.fail(&call{op: op}, ErrInvalidRequest, nil)
	e.Detail = "no request"
	return e
}

// beginSend and endSend keep a second sender out.
func (c *Conn) beginSend(k *call) *Error {
	if c.sending {
		return c.state(k, "another goroutine is sending on this connection")
	}
	c.sending = true
	return nil
}

func (c *Conn) endSend() {
	c.sending = false
	c.signal()
}

// linkFor gives the link. A request that cannot be sent anyway is refused
// before anything is done about connecting.
func (c *Conn) linkFor(ctx context.Context, k *call, r *Request) (*link, *Error) {
	if c.link == nil && !c.closed {
		if _, _, f := c.encode(nil, r); f != nil {
			return nil, c.faulted(k, f)
		}
	}
	return c.connect(ctx, k)
}

// mayRequest says why no request can be sent now, or nil. An idle connection is
// looked at now, or by whoever pushes first (later).
func (l *link) mayRequest(k *call, later bool) *Error {
	if l.raw && !l.tunnel {
		return l.c.fail(k, ErrConnectionClosed, errors.New("the framing of the responses was lost"))
	}
	if l.tunnel {
		return l.c.state(k, "the connection does not speak HTTP any more: Hijack it")
	}
	if f := l.send.CheckRequest(); f != nil {
		e := l.c.faulted(k, f)
		e.Phase = ""
		if f.Kind == h1.Truncated {
			e.Err = nil
			l.explain(e)
		}
		return e
	}
	if l.queue.Len() > 0 {
		return nil
	}
	if l.unlooked = later && l.in.len() == 0 && l.inErr == nil; l.unlooked {
		return nil
	}
	return l.lookIdle(k)
}

// closedIdle is the detail where the end of the stream came before a request.
const closedIdle = "the peer closed the idle connection; nothing of the request was sent"

// lookIdle looks whether an idle connection was closed, or has sent something
// that nobody asked for. What came in one piece with the last answer is in the
// window already.
func (l *link) lookIdle(k *call) *Error {
	l.unlooked = false
	if err := l.receive(); l.in.len() == 0 {
		if errors.Is(err, nio.ErrWouldBlock) {
			return nil
		}
		return l.lost(k, closedIdle)
	}
	return l.unasked(k)
}

// unasked ends the link over octets that came before anything of the request
// that they would answer was sent: taken for an answer they would be somebody
// else's, and shift all that follow (parsing rule 25, RFC 9112 section 9.2).
func (l *link) unasked(k *call) *Error {
	e := l.c.fail(k, ErrConnectionClosed, nil)
	e.Fault, e.Detail = FaultPeer, "the peer sent octets that answer no request; nothing of the request was sent"
	l.end(e)
	return e
}

// noMore is the error of a call that finds the sending half at its end.
func (l *link) noMore(k *call) *Error {
	switch {
	case l.dead != nil:
		return l.gone(k)
	case l.sendErr != nil:
		e := l.c.fail(k, ErrConnectionClosed, l.sendErr.Err)
		e.Fault = l.sendErr.Fault
		return e
	}
	e := l.c.fail(k, ErrConnectionClosed, nil)
	e.Detail = "the connection takes no more"
	l.explain(e)
	return e
}

// explain says why the sending half takes no more.
func (l *link) explain(e *Error) {
	switch {
	case l.sendErr != nil:
		e.Detail += ": " + l.sendErr.text()
		e.Fault = l.sendErr.Fault // of a source that failed: not the network's
	case l.announced:
		e.Detail += ": a response announced that the peer closes"
	case l.closing:
		e.Detail += ": the last response ends with the connection"
	default:
		e.Detail += ": a final response came instead of 100 (Continue), and the body was not sent"
	}
}

// accept encodes the request, puts it on the queue and sends what goes; with
// more to come that can wait.
func (l *link) accept(ctx context.Context, k *call, r *Request, more bool) *Error {
	c := l.c
	alone := l.queue.Len() == 0 && len(l.out) == 0
	l.gather()
	mark := len(l.out)
	out, facts, f := c.encode(l.out, r)
	if f != nil {
		if mark == 0 {
			l.gathered()
		}
		return c.faulted(k, f)
	}
	l.out = out
	c.requests++
	l.pulled = nil
	x := l.queue.Push()
	x.Method, x.Path, x.Tag, x.Start, x.Interim = k.method, k.path, r.Tag, l.accepted, r.Interim
	x.Upgrade, x.Close, x.Last = facts.Upgrade || c.lenient, facts.Close, facts.Close || facts.Connect || facts.Upgrade
	l.accepted += int64(len(out) - mark)
	l.emptyBody = r.Body.kind == bodyFollowing && r.Body.length == 0
	c.signal()
	if r.Body.length != 0 || r.Body.kind == bodyReader && !r.ExpectContinue { // an empty source may have too much
		c.writeTo = ctx
		l.send.Open(r.Body.length, r.ExpectContinue, x.Last)
		if r.Body.following() || r.ExpectContinue {
			return l.flushAccepted(ctx, k)
		}
		return l.sendBody(ctx, k, r)
	}
	if x.Last {
		l.send.Do(h1.SentLast)
	} else {
		l.send.Do(h1.SentRequest)
	}
	if more || !alone && !c.parked && len(l.out)-l.outAt < flushAt {
		return nil
	}
	return l.flushAccepted(ctx, k)
}

// flushAccepted is flushSome for the request at the back of the queue. If that
// fails before an octet of it left, the request was not accepted after all and
// the caller hears why; otherwise it is on the queue, and later calls tell.
func (l *link) flushAccepted(ctx context.Context, k *call) *Error {
	err := l.flushSome(ctx, k)
	if err == nil || l.dead != nil || l.handed() > l.queue.Back().Start {
		return nil
	}
	l.accepted = l.queue.Back().Start
	l.queue.Unpush()
	l.c.requests--
	return err
}

// flushForReader sends the rest while a reader is parked, who has looked for
// something to send before and does not look again. A wait that fails leaves
// it to him after all: the request was accepted.
func (l *link) flushForReader(ctx context.Context, k *call) *Error {
	for l.c.parked && l.unpushed() {
		err := l.pushOrWait(ctx, k)
		switch {
		case err == nil:
		case l.dead == nil && l.sendErr == nil:
			l.t.Wake(nio.In)
			return nil
		default: // err may be the waiter's, which has one for all
			return l.noMore(k.in(PhaseWrite))
		}
	}
	return nil
}

// flushSome sends what goes without waiting, unless a reader is parked.
func (l *link) flushSome(ctx context.Context, k *call) *Error {
	switch err := l.push(); {
	case err == nil:
		return nil
	case errors.Is(err, nio.ErrWouldBlock):
		return l.flushForReader(ctx, k)
	}
	l.lostBody = false
	return l.noMore(k.in(PhaseWrite))
}

// Flush sends everything that was accepted, waiting as long as the peer takes
// some of it. Like a send it may end in ErrPipelineFull; after that, a timeout or
// a cancellation it can be called again. Before the first connection there is
// nothing to send; after a loss, Close or Reset, until the next connection, it
// gives ErrConnectionClosed.
func (c *Conn) Flush(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := &call{op: "flush", phase: PhaseWrite}
	if err := c.beginSend(k); err != nil {
		return err
	}
	defer c.endSend()
	l := c.link
	switch {
	case l == nil && c.left == nil && !c.closed:
		return nil
	case l == nil:
		return c.fail(k, ErrConnectionClosed, errLocalClose)
	case l.dead != nil:
		return l.gone(k)
	case l.sendErr != nil:
		return l.noMore(k)
	}
	for l.unpushed() {
		if err := l.pushOrWait(ctx, k); err != nil {
			if c.parked && l.dead == nil && l.sendErr == nil {
				l.t.Wake(nio.In) // what is left is for the reader, who saw nothing to send when he parked
			}
			return err
		}
	}
	if l.dropped {
		return l.mayRequest(k, false)
	}
	return nil
}

// encode appends the head of the request to dst.
func (c *Conn) encode(dst []byte, r *Request) ([]byte, h1.Facts, *h1.Fault) {
	p := h1.Plan{Method: r.method(), Target: r.target(), Host: c.addr.field, Length: r.Body.length}
	if r.Host != "" {
		p.Host = r.Host
	} else if authority, ok := authorityOf(p.Target); ok {
		p.Host = authority
	}
	if r.Body.kind == bodyNone {
		p.Length = lengthOfNone(p.Method)
	} else if r.Body.kind == bodyChunked {
		p.Length = h1.ChunkedLength
	}
	p.Expect = r.ExpectContinue && r.Body.length != 0
	p.Bare = c.bare
	if r.ContentMD5 {
		sum := md5.Sum(r.Body.bytes)
		p.MD5 = base64.StdEncoding.EncodeToString(sum[:])
	}
	if c.viaPlainProxy() {
		c.throughProxy(&p)
	}
	e := encoders.Get().(*h1.Encoder)
	defer encoders.Put(e)
	if f := e.Begin(dst, &p); f != nil {
		return dst, h1.Facts{}, f
	}
	for i := range r.Header {
		if f := e.Field(r.Header[i].Name, r.Header[i].Value); f != nil {
			return dst, h1.Facts{}, f
		}
	}
	return e.End()
}

// encoders are borrowed for one head: an idle connection has none.
var encoders = sync.Pool{New: func() any { return new(h1.Encoder) }}

// authorityOf gives the authority of an absolute-form target, with which Host
// has to agree (RFC 9112 section 3.2.2).
func authorityOf(target string) (string, bool) {
	if target[0] == '/' {
		return "", false
	}
	_, rest, ok := strings.Cut(target, "://")
	if !ok {
		return "", false
	}
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		rest = rest[:i]
	}
	return rest, rest != ""
}

// lengthOfNone: a method that usually has a body says that it has none
// (RFC 9110 section 8.6).
func lengthOfNone(method string) int64 {
	switch method {
	case "POST", "PUT", "PATCH":
		return 0
	}
	return h1.NoLength
}

// viaPlainProxy: requests go in absolute-form to an HTTP proxy (RFC 9112
// section 3.2.2), and with its credentials.
func (c *Conn) viaPlainProxy() bool {
	p := c.cfg.Proxy
	return p != nil && c.cfg.TLS == nil && !c.addr.unix && (p.Scheme == "http" || p.Scheme == "https")
}

func (c *Conn) throughProxy(p *h1.Plan) {
	switch {
	case p.Method == "CONNECT":
	case p.Target == "*": // the proxy turns an empty path back (section 3.2.4)
		p.Target = "http://" + c.addr.field
	case p.Target[0] == '/':
		p.Target = "http://" + c.addr.field + p.Target
	}
	if c.cfg.Proxy.User != nil {
		p.ProxyAuth = dial.BasicAuth(c.cfg.Proxy.User)
	}
}

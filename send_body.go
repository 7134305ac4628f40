package dugong

import (
	"context"
	"io"
	"sync"

	"github.com/dugong-http/dugong/internal/h1"
)

// Write sends the next octets of the body that BodyFollowing or BodyChunked
// announced; in a chunked body each Write is a chunk, or several of 64 KiB. It returns when all of p
// was accepted: what is under 16 KiB may leave with the next Write, the end of
// the body, Flush or ReadResponse. The context is that of SendRequest, see
// SetWriteContext. (Original: write.)
//
// It gives ErrExcessBodyData, and sends nothing, if p is longer than what is
// left; ErrEarlyResponse, with the n accepted so far, when the final response
// came before the body is complete: write on by calling again, or stop and
// read it; ErrPipelineFull, with the n accepted so far, when some responses
// must be read first. After a timeout, cancellation or loss the body is lost,
// but responses can still be read.
func (c *Conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, l, err := c.beginBody("write")
	if err != nil {
		return 0, err
	}
	defer c.endSend()
	if l.send.Left == int64(len(p)) {
		l.lastLook()
	}
	n, err := l.writeBody(c.writeTo, k, p)
	if err == nil {
		err = l.endCounted(c.writeTo, k)
	}
	if err != nil {
		err.Written = int64(n)
		return n, err
	}
	return n, nil
}

// ReadFrom sends r, up to its end or the announced length, as the next octets
// of the body; of a longer r one octet more is read, for ErrExcessBodyData.
// What was read when an error comes was accepted. (io.ReaderFrom.)
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, l, err := c.beginBody("write")
	if err != nil {
		return 0, err
	}
	defer c.endSend()
	if l.send.Left > 0 && l.send.Left <= glanceEvery {
		l.lastLook()
	}
	n, err := l.copyBody(c.writeTo, k, r)
	if err = l.copied(c.writeTo, k, err); err != nil {
		err.Written = n
		return n, err
	}
	return n, nil
}

// EndBody ends a chunked body, with trailer fields if there are any (framing,
// routing and authentication fields are not allowed there). A body with a
// length ends by itself, and EndBody then is ErrState.
func (c *Conn) EndBody(trailer Header) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, l, err := c.beginBody("end body")
	if err != nil {
		return err
	}
	defer c.endSend()
	if l.emptyBody {
		return c.state(k.in(""), "a body with a length ends by itself")
	}
	if err := l.endChunked(c.writeTo, k, trailer); err != nil {
		return err
	}
	return nil
}

// SetWriteContext changes the context of Write, ReadFrom and EndBody, which is
// that of the SendRequest that announced the body.
func (c *Conn) SetWriteContext(ctx context.Context) {
	c.mu.Lock()
	c.writeTo = ctx
	c.mu.Unlock()
}

// BodyWriter returns an io.WriteCloser for the open body. Close ends a chunked
// one, and gives ErrState for one that is too short.
func (c *Conn) BodyWriter() io.WriteCloser { return &bodyWriter{c: c} }

type bodyWriter struct {
	c    *Conn
	done bool
}

func (w *bodyWriter) Write(p []byte) (int, error)         { return w.c.Write(p) }
func (w *bodyWriter) ReadFrom(r io.Reader) (int64, error) { return w.c.ReadFrom(r) }

func (w *bodyWriter) Close() error {
	if w.done {
		return nil
	}
	w.done = true
	w.c.mu.Lock()
	l := w.c.link
	complete := l != nil && l.dead == nil && l.sendErr == nil && !l.send.HasBody()
	w.c.mu.Unlock()
	if complete {
		return nil
	}
	return w.c.EndBody(nil)
}

// beginBody begins a sending call that needs an open body.
func (c *Conn) beginBody(op string) (call, *link, *Error) {
	k := call{op: op, phase: PhaseWrite}
	if err := c.beginSend(k); err != nil {
		return k, nil, err
	}
	l := c.link
	if l == nil {
		l = c.left
	}
	if l != nil && (l.lostBody || l.send.HasBody()) && l.queue.Len() > 0 && !l.answered {
		k = k.of(l.queue.Back())
	}
	var err *Error
	switch {
	case l == nil:
		err = c.state(k.in(""), "no request body is open")
	case l.lostBody:
		err = l.noMore(k)
	case l.emptyBody && l.dead == nil && l.send.State != h1.Broken:
	default:
		if f := l.send.CheckWrite(0); f != nil {
			err = c.faulted(k.in(""), f)
		}
	}
	if err != nil {
		if l != nil {
			l.lostBody = false
		}
		c.endSend()
		return k, nil, err
	}
	return k, l, nil
}

// sendBody sends the body that came with the request.
func (l *link) sendBody(ctx context.Context, k call, r *Request) *Error {
	var n int64
	var err *Error
	if r.Body.kind == bodyReader {
		n, err = l.copyBody(ctx, k, r.Body.reader)
		if err == nil && l.send.Left > 0 {
			err = l.c.fail(k, ErrBodySource, io.ErrUnexpectedEOF)
			err.Detail = "the source ended before the announced length"
			l.stopSending(err)
		}
	} else {
		var m int
		m, err = l.writeBody(ctx, k, r.Body.bytes)
		n = int64(m)
	}
	if err = l.copied(ctx, k, err); err != nil {
		err.Written = n
	}
	return err
}

// copied ends a body that is complete, also if its source has more.
func (l *link) copied(ctx context.Context, k call, err *Error) *Error {
	if err != nil && err.Kind != ErrExcessBodyData && err.Kind != ErrBodySource {
		return err
	}
	if end := l.endCounted(ctx, k); err == nil {
		return end
	}
	return err
}

// writeBody accepts p as the next octets of the open body.
func (l *link) writeBody(ctx context.Context, k call, p []byte) (n int, err *Error) {
	if l.emptyBody && len(p) == 0 {
		return 0, nil
	}
	if f := l.send.CheckWrite(len(p)); f != nil {
		return 0, l.c.faulted(k, f)
	}
	for n < len(p) {
		if err := l.bodyRoom(ctx, k); err != nil {
			return n, err
		}
		if l.send.State != h1.BodyOpen { // the peer closes, or the link is gone
			return n, l.lostInBody(k)
		}
		n += l.take(p[n:])
	}
	return n, nil
}

// bodyRoom is makeRoom inside a body, where a wait that fails leaves the
// request cut off.
func (l *link) bodyRoom(ctx context.Context, k call) *Error {
	l.glance()
	if err := l.early(k); err != nil {
		return err
	}
	for len(l.out)-l.outAt >= flushAt {
		err := l.pushOrWait(ctx, k)
		if err == nil {
			err = l.early(k)
		}
		if err == nil {
			continue
		}
		if err.Kind == ErrConnectionTimedOut || err.Kind == ErrCanceled {
			l.stopSending(err)
		}
		l.lostBody = false // this call tells it
		return err
	}
	return nil
}

// early tells once that the final response is here already.
func (l *link) early(k call) *Error {
	if !l.send.Early || l.toldEarly {
		return nil
	}
	l.toldEarly = true
	e := l.c.fail(k, ErrEarlyResponse, nil)
	e.Detail = "the final response came before the request body was complete; read it, or write on"
	return e
}

// stopSending breaks the sending half in the middle of a body. What was
// accepted still leaves, as far as it goes now or before a reader waits.
func (l *link) stopSending(why *Error) {
	l.breakSending(why)
	l.lostBody = false
	l.push()
}

// take accepts some octets of the open body: what is large goes straight to
// the transport, what is small is gathered. There is room for a chunk.
func (l *link) take(p []byte) int {
	if l.send.Left < 0 {
		return l.takeChunks(p)
	}
	n := 0
	if len(p) >= flushAt && len(l.out) == l.outAt {
		n, _ = l.t.TryWrite(p) // an error comes again at the next push
	}
	if rest := p[n:]; n == 0 || len(rest) < flushAt {
		m := min(len(rest), flushAt)
		l.gather()
		l.out = append(l.out, rest[:m]...)
		n += m
	}
	l.accepted += int64(n)
	l.send.Left -= int64(n)
	return n
}

// endCounted ends a body whose last octet was accepted, and sends what goes.
func (l *link) endCounted(ctx context.Context, k call) *Error {
	if l.send.State != h1.BodyOpen || l.send.Left != 0 {
		return nil
	}
	return l.endBody(ctx, k)
}

func (l *link) endBody(ctx context.Context, k call) *Error {
	l.send.Do(h1.BodyEnd)
	l.send.Early, l.toldEarly, l.answered = false, false, false
	l.c.signal()
	return l.flushSome(ctx, k)
}

func (l *link) endChunked(ctx context.Context, k call, trailer Header) *Error {
	if l.send.Left > 0 {
		return l.c.state(k.in(""), "the body is shorter than announced: write the rest of it")
	}
	l.look() // the last chance to hear of it before the body is complete
	if err := l.bodyRoom(ctx, k); err != nil {
		return err
	}
	if l.send.State != h1.BodyOpen {
		return l.lostInBody(k)
	}
	l.gather()
	var t h1.TrailerEncoder
	t.Begin(l.out)
	for _, f := range trailer {
		if f := t.Field(f.Name, f.Value); f != nil {
			return l.c.faulted(k, f)
		}
	}
	out, f := t.End()
	if f != nil {
		return l.c.faulted(k, f)
	}
	l.accepted += int64(len(out) - len(l.out))
	l.out = out
	return l.endBody(ctx, k)
}

var sources = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// copyBody reads r and accepts it. Room is made before reading, so that
// nothing that was read can be refused; mu is released while reading.
func (l *link) copyBody(ctx context.Context, k call, r io.Reader) (n int64, err *Error) {
	buf := sources.Get().(*[64 << 10]byte)
	defer sources.Put(buf)
	for !l.emptyBody && l.send.Left != 0 {
		if err := l.bodyRoom(ctx, k); err != nil {
			return n, err
		}
		p := buf[:]
		if l.send.Left > 0 {
			p = p[:min(int64(len(p)), l.send.Left)]
		}
		m, rerr := l.readSource(r, p)
		if l.send.State != h1.BodyOpen { // lost meanwhile
			return n, l.lostInBody(k)
		}
		l.takeAll(p[:m])
		n += int64(m)
		switch {
		case rerr == io.EOF:
			return n, nil
		case rerr != nil:
			e := l.c.fail(k, ErrBodySource, rerr)
			l.stopSending(e)
			return n, e
		}
	}
	return n, l.surplus(k, r, buf[:1])
}

func (l *link) lostInBody(k call) *Error {
	l.lostBody = false
	return l.noMore(k)
}

// readSource reads without the lock.
func (l *link) readSource(r io.Reader, p []byte) (n int, err error) {
	l.c.mu.Unlock()
	defer l.c.mu.Lock()
	for range 100 {
		if n, err = r.Read(p); n != 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// takeAll accepts p whole.
func (l *link) takeAll(p []byte) {
	for len(p) > 0 {
		if n := l.take(p); n > 0 {
			p = p[n:]
		}
	}
}

// surplus looks whether the source has more than was announced.
func (l *link) surplus(k call, r io.Reader, p []byte) *Error {
	n, err := l.readSource(r, p)
	switch {
	case n > 0:
		e := l.c.fail(k, ErrExcessBodyData, nil)
		e.Detail = "the source is longer than the announced length; the rest was not sent"
		return e
	case err != nil && err != io.EOF:
		e := l.c.fail(k, ErrBodySource, err)
		e.Detail = "behind the announced length, which was sent"
		return e
	}
	return nil
}

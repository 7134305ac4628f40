package dugong

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/dugong-http/dugong/internal/h1"
)

// sendBody sends the body that came with the request.
func (l *link) sendBody(ctx context.Context, k *call, r *Request) *Error {
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
func (l *link) copied(ctx context.Context, k *call, err *Error) *Error {
	if err != nil && err.Kind != ErrExcessBodyData && err.Kind != ErrBodySource && !l.whole() {
		return err
	}
	if end := l.endCounted(ctx, k); err == nil {
		return end
	}
	return err
}

// A source is what is read at once of a body's source.
type source [256 << 10]byte

var sources = sync.Pool{New: func() any { return new(source) }}

// copyBody reads r and accepts it. Room is made before reading, so that as a
// rule nothing that was read has to be kept; mu is released while reading.
func (l *link) copyBody(ctx context.Context, k *call, r io.Reader) (n int64, err *Error) {
	buf := sources.Get().(*source)
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
		m, err := l.takeAll(ctx, k, p[:m])
		n += int64(m)
		switch {
		case err != nil && (rerr == nil || rerr == io.EOF || l.send.State != h1.BodyOpen): // otherwise the source's error, which it need not give twice
			return n, err
		case rerr == io.EOF:
			return n, nil
		case rerr != nil && l.send.Left == 0:
			return n, l.brokenBehind(k, rerr)
		case rerr != nil:
			e := l.c.fail(k, ErrBodySource, rerr)
			l.stopSending(e)
			return n, e
		}
	}
	return n, l.surplus(k, r, buf[:1])
}

// readSource reads without the lock. What a source says of itself is not relied
// upon: behind p there may be octets of another body.
func (l *link) readSource(r io.Reader, p []byte) (n int, err error) {
	l.c.mu.Unlock()
	defer l.c.mu.Lock()
	for range 100 {
		switch n, err = r.Read(p); {
		case n < 0 || n > len(p):
			return 0, fmt.Errorf("Read returned %d for %d octets, which io.Reader forbids", n, len(p))
		case n != 0 || err != nil:
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// takeAll accepts p whole, whatever it has to wait for, unless the body is lost.
func (l *link) takeAll(ctx context.Context, k *call, p []byte) (n int, err *Error) {
	if n, err = l.writeBody(ctx, k, p); err == nil || l.send.State != h1.BodyOpen {
		return n, err
	}
	for n < len(p) { // the source does not give it twice
		if l.send.Left < 0 {
			n += l.takeChunk(p[n:])
		} else {
			n += l.takeCounted(p[n:])
		}
	}
	if l.whole() && (err.Kind == ErrEarlyResponse || err.Kind == ErrPipelineFull) {
		return n, nil // nothing is left to be told to write on
	}
	return n, err
}

// surplus looks whether the source has more than was announced.
func (l *link) surplus(k *call, r io.Reader, p []byte) *Error {
	n, err := l.readSource(r, p)
	switch {
	case n > 0:
		e := l.c.fail(k, ErrExcessBodyData, nil)
		e.Detail = "the source is longer than the announced length; the rest was not sent"
		return e
	case err != nil && err != io.EOF:
		return l.brokenBehind(k, err)
	}
	return nil
}

// brokenBehind is the error of a source that failed when it had given all of a
// body: the request is complete.
func (l *link) brokenBehind(k *call, err error) *Error {
	e := l.c.fail(k, ErrBodySource, err)
	e.Detail = "behind the announced length, which was sent"
	return e
}

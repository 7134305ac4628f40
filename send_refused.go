package dugong

import (
	"errors"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/nio"
)

// mayRequest says why no request can be sent now, or nil. An idle connection is
// looked at now, or by whoever pushes first (later).
func (l *link) mayRequest(k *call, later bool) *Error {
	if l.raw || l.tunnel || l.send.State != h1.Ready {
		return l.notReady(k)
	}
	if l.queue.Len() > 0 {
		return nil
	}
	if l.unlooked = later && l.in.len() == 0 && l.inErr == nil; l.unlooked {
		return nil
	}
	return l.lookIdle(k)
}

// notReady says why the sending half takes no request.
func (l *link) notReady(k *call) *Error {
	switch {
	case l.tunnel:
		return l.c.state(k, "the connection does not speak HTTP any more: Hijack it")
	case l.raw:
		return l.c.fail(k, ErrConnectionClosed, errors.New("the framing of the responses was lost"))
	}
	f := l.send.CheckRequest()
	e := l.c.faulted(k, f)
	e.Phase = ""
	if f.Kind == h1.Truncated {
		e.Err = nil
		l.explain(e)
	}
	return e
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

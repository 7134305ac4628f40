package dugong

import (
	"io"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/nio"
)

// end makes the link dead for the reason given and closes the socket. What is
// unanswered is settled now.
func (l *link) end(why *Error) {
	if l.dead != nil {
		return
	}
	l.frozen = l.list(l.received)
	why.NotProcessed, why.MaybeProcessed = tally(l.frozen)
	l.dead = why
	if l.sendErr == nil && !l.unpushed() {
		l.t.EndTLS()
	}
	l.t.Close()
	l.lostBody = l.lostBody || l.send.HasBody()
	l.in.drop()
	l.gathered()
	l.send.Do(h1.Break)
	l.c.signal()
}

// gone is the error of a call that comes after the end of the link.
func (l *link) gone(k *call) *Error {
	e := l.c.fail(k, ErrConnectionClosed, nil)
	switch {
	case l.dead.Err == error(errLocalClose):
		e.Err, e.Fault = errLocalClose, FaultCaller
	case l.dead.Op == "": // no call failed
		e.Detail = l.dead.Detail
	default:
		e.Detail = "lost before: " + l.dead.text()
	}
	e.NotProcessed, e.MaybeProcessed = tally(l.frozen)
	return e
}

// breakSending ends the sending half. Reading goes on: the answers, and above
// all the one that says why, may be on their way.
func (l *link) breakSending(why *Error) {
	l.lostBody = l.lostBody || l.send.HasBody()
	l.send.Do(h1.Break)
	l.sendErr = why
	l.c.signal()
	l.t.Wake(nio.In) // a reader need not wait for the rest of a body any more
}

// lost ends the link at the end of the stream: the error says what was cut off.
func (l *link) lost(k *call, detail string) *Error {
	kind, cause := ErrConnectionClosed, l.inErr
	switch {
	case nio.BrokeTLS(l.inErr):
		kind = ErrTLS
	case detail == speaksTLS:
		kind, cause = ErrInvalidResponse, nil // what it sent, not that it ended: another try will not do better
	}
	e := l.c.fail(k, kind, cause)
	if e.Detail = detail; cause == io.EOF || cause == nio.ErrNoCloseNotify {
		e.Err = errShort
	}
	l.named(e)
	l.end(e)
	return e
}

// named adds the request at the front.
func (l *link) named(e *Error) {
	if e.Method == "" && l.queue.Len() > 0 {
		e.Method, e.Path = l.queue.Front().Method, withoutQuery(l.queue.Front().Path)
	}
}

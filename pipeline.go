package dugong

import (
	"context"
	"iter"

	"github.com/dugong-http/dugong/internal/h1"
)

// Pipeline sends the requests that reqs yields and yields their responses, in
// order, on one goroutine, with up to Config.PipelineDepth requests in flight
// (with 1 each answer is read before the next request is pulled).
// It cannot deadlock: where the peer takes no more, responses are read.
//
// Each Response is good until the next iteration; a body left unread is
// discarded, within Config.DiscardLimit. Every error is yielded as (nil, err), and
// is the last: a timeout or the end of ctx too, after which the connection is
// unhurt and requests are Pending (unless it struck inside a request body, or
// while a body left unread was discarded). ctx is for sending, heads and bodies. After a
// loss Unanswered then tells about the requests in flight, and
// one that was pulled and could not be sent any more, also after a break (but not
// where no connection was made: then nothing at all was sent). A
// request that is refused yields its error (ErrInvalidRequest, ErrState for a body
// that follows, ErrExcessBodyData) in its place, after the responses that came
// before it. With BodyBytes and BodyReader, ExpectContinue is done
// here: the body is sent after the 100 or its wait limit.
//
// reqs runs on the caller's stack and must not block for long: nothing is read
// meanwhile. Each Request is done with when reqs goes on. After a break nothing
// more is pulled; requests in flight stay Pending and can be read, but a body
// that was sent in part breaks the connection. What was not pulled is on no list.
// On a connection with pending requests it gives ErrState.
//
// A request body is sent to its end also when the answer comes before that (a
// 413, say): breaking off would cost the connection. Where a refusal is likely
// and the body long, ask with ExpectContinue; or send by SendRequest, which
// gives ErrEarlyResponse.
func (c *Conn) Pipeline(ctx context.Context, reqs iter.Seq[*Request]) iter.Seq2[*Response, error] {
	return func(yield func(*Response, error) bool) {
		p := &pipeline{c: c, ctx: ctx, yield: yield}
		if err := p.begin(); err != nil {
			yield(nil, err)
			return
		}
		var refused *Error
		reqs(func(r *Request) bool {
			if p.over {
				return false
			}
			refused = p.send(r)
			return refused == nil && !p.over
		})
		p.drain(refused)
	}
}

// A pipeline is one run of Pipeline.
type pipeline struct {
	c     *Conn
	ctx   context.Context
	yield func(*Response, error) bool
	resp  Response
	// over: the consumer broke out, or a loss was told.
	over bool
	// pulled is the request that is to be sent next, until it is accepted or
	// its refusal is told: nobody but us knows of it.
	pulled *Request
	drops  int // Conn.drops at the beginning: Close and Reset end the sequence
}

func (p *pipeline) begin() *Error {
	c := p.c
	c.mu.Lock()
	defer c.mu.Unlock()
	k := &call{op: "pipeline"}
	switch l := c.link; {
	case l != nil && l.dead != nil:
		return l.gone(k)
	case l != nil && l.queue.Len() > 0:
		return c.state(k, "requests are pending: read their responses first")
	case l != nil && l.send.HasBody():
		return c.state(k, l.send.CheckRequest().Text)
	}
	p.drops = c.drops
	return nil
}

// send sends one request, reading responses as needed to make room for it. It
// returns the error of a request that was refused.
func (p *pipeline) send(r *Request) *Error {
	if r == nil {
		return p.c.noRequest("pipeline")
	}
	if r.Body.following() {
		e := p.c.state(&call{op: "pipeline", method: r.method(), path: r.target()},
			"a body that follows cannot be written inside Pipeline: use BodyBytes or BodyReader, or SendRequest")
		return e
	}
	p.pulled = r
	for {
		full, err := p.trySend(r)
		switch {
		case full:
			if p.makeRoom(); p.over {
				return nil
			}
		case err == nil:
			if r.ExpectContinue && r.Body.length != 0 {
				return p.awaitContinue(r)
			}
			if p.c.cfg.PipelineDepth == 1 { // nothing else is to come before its answer
				p.makeRoom()
			}
			return nil
		case err.Kind == ErrPipelineFull || err.Kind == ErrEarlyResponse:
			if p.openBody() {
				return p.finishBody(r, err)
			}
			if p.receive(whatever); p.over {
				return nil
			}
		case err.Kind == ErrState && p.c.Pending() > 0: // a last request that may settle
			if p.receive(whatever); p.over {
				return nil
			}
		case err.Kind == ErrInvalidRequest || err.Kind == ErrState || err.Kind == ErrExcessBodyData:
			p.pulled = nil
			return err
		default:
			p.drain(err)
			return nil
		}
	}
}

// listPulled puts the request that was pulled, and not accepted, on the list
// of those that are unanswered. err is the loss that is about to be told, nil
// for a consumer who broke out: perhaps since a body has told it of the loss.
func (p *pipeline) listPulled(err *Error) {
	c := p.c
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.link
	if l == nil {
		l = c.left
	}
	if l == nil || p.pulled == nil {
		return
	}
	r := p.pulled
	x := Exchange{Tag: r.Tag, Method: r.method(), Path: r.target(), Verdict: NotProcessed}
	if l.dead == nil {
		l.pulled = append(l.pulled[:0], x)
		return
	}
	l.frozen = append(l.frozen, x)
	if err != nil {
		err.NotProcessed, err.MaybeProcessed = tally(l.frozen)
	}
}

// makeRoom reads responses of a full window, down to half of it.
func (p *pipeline) makeRoom() {
	for !p.over && p.receive(p.c.cfg.PipelineDepth/2) {
	}
}

// trySend sends r unless the window is full.
func (p *pipeline) trySend(r *Request) (full bool, err *Error) {
	c := p.c
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.drops != p.drops:
		return false, c.fail(&call{op: "pipeline"}, ErrConnectionClosed, errLocalClose)
	case c.pending() >= c.cfg.PipelineDepth:
		return true, nil
	}
	before := c.requests
	err = c.sendRequest(p.ctx, r, true)
	if c.requests != before {
		p.pulled = nil
	}
	return false, err
}

// whatever is a floor for receive that nothing is below.
const whatever = -1

// receive reads one response and yields it, unless no more than floor are
// pending.
func (p *pipeline) receive(floor int) bool {
	c, r := p.c, &p.resp
	c.mu.Lock()
	if c.pending() <= floor {
		c.mu.Unlock()
		return false
	}
	l := c.link
	awaiting := l != nil && l.send.State == h1.Awaiting && l.queue.Len() == 1
	err := c.readResponse(p.ctx, r)
	mayWrite := awaiting && l.send.State == h1.BodyOpen
	c.mu.Unlock()
	switch {
	case err != nil && mayWrite && err.Kind == ErrConnectionTimedOut: // the wait limit of the 100
	case err != nil:
		p.failed(err)
	case awaiting && r.Status == 100:
	case !p.yield(r, nil):
		p.stop()
	default:
		if err := r.Body.close(); err != nil {
			p.failed(err)
		}
	}
	return true
}

// drain reads what is still answered, also when sending has failed, then tells
// why it is over if it is not over well.
func (p *pipeline) drain(why *Error) {
	for !p.over && p.receive(0) {
	}
	switch lost := p.loss(); {
	case why == nil:
		why = lost
	case lost != nil: // the caller's own fault does not hide what was lost before it
		both := *why
		both.NotProcessed, both.MaybeProcessed = lost.NotProcessed, lost.MaybeProcessed
		why = &both
	}
	if why != nil {
		p.failed(why)
	}
}

// loss is the error of requests that will not be answered any more.
func (p *pipeline) loss() *Error {
	c := p.c
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.link
	if l == nil {
		l = c.left
	}
	if l == nil || l.dead == nil || len(l.frozen) == 0 {
		return nil
	}
	return l.gone(&call{op: "pipeline"})
}

// failed tells a loss, once.
func (p *pipeline) failed(err *Error) {
	if !p.over {
		p.over = true
		p.listPulled(err)
		p.yield(nil, err)
	}
}

// stop is for a consumer who broke out: what is in flight can be read on,
// unless a body is half sent.
func (p *pipeline) stop() {
	p.over = true
	p.listPulled(nil)
	c := p.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.link; l != nil && l.dead == nil && l.send.HasBody() {
		e := c.fail(&call{op: "pipeline"}, ErrConnectionClosed, errLocalClose)
		e.Detail = "Pipeline was left while a request body was half sent"
		l.end(e)
	}
}

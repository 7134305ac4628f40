package dugong

import "github.com/dugong-http/dugong/internal/h1"

func (p *pipeline) openBody() bool {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	return p.c.link != nil && p.c.link.send.State == h1.BodyOpen
}

// finishBody writes the rest of a body that stopped half-way, reading
// responses in between.
func (p *pipeline) finishBody(r *Request, why *Error) *Error {
	for at := why.Written; ; at += why.Written {
		if why.Kind == ErrPipelineFull {
			p.receive(whatever)
		}
		if p.over || !p.openBody() {
			return nil
		}
		if why = p.writeRest(r, at); why == nil {
			return nil
		}
		if why.Kind != ErrPipelineFull && why.Kind != ErrEarlyResponse {
			if why.Kind == ErrExcessBodyData {
				return why
			}
			p.drain(why)
			return nil
		}
	}
}

// writeRest writes the body from octet at on.
func (p *pipeline) writeRest(r *Request, at int64) *Error {
	c := p.c
	c.mu.Lock()
	defer c.mu.Unlock()
	k := &call{op: "send", phase: PhaseWrite}
	l, err := c.beginBody(k)
	if err != nil {
		return err
	}
	defer c.endSend()
	if r.Body.kind == bodyBytes {
		rest := *r
		rest.Body.bytes = r.Body.bytes[at:]
		return l.sendBody(p.ctx, k, &rest)
	}
	return l.sendBody(p.ctx, k, r)
}

// awaitContinue reads until the 100, its wait limit, or a final answer, and
// sends the body unless the answer was final.
func (p *pipeline) awaitContinue(r *Request) *Error {
	for !p.over {
		p.c.mu.Lock()
		state := h1.Ended
		if l := p.c.link; l != nil {
			state = l.send.State
		}
		p.c.mu.Unlock()
		switch state {
		case h1.Awaiting:
			p.receive(whatever)
		case h1.BodyOpen:
			return p.finishBody(r, &Error{Kind: ErrEarlyResponse})
		default:
			return nil
		}
	}
	return nil
}

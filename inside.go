package dugong

import "github.com/dugong-http/dugong/internal/inside"

func init() {
	inside.NewConn = func(o inside.Options) any { return newOver(o) }
	inside.Octets = func(conn any) (accepted, handed, taken int64) { return conn.(*Conn).octets() }
	inside.Idle = func(conn any) bool { return conn.(*Conn).idle() }
	inside.Arrived = func(body any) []byte { return body.(*Body).arrived() }
}

func (c *Conn) idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.link != nil && c.link.mayRequest(&call{op: "look"}, false) == nil
}

// arrived gives the rest of a body with a length if nothing has to be waited
// for; nil if something has, or if the body has ended or failed.
func (b *Body) arrived() []byte {
	if b.l == nil {
		return nil
	}
	l, c := b.l, b.l.c
	c.mu.Lock()
	defer c.mu.Unlock()
	rest := l.body.Direct()
	if c.reading || b.done.is() || b.err != nil || l.dead != nil || !l.open || l.resp != b.resp || l.bodyErr != nil ||
		l.body.Framed() || rest > int64(l.in.len()) {
		return nil
	}
	p := make([]byte, rest)
	b.decode(&call{}, p) // a length cannot be violated
	return p
}

func (c *Conn) octets() (accepted, handed, taken int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.link
	if l == nil {
		l = c.left
	}
	if f := c.final; f != nil {
		return f[0], f[1], f[2]
	}
	return l.accepted, min(l.handed(), l.accepted), l.in.taken
}

// newOver makes a Conn that is connected already. It cannot connect again:
// it is to be closed, not Reset.
func newOver(o inside.Options) *Conn {
	cfg, _ := o.Config.(*Config)
	c := &Conn{cfg: cfg.withDefaults(), bare: o.Bare, lenient: o.Lenient}
	c.addr = address{field: o.Host, text: o.Addr}
	limits := *c.cfg.Limits.core()
	limits.BlankNames = o.Lenient
	c.limits = &limits
	c.timeout = c.cfg.Timeout
	c.link = newLink(c, o.Transport)
	return c
}

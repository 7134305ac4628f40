package dugong

import "github.com/dugong-http/dugong/internal/inside"

func init() { inside.NewConn = func(o inside.Options) any { return newOver(o) } }

// newOver makes a Conn that is connected already. It cannot connect again:
// it is to be closed, not Reset.
func newOver(o inside.Options) *Conn {
	cfg, _ := o.Config.(*Config)
	c := &Conn{cfg: cfg.withDefaults(), bare: o.Bare, lenient: o.Lenient}
	c.addr = address{network: "tcp", field: o.Host, text: o.Addr}
	c.limits = c.cfg.Limits.core()
	c.limits.BlankNames = o.Lenient
	c.timeout = c.cfg.Timeout
	c.link = newLink(c, o.Transport)
	return c
}

package dugonghttp

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// dialNext makes connections for those who wait and have none being made, as
// many as may be, and no more than they need who can share one. mu is held.
func (o *origin) dialNext() {
	places := 0 // on connections that are being made
	for _, w := range o.wants {
		if w.dialing && w.x.pipes {
			places += o.depth() - 1
		}
	}
	for _, w := range o.wants {
		shares := w.x.pipes && !w.x.alone && !w.x.fresh && !w.impatient
		switch most := o.t.MaxConnsPerHost; {
		case w.dialing:
		case most > 0 && o.conns >= most:
			return
		case shares && places > 0:
			places--
		default:
			if w.x.pipes {
				places += o.depth() - 1
			}
			o.startDial(w)
		}
	}
}

// startDial lets w have a connection of its own. The dial outlives its request
// where that finds another connection, but not where nobody wants it any more.
// mu is held.
func (o *origin) startDial(w *want) {
	w.dialing = true
	if o.conns++; o.conns == 1 {
		o.connsBegin()
	}
	var ctx context.Context
	ctx, w.stop = context.WithCancel(context.WithoutCancel(w.x.ctx))
	go o.dial(ctx, w)
}

// dial makes a connection for w.
func (o *origin) dial(ctx context.Context, w *want) {
	begun := time.Now()
	c, alt, err := o.connect(ctx, w.x)
	w.stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.facts.dial = time.Since(begun)
	o.setUsual()
	waits := slices.Contains(o.wants, w)
	switch {
	case err != nil:
		o.conns--
		if waits {
			o.drop(w)
			w.ch <- got{err: err}
		}
	case alt != nil:
		o.conns--
		o.alt = alt
		for _, w := range o.wants {
			w.ch <- got{alt: alt}
		}
		o.wants = nil
	default:
		if waits {
			o.drop(w)
			w.ch <- o.reserve(c, w.x, time.Now())
		}
		o.offer(c)
	}
	o.dialNext()
	o.connsEnd()
}

func (o *origin) dropAlt(alt http.RoundTripper) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.alt == alt {
		o.alt = nil
	}
}

package origin

import (
	"io"
	"net"
	"sync"
	"time"
)

// A way is one direction of a connection.
type way struct {
	from, to net.Conn
	delay    time.Duration
	earliest time.Time  // nothing counts as sent before
	room     int        // octets that may be under way
	slow     *slowStart // nil: none

	mu      sync.Mutex
	changed *sync.Cond
	pieces  []piece // under way, in order
	octets  int     // in pieces, and in the one that is being delivered
	broken  bool    // the far end takes no more
}

// A piece is due at its time. One without octets ends the way: cleanly, or by
// a reset.
type piece struct {
	due   time.Time
	p     []byte
	reset bool
}

// newWay makes room for a gigabyte a second, so that the delay does not limit
// the bandwidth.
func newWay(from, to net.Conn, delay time.Duration, earliest time.Time) *way {
	w := &way{from: from, to: to, delay: delay, earliest: earliest, room: 4<<20 + int(delay.Seconds()*(1<<30))}
	w.changed = sync.NewCond(&w.mu)
	return w
}

// run returns when the way has ended.
func (w *way) run() {
	var filling sync.WaitGroup
	filling.Go(w.fill)
	w.empty()
	filling.Wait()
}

// fill notes what comes and when it is due.
func (w *way) fill() {
	buf := make([]byte, 64<<10)
	for {
		n, err := w.from.Read(buf)
		now := time.Now()
		if now.Before(w.earliest) {
			now = w.earliest
		}
		if !w.send(buf[:n], now) {
			return
		}
		if err != nil {
			_, at := w.leave(0, now)
			w.put(piece{due: at.Add(w.delay), reset: err != io.EOF})
			return
		}
	}
}

// send puts octets on the way, in as many pieces as leave at different times.
func (w *way) send(p []byte, now time.Time) bool {
	for len(p) > 0 {
		n, at := w.leave(len(p), now)
		if !w.put(piece{due: at.Add(w.delay), p: append([]byte(nil), p[:n]...)}) {
			return false
		}
		p = p[n:]
	}
	return true
}

// leave says how many of n octets leave together, and when.
func (w *way) leave(n int, now time.Time) (int, time.Time) {
	if w.slow == nil {
		return n, now
	}
	return w.slow.depart(n, now)
}

// put waits for room; false: the way is broken.
func (w *way) put(p piece) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.octets >= w.room && !w.broken {
		w.changed.Wait()
	}
	if k := len(w.pieces) - 1; k >= 0 && p.p != nil && w.pieces[k].due.Equal(p.due) && len(w.pieces[k].p) > 0 {
		w.pieces[k].p = append(w.pieces[k].p, p.p...) // segments that leave together arrive together
	} else {
		w.pieces = append(w.pieces, p)
	}
	w.octets += len(p.p)
	w.changed.Signal()
	return !w.broken
}

// get waits for the next piece. It takes up room until it is delivered: pieces
// that leave together are one, and that one may be as large as all the room.
func (w *way) get() piece {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.pieces) == 0 {
		w.changed.Wait()
	}
	p := w.pieces[0]
	w.pieces = w.pieces[1:]
	return p
}

// delivered gives the room of n octets back.
func (w *way) delivered(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.octets -= n
	w.changed.Signal()
}

// empty delivers each piece when it is due.
func (w *way) empty() {
	for {
		p := w.get()
		time.Sleep(time.Until(p.due))
		switch {
		case p.p != nil:
			if _, err := w.to.Write(p.p); err != nil {
				w.breakOff()
				return
			}
			w.delivered(len(p.p))
		case p.reset:
			w.abort()
			return
		default:
			closeWrite(w.to)
			return
		}
	}
}

// breakOff: the far end has gone. The near end learns it by a reset.
func (w *way) breakOff() {
	w.mu.Lock()
	w.broken = true
	w.changed.Signal()
	w.mu.Unlock()
	w.abort()
}

// abort ends both connections, if they are TCP by a reset.
func (w *way) abort() {
	for _, c := range []net.Conn{w.from, w.to} {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		c.Close()
	}
}

func closeWrite(c net.Conn) {
	if h, ok := c.(interface{ CloseWrite() error }); ok {
		h.CloseWrite()
		return
	}
	c.Close()
}

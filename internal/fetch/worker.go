package fetch

import (
	"time"

	"github.com/dugong-http/dugong"
)

// A worker makes one connection after the other to its origin, as long as
// there is work.
type worker struct {
	o *origin
	e *engine

	hungry    bool // counted in origin.hungry; guarded by engine.mu
	lost      bool // the next connection replaces a lost one
	fruitless int  // connections in a row without an answer or a charge
	barren    int  // connections in a row without an answer

	// The connection.
	c        *dugong.Conn
	number   int
	window   int // most in flight for now
	sent     int
	answered int
	charged  bool    // it cost a request a repetition
	spent    bool    // it was the last one for some request
	mute     error   // why no more can be sent
	full     bool    // the peer takes no more before an answer is read
	flight   []*task // sent, in order, not answered
	peak     int     // most that were in flight
	resp     dugong.Response
	buf      []byte
}

func (w *worker) run() {
	for w.employed() {
		if !w.e.slot() {
			continue // the context has ended
		}
		err := w.connect()
		made := err == nil
		if made {
			err = w.use()
			w.disconnect()
		}
		<-w.e.slots
		switch {
		case made && (err == nil || w.answered > 0):
			w.fruitless, w.barren = 0, 0
		case w.e.ctx.Err() != nil:
		case made && w.spent && w.o.spent.Add(1) >= hopeless:
			w.o.spent.Store(0)
			w.o.giveUp(&givenUp{alone(err)})
		case !w.again(made, err):
			if w.resign(err) {
				return
			}
		}
	}
}

// employed says whether there is work; otherwise the worker has left.
func (w *worker) employed() bool {
	w.e.mu.Lock()
	defer w.e.mu.Unlock()
	if w.o.queue.len() > 0 && w.e.ctx.Err() == nil {
		return true
	}
	w.o.workers--
	w.fed()
	return false
}

// fed: the worker is not waiting for a task any more. mu is held.
func (w *worker) fed() {
	if w.hungry {
		w.hungry = false
		w.o.hungry--
	}
}

func (w *worker) connect() error {
	w.live(+1)
	c, err := dugong.Dial(w.e.ctx, w.o.site.addr, &w.o.site.cfg)
	if err != nil {
		w.live(-1)
		return err
	}
	w.e.mu.Lock()
	defer w.e.mu.Unlock()
	w.e.stats.Connections++
	w.c, w.number = c, w.e.stats.Connections
	w.sent, w.answered, w.peak, w.charged, w.spent, w.mute, w.full = 0, 0, 0, false, false, nil, false
	if w.window = w.e.opt.Depth; w.lost {
		w.window = 1
	}
	w.lost = false
	return nil
}

func (w *worker) disconnect() {
	w.c.Close()
	w.live(-1)
}

func (w *worker) live(n int) {
	w.e.mu.Lock()
	defer w.e.mu.Unlock()
	w.o.live += n
}

// again waits and says whether another connection is to be made after one that
// brought no answer, or could not be made.
func (w *worker) again(made bool, err error) bool {
	if !made || !w.charged {
		w.fruitless++
	}
	w.barren++
	if w.fruitless > w.e.opt.Retries || !made && !dugong.IsTemporary(err) {
		return false
	}
	if d := w.e.opt.RetryDelay; d > 0 {
		timer := time.NewTimer(d << min(w.barren-1, 6))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-w.e.ctx.Done():
		}
	}
	return true
}

// resign: no connection comes about. If others have one, or are about to, they
// do the work, as the server may allow no more, and this worker leaves.
// Otherwise all that is queued is given up.
func (w *worker) resign(why error) (left bool) {
	w.fruitless, w.barren = 0, 0
	w.e.mu.Lock()
	if w.o.live > 0 {
		defer w.e.mu.Unlock()
		w.o.workers--
		w.fed()
		return true
	}
	w.e.mu.Unlock()
	w.o.giveUp(why)
	return false
}

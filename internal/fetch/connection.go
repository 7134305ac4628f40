package fetch

import (
	"context"
	"errors"
	"time"

	"github.com/dugong-http/dugong"
)

// use sends and reads until the connection ends or there is no more to do. It
// returns why the connection was lost, nil if it was not.
func (w *worker) use() error {
	for {
		w.fill()
		switch {
		case len(w.flight) > 0:
			if on, err := w.read(); !on {
				return err
			}
		case w.mute != nil:
			w.lost = true
			return w.mute
		case !w.idle():
			return nil
		}
	}
}

// fill sends as much as may be in flight. An error that ends the sending half
// is kept: what is in flight can be read all the same.
func (w *worker) fill() {
	tasks := w.take()
	for i, t := range tasks {
		err := w.send(t)
		if err == nil {
			continue
		}
		w.o.giveBack(tasks[i:]...)
		if w.full = errors.Is(err, dugong.ErrPipelineFull); !w.full {
			w.mute = err
		}
		break
	}
	w.peak = max(w.peak, len(w.flight))
}

// take gets tasks from the queue.
func (w *worker) take() (tasks []*task) {
	w.e.mu.Lock()
	defer w.e.mu.Unlock()
	for n := w.share(); n > 0; n-- {
		tasks = append(tasks, w.o.queue.pop())
	}
	if len(tasks) > 0 {
		w.fed()
	}
	return tasks
}

// share is how many requests this worker takes now: as many as may be sent, and
// no more than its part of what is left, its own included. However often it
// asks, it leaves theirs to workers that are about to connect. mu is held.
func (w *worker) share() int {
	left, workers := w.o.queue.len()+len(w.flight), w.o.workers
	return min(w.allowance(), w.o.queue.len(), (left+workers-1)/workers-len(w.flight))
}

// allowance says how many requests may be sent now. A window is filled up when
// half of it is answered, so that requests go out together. mu is held.
func (w *worker) allowance() int {
	window := min(w.window, w.o.depth)
	if w.mute != nil || w.full || w.e.ctx.Err() != nil || len(w.flight) > window/2 {
		return 0
	}
	n := window - len(w.flight)
	if w.o.limit == 0 {
		return n
	}
	if w.answered >= w.o.limit && (w.answered > w.o.limit || len(w.flight) == 0) {
		w.o.limit = 0 // it went on beyond what was taken for its limit
		return n
	}
	return min(n, max(0, w.o.limit-w.sent))
}

// send accepts a task for sending. An error says that it was not; nothing of
// it has gone out then. A request that can never be sent is finished here.
func (w *worker) send(t *task) error {
	r := w.o.site.request(t.target)
	r.Tag = t
	err := w.c.SendRequest(w.e.ctx, r)
	if errors.Is(err, dugong.ErrInvalidRequest) {
		w.e.finish(t, "", &BadInput{Excerpt(t.target.URL), reason(err)})
		return nil
	}
	if err != nil {
		return err
	}
	if t.start.IsZero() {
		t.start = time.Now()
	}
	if t.attempts++; t.attempts > 1 && !t.repeated {
		w.e.count(func(s *Stats) { s.Repeated++ })
	}
	t.repeated = false
	t.conn = w.number
	w.sent++
	w.flight = append(w.flight, t)
	return nil
}

// idle waits for a task; false: none will come, or the connection is wanted
// elsewhere.
func (w *worker) idle() bool {
	w.e.mu.Lock()
	switch {
	case w.e.ctx.Err() != nil, w.e.wanting > 0:
		w.e.mu.Unlock()
		return false
	case w.o.queue.len() > 0:
		w.e.mu.Unlock()
		return true
	case w.e.closed:
		w.e.mu.Unlock()
		return false
	}
	if !w.hungry {
		w.hungry = true
		w.o.hungry++
	}
	v := w.o.watch()
	w.e.mu.Unlock()
	<-v.Done()
	return true
}

// readContext is the context to wait for an answer by. It ends early when a
// task comes that could be sent at once.
func (w *worker) readContext() (ctx context.Context, stop func()) {
	w.e.mu.Lock()
	defer w.e.mu.Unlock()
	if w.e.closed || w.allowance() == 0 {
		return w.e.ctx, func() {}
	}
	v := w.o.watch()
	if w.share() > 0 {
		v.cancel() // it came just now
	}
	return v, func() { w.o.unwatch(v) }
}

// read reads one answer. It says whether the connection goes on, and if it was
// lost, why.
func (w *worker) read() (on bool, lost error) {
	ctx, stop := w.readContext()
	err := w.c.ReadResponseInto(ctx, &w.resp)
	stop()
	switch {
	case errors.Is(err, dugong.ErrCanceled) && w.e.ctx.Err() == nil:
		return true, nil // woken for a new task
	case err != nil:
		return false, w.loss(err)
	case w.suspicious():
		return false, w.doubt()
	}
	w.resp.Body.SetContext(w.e.ctx)
	t := w.flight[0]
	sum, bodyErr, sinkErr := w.receive(t)
	if bodyErr != nil {
		return false, w.loss(bodyErr)
	}
	w.flight = w.flight[1:]
	w.answered++
	w.o.spent.Store(0)
	w.full = false
	w.window = min(w.window+1, w.e.opt.Depth)
	if w.resp.Minor == 0 {
		w.o.single()
	}
	if sinkErr != nil {
		t.charged++ // for the verdict
	}
	w.e.finish(t, sum, sinkErr)
	return w.proceed(sinkErr != nil)
}

// proceed says whether the connection goes on after an answer.
func (w *worker) proceed(unwanted bool) (on bool, lost error) {
	announced := w.resp.Close
	if unwanted && w.resp.Body.Close() != nil { // too long to be read for nothing
		w.settle(nil, false)
		return false, nil
	}
	if announced {
		if w.resp.Status < 400 {
			w.o.closedAfter(w.answered, true)
		}
		w.settle(nil, false)
	}
	return !announced, nil
}

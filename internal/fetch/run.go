package fetch

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/dugong-http/dugong"
)

// Run fetches jobs until the channel is closed and all are done, or ctx ends.
// It calls done once for each job that it took, in the order in which they
// end, never twice at once. When ctx ends, what is not complete is given up:
// done is called for each job that was taken. Jobs still in the channel are
// left there.
//
// Jobs come through a channel, not an iterator, because the end of ctx must
// also end a wait for the next job.
func Run(ctx context.Context, o Options, jobs <-chan Job, done func(Result)) Stats {
	ctx, cancel := context.WithCancel(ctx) // ends the watches that are left
	defer cancel()
	e := &engine{ctx: ctx, opt: o.withDefaults(), done: done, origins: map[string]*origin{}}
	e.room = make(chan struct{}, e.opt.Queue)
	e.slots = make(chan struct{}, e.opt.Total)
	e.feed(jobs)
	e.close()
	e.workers.Wait()
	e.giveUp()
	return e.stats
}

// Jobs sends what seq yields, until ctx ends, and closes the channel.
func Jobs(ctx context.Context, seq iter.Seq[Job]) <-chan Job {
	jobs := make(chan Job)
	go func() {
		defer close(jobs)
		for j := range seq {
			select {
			case jobs <- j:
			case <-ctx.Done():
				return
			}
		}
	}()
	return jobs
}

// An engine is one Run.
type engine struct {
	ctx     context.Context
	opt     Options
	done    func(Result)
	room    chan struct{} // an element for each job taken and not finished
	slots   chan struct{} // an element for each connection
	workers sync.WaitGroup

	telling sync.Mutex // one call of done at a time

	mu      sync.Mutex // guards what follows, and all origins
	origins map[string]*origin
	closed  bool // no more jobs come
	wanting int  // workers that wait for a slot
	stats   Stats
}

// A task is a job on its way.
type task struct {
	job       Job
	admitted  bool // it has an element in room
	target    *Target
	start     time.Time
	firstByte time.Time
	attempts  int
	repeated  bool // the next attempt is counted as a retry already
	charged   int  // attempts that may have been processed, without an answer
	conn      int
	status    int
	location  string
	bytes     int64
}

// feed takes jobs.
func (e *engine) feed(jobs <-chan Job) {
	for e.ctx.Err() == nil {
		select {
		case j, ok := <-jobs:
			if !ok {
				return
			}
			e.admit(j)
		case <-e.ctx.Done():
		}
	}
}

// admit waits for room and puts the job on the queue of its origin. At the end
// of the context it goes without room: it only waits to be given up.
func (e *engine) admit(j Job) {
	t := &task{job: j}
	select {
	case e.room <- struct{}{}:
		t.admitted = true
	case <-e.ctx.Done():
	}
	target, err := Parse(j.URL)
	if j.Refused != nil {
		err = j.Refused
	}
	if err != nil {
		t.target = &Target{URL: Excerpt(j.URL)}
		e.finish(t, "", err)
		return
	}
	t.target = target
	e.mu.Lock()
	defer e.mu.Unlock()
	key := target.key()
	o := e.origins[key]
	if o == nil {
		o = &origin{e: e, site: newSite(target, &e.opt), depth: e.opt.Depth, watchers: map[*watch]struct{}{}}
		e.origins[key] = o
	}
	o.queue.push(t)
	o.staff()
	o.wake()
}

// close says that no more jobs come.
func (e *engine) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	for _, o := range e.origins {
		o.wake()
	}
}

// giveUp finishes what the end of the context has left.
func (e *engine) giveUp() {
	err := &dugong.Error{Kind: dugong.ErrCanceled, Op: "fetch", Fault: dugong.FaultCaller, Err: context.Cause(e.ctx)}
	for _, o := range e.origins {
		for t := o.queue.pop(); t != nil; t = o.queue.pop() {
			e.finish(t, "", err)
		}
	}
}

// finish tells the result of a task. An empty sum means that there is none.
func (e *engine) finish(t *task, sum string, err error) {
	r := Result{
		Tag: t.job.Tag, URL: t.target.URL, Status: t.status, Location: t.location, Bytes: t.bytes, SHA256: sum, Start: t.start,
		FirstByte: t.firstByte, End: time.Now(), Attempts: t.attempts, Verdict: Answered, Conn: t.conn, Err: alone(err),
	}
	if sum == "" && err != nil {
		r.Verdict = NotProcessed
		if t.charged > 0 {
			r.Verdict = MaybeProcessed
		}
	}
	e.count(func(s *Stats) {
		if r.Err == nil {
			s.Documents++
		} else {
			s.Failures++
		}
	})
	e.telling.Lock()
	defer e.telling.Unlock()
	e.done(r)
	if t.admitted {
		<-e.room
	}
}

// alone leaves out of an error what it says of the other requests of its
// connection: each of them has a verdict of its own.
func alone(err error) error {
	e, ok := err.(*dugong.Error)
	if !ok || e.NotProcessed+e.MaybeProcessed == 0 {
		return err
	}
	c := *e
	c.NotProcessed, c.MaybeProcessed = 0, 0
	return &c
}

func (e *engine) count(f func(*Stats)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f(&e.stats)
}

// want is the number of workers that wait for a slot. Idle connections are
// given up for them.
func (e *engine) want(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wanting += n
	for _, o := range e.origins {
		o.wake()
	}
}

// slot waits for leave to connect.
func (e *engine) slot() bool {
	select {
	case e.slots <- struct{}{}:
		return true
	default:
	}
	e.want(1)
	defer e.want(-1)
	select {
	case e.slots <- struct{}{}:
		return true
	case <-e.ctx.Done():
		return false
	}
}

package nio

import (
	"context"
	"net"
	"os"
	"sync"
	"time"
)

// A pump is a Stream on a connection that can only block. One goroutine reads
// ahead of the caller, up to one buffer; one more lives as long as a write is
// under way. Octets that a write has taken count as handed over although the
// connection may not have them yet: the cautious reading, for those who ask
// whether a request can have been seen. A Close cuts them off, unless they are
// the last words of TLS (Linger): a record that says close_notify is not cut.
type pump struct {
	c      net.Conn
	ending sync.Once // closes c
	polite bool      // Close lets the write that is under way come to its end
	linger *time.Timer

	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever a wait may be over

	in      []byte // read and not yet taken
	inErr   error
	drained chan struct{} // tells the reading goroutine that in is empty
	reading bool

	out    []byte
	outErr error
	busy   bool // out is being written
	woken  Events
	closed bool

	inLimit, outLimit time.Time // deadlines of a released pump
}

const pumpSize = 64 << 10

// pumpLinger is how long after Close the last words may take; crypto/tls gives
// its close_notify as long.
const pumpLinger = 5 * time.Second

func newPump(c net.Conn) Stream {
	return &pump{c: c, changed: make(chan struct{}), drained: make(chan struct{}, 1)}
}

func (p *pump) FD() (int, bool)   { return -1, false }
func (p *pump) NetConn() net.Conn { return p.c }

// Watch and Unwatch do nothing: who has no descriptor cannot be polled.
func (p *pump) Watch(*Watcher, Events) bool { return true }
func (p *pump) Unwatch(*Watcher)            {}

// signal is called with mu held.
func (p *pump) signal() {
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *pump) TryRead(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed { // whatever the connection calls it, and whatever still comes while a write lingers
		return 0, net.ErrClosed
	}
	if len(p.in) > 0 {
		n := copy(b, p.in)
		if p.in = p.in[n:]; len(p.in) == 0 {
			p.drained <- struct{}{}
		}
		return n, nil
	}
	if p.inErr != nil {
		return 0, p.inErr
	}
	if !p.reading {
		p.reading = true
		go p.read()
	}
	return 0, ErrWouldBlock
}

func (p *pump) read() {
	buf := make([]byte, pumpSize)
	for {
		n, err := p.c.Read(buf)
		p.mu.Lock()
		p.in, p.inErr = buf[:n], err
		over := err != nil || p.closed
		if p.closed {
			p.in = nil
		}
		p.signal()
		p.mu.Unlock()
		if over {
			return
		}
		if n > 0 {
			<-p.drained
		}
	}
}

func (p *pump) TryWrite(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return 0, net.ErrClosed
	case p.outErr != nil:
		return 0, p.outErr
	case len(b) == 0:
		return 0, nil
	case p.busy:
		return 0, ErrWouldBlock
	}
	n := min(len(b), pumpSize)
	p.out = append(p.out[:0], b[:n]...)
	p.busy = true
	go p.write()
	if n < len(b) {
		return n, ErrWouldBlock
	}
	return n, nil
}

func (p *pump) write() {
	_, err := p.c.Write(p.out)
	p.mu.Lock()
	p.busy, p.outErr = false, err
	p.signal()
	closed := p.closed
	p.mu.Unlock()
	if closed {
		p.end()
	}
}

func (p *pump) Wake(dirs Events) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.woken |= dirs
	p.signal()
}

// ready is called with mu held.
func (p *pump) ready(want Events) bool {
	if p.woken&want != 0 {
		p.woken &^= want
		return true
	}
	return want&In != 0 && (len(p.in) > 0 || p.inErr != nil || !p.reading) ||
		want&Out != 0 && !p.busy
}

func (p *pump) Wait(ctx context.Context, want Events, deadline time.Time) error {
	var alarm <-chan time.Time
	if !deadline.IsZero() {
		t := time.NewTimer(time.Until(deadline))
		defer t.Stop()
		alarm = t.C
	}
	for {
		p.mu.Lock()
		ok, closed, changed := p.ready(want), p.closed, p.changed
		p.mu.Unlock()
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case closed:
			return net.ErrClosed
		case ok:
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-alarm:
			return os.ErrDeadlineExceeded
		}
	}
}

func (p *pump) writing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.busy
}

// wait is Wait without a context, for a pump that was released.
func (p *pump) wait(want Events, deadline time.Time) error {
	return p.Wait(context.Background(), want, deadline)
}

func (p *pump) deadline(dir Events) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if dir == In {
		return p.inLimit
	}
	return p.outLimit
}

// setDeadline also ends waits that began under another one.
func (p *pump) setDeadline(dirs Events, t time.Time) {
	p.mu.Lock()
	if dirs&In != 0 {
		p.inLimit = t
	}
	if dirs&Out != 0 {
		p.outLimit = t
	}
	p.mu.Unlock()
	p.Wake(dirs)
}

func (p *pump) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return net.ErrClosed
	}
	p.closed = true
	if len(p.in) > 0 {
		p.in = nil
		p.drained <- struct{}{}
	}
	p.signal()
	busy := p.busy && p.polite
	if busy {
		p.linger = time.AfterFunc(pumpLinger, func() { p.end() })
	}
	p.mu.Unlock()
	if busy {
		return nil
	}
	return p.end()
}

// Linger says that what TryWrite has just taken is the end of the stream, and
// worth a little time after Close.
func (p *pump) Linger() {
	p.mu.Lock()
	p.polite = true
	p.mu.Unlock()
}

// end closes the connection: after Close, when no write is under way any more.
func (p *pump) end() (err error) {
	p.ending.Do(func() {
		p.mu.Lock()
		if p.linger != nil {
			p.linger.Stop()
		}
		p.mu.Unlock()
		err = p.c.Close()
	})
	return err
}

//go:build unix

package aio_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
	"golang.org/x/sys/unix"
)

// suspend waits for a descriptor of the test's own.
func suspend(ctx context.Context, fd int, events uint32) error {
	return dugong.TaskOf(ctx).Suspend(ctx, dugong.PollNeeded{FD: fd, Events: events})
}

// A second reader of a descriptor is refused; the first, and a writer, are not.
func TestTwoReaders(t *testing.T) {
	for _, events := range []uint32{dugong.PollIn, dugong.PollOut} {
		l := newLoop(t)
		a, b := socketPair(t)
		if events == dugong.PollOut {
			fillUp(t, a)
		}
		first := do(l, func(ctx context.Context) error {
			for !is(a, events) {
				if err := suspend(ctx, a, events); err != nil {
					return err
				}
			}
			return nil
		})
		second := do(l, func(ctx context.Context) error { return suspend(ctx, a, events) })
		other := do(l, func(ctx context.Context) error { return suspend(ctx, a, dugong.PollIn|dugong.PollOut^events) })
		do(l, func(ctx context.Context) error {
			second.Wait(ctx)
			select {
			case <-first.Done():
				t.Error("the first task has ended")
			default:
			}
			unix.Write(b, []byte("x"))
			empty(b)
			return nil
		})
		run(t, l)
		ok(t, first)
		ok(t, other)
		if _, err := second.Result(); !errors.Is(err, dugong.ErrState) {
			t.Errorf("the second task got %v", err)
		}
		l.Close()
	}
}

// A reader and a writer share a descriptor, and so does who looks both ways.
func TestReaderWriterHelper(t *testing.T) {
	l := newLoop(t)
	a, b := socketPair(t)
	fillUp(t, a)
	var order []string
	wait := func(name string, events uint32) *aio.Future[nothing] {
		return do(l, func(ctx context.Context) error {
			err := suspend(ctx, a, events)
			order = append(order, name)
			return err
		})
	}
	reader := wait("reader", dugong.PollIn)
	writer := wait("writer", dugong.PollOut)
	helper := wait("helper", dugong.PollIn|dugong.PollOut)
	do(l, func(ctx context.Context) error {
		aio.Yield(ctx)
		if n := l.Stats().Watched; n != 1 {
			t.Errorf("%d descriptors watched", n)
		}
		unix.Write(b, []byte("x"))
		helper.Wait(ctx)
		aio.Sleep(ctx, time.Millisecond)
		select {
		case <-writer.Done():
			t.Error("the writer was resumed by something to read")
		default:
		}
		empty(b)
		return nil
	})
	run(t, l)
	ok(t, reader)
	ok(t, writer)
	ok(t, helper)
	if len(order) != 3 || order[2] != "writer" {
		t.Error(order)
	}
}

// The original kept watching for writing when a task had gone over to reading,
// and resumed it 30,000 times in 0.2 s.
func TestChangeOfDirection(t *testing.T) {
	l := newLoop(t)
	a, b := socketPair(t)
	resumed := 0
	f := do(l, func(ctx context.Context) error {
		if err := suspend(ctx, a, dugong.PollOut); err != nil { // room, at once
			return err
		}
		for !is(a, dugong.PollIn) {
			resumed++
			if err := suspend(ctx, a, dugong.PollIn); err != nil {
				return err
			}
		}
		return nil
	})
	const ticks = 20
	do(l, func(ctx context.Context) error {
		for range ticks {
			aio.Sleep(ctx, time.Millisecond)
		}
		unix.Write(b, []byte("x"))
		return nil
	})
	run(t, l)
	ok(t, f)
	s := l.Stats()
	if resumed != 1 || s.Events != 2 {
		t.Errorf("suspended %d times for reading, %d events", resumed, s.Events)
	}
	// Three times for f, and the ticker's.
	if s.Resumed != 3+ticks+1 || s.Turns > s.Resumed+5 {
		t.Errorf("%+v", s)
	}
}

// After the end of a task, and of its wait by Cancel or a deadline, its ready
// descriptor is nobody's business.
func TestNothingLeft(t *testing.T) {
	ends := map[string]func(ctx context.Context, fd int) error{
		"event": func(ctx context.Context, fd int) error { return suspend(ctx, fd, dugong.PollOut) },
		"deadline": func(ctx context.Context, fd int) error {
			return dugong.TaskOf(ctx).Suspend(ctx, dugong.PollNeeded{FD: fd, Events: dugong.PollIn, Deadline: time.Now().Add(time.Millisecond)})
		},
		"cancel": func(ctx context.Context, fd int) error {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Millisecond, cancel)
			if err := suspend(ctx, fd, dugong.PollIn); !errors.Is(err, dugong.ErrCanceled) {
				return errors.Join(errors.New("not cancelled"), err)
			}
			return nil
		},
	}
	for name, wait := range ends {
		t.Run(name, func(t *testing.T) {
			l := newLoop(t)
			a, b := socketPair(t)
			f := do(l, func(ctx context.Context) error { return wait(ctx, a) })
			const ticks = 10
			do(l, func(ctx context.Context) error {
				f.Wait(ctx)
				if n := l.Stats().Watched; n != 0 {
					t.Errorf("%d descriptors watched", n)
				}
				if _, slots, _, _ := l.Left(); slots != 0 {
					t.Errorf("%d descriptors remembered", slots)
				}
				before := l.Stats()
				unix.Write(b, []byte("x")) // ready in both directions from now on
				for range ticks {
					aio.Sleep(ctx, time.Millisecond)
				}
				s := l.Stats()
				if s.Events != before.Events || s.Resumed != before.Resumed+ticks || s.Turns > before.Turns+2*ticks+5 {
					t.Errorf("from %+v to %+v", before, s)
				}
				return nil
			})
			run(t, l)
			ok(t, f)
		})
	}
}

// Two descriptors in turn: only the one that is waited for is watched.
func TestTwoDescriptors(t *testing.T) {
	l := newLoop(t)
	_, w, first := pipe(t)
	a, _ := socketPair(t)
	w.Write([]byte("ready all the time"))
	f := do(l, func(ctx context.Context) error {
		for range 10 {
			for fd, events := range map[int]uint32{first: dugong.PollIn, a: dugong.PollOut} {
				if err := suspend(ctx, fd, events); err != nil {
					return err
				}
			}
		}
		if _, slots, _, _ := l.Left(); slots != 1 {
			t.Errorf("%d descriptors remembered", slots)
		}
		return nil
	})
	run(t, l)
	ok(t, f)
	if s := l.Stats(); s.Events != 20 || s.Resumed != 21 {
		t.Errorf("%+v", s)
	}
}

// A descriptor is closed while a task waits for it, without a word to the
// task, and its number gets a new owner: the new one is served, not refused.
func TestReusedDescriptor(t *testing.T) {
	l := newLoop(t)
	a, b := socketPair(t)
	gone := false
	old := do(l, func(ctx context.Context) error {
		for !gone { // looks, as the calls of a connection do
			if err := suspend(ctx, a, dugong.PollIn); err != nil {
				return err
			}
		}
		return nil
	})
	fresh := do(l, func(ctx context.Context) error {
		gone = true
		c, d, err := newPair()
		if err != nil {
			return err
		}
		defer unix.Close(d)
		if err := unix.Dup2(c, a); err != nil { // closes a
			return err
		}
		unix.Close(c)
		time.AfterFunc(5*time.Millisecond, func() { unix.Write(d, []byte("x")) })
		for !is(a, dugong.PollIn) {
			if err := suspend(ctx, a, dugong.PollIn); err != nil {
				return err
			}
		}
		return nil
	})
	run(t, l)
	unix.Close(b)
	ok(t, old)
	ok(t, fresh)
	if s := l.Stats(); s.Resumed > 6 {
		t.Errorf("%+v", s)
	}
}

// The same number again and again, each time for another socket, by one task
// and by two.
func TestReusedBySameTask(t *testing.T) {
	l := newLoop(t)
	body := func(ctx context.Context) error {
		for range 50 {
			a, b, err := newPair()
			if err != nil {
				return err
			}
			time.AfterFunc(100*time.Microsecond, func() { unix.Write(b, []byte("x")) })
			for err == nil && !is(a, dugong.PollIn) {
				err = suspend(ctx, a, dugong.PollIn)
			}
			unix.Close(a)
			unix.Close(b)
			if err != nil {
				return err
			}
		}
		return nil
	}
	f, g := do(l, body), do(l, body)
	run(t, l)
	ok(t, f)
	ok(t, g)
}

func TestBadDescriptor(t *testing.T) {
	l := newLoop(t)
	a, b, err := newPair()
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(a)
	unix.Close(b)
	f := do(l, func(ctx context.Context) error {
		for range 5 {
			if err := suspend(ctx, a, dugong.PollIn); err != nil {
				return err
			}
		}
		return nil
	})
	run(t, l)
	// poll(2) says so by an event, which ends each wait.
	if _, err := f.Result(); !errors.Is(err, dugong.ErrState) && err != nil {
		t.Error(err)
	}
}

func newPair() (a, b int, err error) {
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	unix.SetNonblock(p[0], true)
	unix.SetNonblock(p[1], true)
	return p[0], p[1], os.NewSyscallError("socketpair", err)
}

func socketPair(t *testing.T) (a, b int) {
	t.Helper()
	a, b, err := newPair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(a); unix.Close(b) })
	return a, b
}

func is(fd int, events uint32) bool {
	ready, _ := dugong.PollNeeded{FD: fd, Events: events}.Poll(0)
	return ready
}

func fillUp(t *testing.T, fd int) {
	buf := make([]byte, 64<<10)
	for {
		if _, err := unix.Write(fd, buf); err == unix.EAGAIN {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func empty(fd int) {
	buf := make([]byte, 64<<10)
	for {
		if n, err := unix.Read(fd, buf); n <= 0 || err != nil {
			return
		}
	}
}

//go:build unix

package dugong_test

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// pipe gives both ends of a pipe, and the descriptor of its reading one.
func pipe(t *testing.T) (r, w *os.File, fd int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	rc, err := r.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	rc.Control(func(n uintptr) { fd = int(n) })
	return r, w, fd
}

// A task waits for a descriptor that has nothing to do with HTTP. (The
// original's test of AioFuture does that with messages through a socket.)
func TestTaskSuspendDescriptor(t *testing.T) {
	r, w, fd := pipe(t)
	var got []byte
	task := dugong.NewTask(context.Background(), func(ctx context.Context) error {
		buf := make([]byte, 1)
		for range 3 {
			if err := dugong.TaskOf(ctx).Suspend(ctx, dugong.PollNeeded{FD: fd, Events: dugong.PollIn}); err != nil {
				return err
			}
			if _, err := io.ReadFull(r, buf); err != nil {
				return err
			}
			got = append(got, buf...)
		}
		return nil
	})
	for _, b := range []byte("abc") {
		need, more := task.Next()
		if !more || need.FD != fd || need.Events != dugong.PollIn {
			t.Fatal(need, more, task.Err())
		}
		if ready, err := need.Poll(0); ready || err != nil {
			t.Error("ready before anything was sent:", err)
		}
		w.Write([]byte{b})
		if ready, err := need.Poll(-1); !ready || err != nil {
			t.Error("not ready:", err)
		}
	}
	if _, more := task.Next(); more || task.Err() != nil || string(got) != "abc" {
		t.Errorf("%q, %v", got, task.Err())
	}
}

func TestTaskSuspendTime(t *testing.T) {
	const d = 20 * time.Millisecond
	start := time.Now()
	task := dugong.NewTask(context.Background(), func(ctx context.Context) error {
		return dugong.TaskOf(ctx).Suspend(ctx, dugong.PollNeeded{FD: -1, Deadline: start.Add(d)})
	})
	need, more := task.Next()
	if !more || need.FD != -1 {
		t.Fatal(need, more)
	}
	if ready, err := need.Poll(-1); ready || err != nil {
		t.Error(ready, err)
	}
	if time.Since(start) < d {
		t.Error("Poll came back before the deadline")
	}
	if _, more := task.Next(); more || task.Err() != nil {
		t.Error(more, task.Err())
	}
}

// throwInto runs f as a task on a connection of its own, throws an error into
// its first wait, and lets it go on to its end.
func throwInto(t *testing.T, script wiretest.Script, f func(ctx context.Context, c *dugong.Conn, thrown *dugong.Error) error) (thrown *dugong.Error) {
	t.Helper()
	srv := wiretest.Serve(t, wiretest.Plain, script)
	c, err := dugong.Dial(context.Background(), srv.Addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	thrown = &dugong.Error{Kind: dugong.ErrState, Op: "wait", Fault: dugong.FaultCaller}
	task := dugong.NewTask(context.Background(), func(ctx context.Context) error { return f(ctx, c, thrown) })
	if _, more := task.Next(); !more {
		t.Fatal(task.Err())
	}
	task.Fail(thrown)
	drive(t, task)
	if task.Err() != nil {
		t.Error(task.Err())
	}
	return thrown
}

// What a driver throws comes out of the call that waits, once, and the task
// may go on.
func TestTaskFail(t *testing.T) {
	release := make(chan struct{})
	throwInto(t, func(p *wiretest.Peer) {
		p.ReadHead()
		p.Wait(release)
		p.Send("HTTP/1.1 204 No Content\r\n\r\n")
		p.ExpectClosed()
	}, func(ctx context.Context, c *dugong.Conn, thrown *dugong.Error) error {
		if err := c.SendRequest(ctx, &dugong.Request{}); err != nil {
			return err
		}
		if _, err := c.ReadResponse(ctx); !errors.Is(err, thrown) {
			t.Errorf("ReadResponse gave %v", err)
		}
		close(release)
		_, err := c.ReadResponse(ctx)
		return err
	})
}

// A driver may throw one error into many tasks: what their calls add about
// themselves is not written into it.
func TestTaskFailShared(t *testing.T) {
	const size = 32 << 20 // no socket takes that much at once
	release := make(chan struct{})
	thrown := throwInto(t, func(p *wiretest.Peer) {
		head := p.ReadHead()
		p.Wait(release)
		p.ReadBody(head)
		p.Send("HTTP/1.1 204 No Content\r\n\r\n")
		p.ExpectClosed()
	}, func(ctx context.Context, c *dugong.Conn, thrown *dugong.Error) error {
		if err := c.SendRequest(ctx, &dugong.Request{Method: "PUT", Body: dugong.BodyFollowing(size)}); err != nil {
			return err
		}
		body := make([]byte, size)
		n, err := c.Write(body)
		var e *dugong.Error
		if !errors.As(err, &e) || e.Kind != thrown.Kind || n == 0 || e.Written != int64(n) {
			t.Errorf("Write gave %d, %v", n, err)
		}
		close(release)
		if _, err := c.Write(body[n:]); err != nil {
			return err
		}
		_, err = c.ReadResponse(ctx)
		return err
	})
	if thrown.Written != 0 {
		t.Errorf("%d octets noted in the error that was thrown", thrown.Written)
	}
}

// With OnWake a task needs no descriptor to wait for a channel.
func TestTaskAwait(t *testing.T) {
	for _, wakes := range []bool{false, true} {
		ch, woken := make(chan struct{}), make(chan struct{}, 1)
		task := dugong.NewTask(context.Background(), func(ctx context.Context) error { return dugong.Await(ctx, ch) })
		if wakes {
			task.OnWake(func() { woken <- struct{}{} })
		}
		need, more := task.Next()
		if !more || (need.FD == -1) != wakes {
			t.Fatalf("wakes %v: %+v, %v", wakes, need, more)
		}
		if again, more := task.Next(); !more || again != need {
			t.Errorf("resumed too early: %+v, %v", again, more)
		}
		close(ch)
		if wakes {
			<-woken
		} else if ready, err := need.Poll(-1); !ready || err != nil {
			t.Error(ready, err)
		}
		if _, more := task.Next(); more || task.Err() != nil {
			t.Error(more, task.Err())
		}
	}
}

func TestAwaitWithoutTask(t *testing.T) {
	ch := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := dugong.Await(ctx, ch); !errors.Is(err, dugong.ErrCanceled) {
		t.Error(err)
	}
	close(ch)
	if err := dugong.Await(context.Background(), ch); err != nil {
		t.Error(err)
	}
}

func TestTaskOf(t *testing.T) {
	var task *dugong.Task
	task = dugong.NewTask(context.Background(), func(ctx context.Context) error {
		if dugong.TaskOf(ctx) != task {
			t.Error("the context does not know its task")
		}
		if dugong.TaskOf(dugong.Detach(ctx)) != nil {
			t.Error("a detached context belongs to no task")
		}
		foreign := make(chan error)
		go func() { foreign <- task.Suspend(ctx, dugong.PollNeeded{FD: -1}) }()
		if err := <-foreign; !errors.Is(err, dugong.ErrState) {
			t.Errorf("on another goroutine: %v", err)
		}
		return nil
	})
	if err := task.Suspend(context.Background(), dugong.PollNeeded{FD: -1}); !errors.Is(err, dugong.ErrState) {
		t.Errorf("before the start: %v", err)
	}
	drive(t, task)
	if dugong.TaskOf(context.Background()) != nil {
		t.Error("a task from nowhere")
	}
}

// A task that is resumed without reason yields the same again, its deadline
// included: it waits for a response, in the TLS handshake, for room to send.
func TestTaskResumedWithoutReason(t *testing.T) {
	const length = 1 << 40
	for name, c := range map[string]struct {
		tls    bool
		events uint32
		call   func(context.Context, *dugong.Conn) error
	}{
		"response": {false, dugong.PollIn, func(ctx context.Context, c *dugong.Conn) error {
			if err := c.SendRequest(ctx, get("/")); err != nil {
				return err
			}
			_, err := c.ReadResponse(ctx)
			return err
		}},
		"handshake": {true, dugong.PollIn, func(ctx context.Context, c *dugong.Conn) error { return c.Connect(ctx) }},
		"room": {false, dugong.PollIn | dugong.PollOut, func(ctx context.Context, c *dugong.Conn) error {
			return c.SendRequest(ctx, put("/", dugong.BodyReader(endless(length), length)))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			over := newStep()
			srv := wiretest.Setup{ReadBuffer: 4096}.Serve(t, func(p *wiretest.Peer) { p.StopReading(over) })
			var cfg dugong.Config
			if c.tls {
				cfg.TLS = wiretest.ClientTLS()
			}
			conn, err := dugong.New(srv.Addr, &cfg)
			if err != nil {
				t.Fatal(err)
			}
			task := dugong.NewTask(t.Context(), func(ctx context.Context) error { return c.call(ctx, conn) })
			defer func() { task.Stop(); conn.Close(); over.tell() }()
			need := atRest(t, task)
			if need.Events != c.events || need.Deadline.IsZero() {
				t.Errorf("the task waits for %+v", need)
			}
			for range 3 {
				if again, more := task.Next(); !more || again != need {
					t.Fatalf("%+v, then %+v, %v", need, again, more)
				}
			}
		})
	}
}

// atRest drives a task until nothing that it waits for comes any more.
func atRest(t *testing.T, task *dugong.Task) dugong.PollNeeded {
	t.Helper()
	for {
		need, more := task.Next()
		if !more {
			t.Fatal(task.Err())
		}
		ready, err := need.Poll(100 * time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if !ready {
			return need
		}
	}
}

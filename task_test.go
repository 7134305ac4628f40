package dugong_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// drive runs tasks by a poll(2) of one at a time, as the simplest driver would.
func drive(t *testing.T, tasks ...*dugong.Task) {
	t.Helper()
	for len(tasks) > 0 {
		rest := tasks[:0]
		for _, k := range tasks {
			need, more := k.Next()
			if !more {
				continue
			}
			d := 10 * time.Millisecond // the others want to go on too
			if len(tasks) == 1 {
				d = -1
			}
			if _, err := need.Poll(d); err != nil {
				t.Fatal(err)
			}
			rest = append(rest, k)
		}
		tasks = rest
	}
}

func TestTaskGet(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		answer := make(chan struct{})
		srv := wiretest.Setup{Mode: m}.Serve(t, func(p *wiretest.Peer) {
			p.ReadHead()
			p.Wait(answer)
			p.SendSlowly("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n")
			p.ExpectClosed()
		})
		c, err := dugong.New(srv.Addr, &dugong.Config{TLS: m.ClientTLS()})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		var body strings.Builder
		started, sent := false, false
		task := dugong.NewTask(m.Ctx(t), func(ctx context.Context) error {
			started = true
			if err := c.SendRequest(ctx, &dugong.Request{Path: "/a"}); err != nil {
				return err
			}
			sent = true
			resp, err := c.ReadResponse(ctx)
			if err != nil {
				return err
			}
			_, err = io.Copy(&body, resp.Body) // does not know that it is suspended
			return err
		})
		if started {
			t.Error("something happened before the first Next")
		}
		// The answer is kept back until the task waits for it.
		waited := 0
		for {
			need, more := task.Next()
			if !more {
				break
			}
			if sent {
				if waited++; waited == 1 {
					close(answer)
				}
			}
			if _, err := need.Poll(-1); err != nil {
				t.Fatal(err)
			}
		}
		if task.Err() != nil || body.String() != "abcdef" {
			t.Errorf("%q, %v", body.String(), task.Err())
		}
		if waited == 0 {
			t.Error("the task never waited for its answer")
		}
	}, wiretest.Modes(wiretest.Blocking)...)
}

// A sending and a reading task share a connection whose server is strictly
// serial, so that everything sent first would fill all buffers.
func TestTaskSenderAndReader(t *testing.T) {
	const n, size = 40, 100_000
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		srv := wiretest.Setup{Mode: m}.Serve(t, func(p *wiretest.Peer) {
			for range n {
				r := p.ReadRequest()
				p.Send(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(r.Body)), string(r.Body))
			}
			p.ExpectClosed()
		})
		c, err := dugong.Dial(m.Ctx(t), srv.Addr, &dugong.Config{TLS: m.ClientTLS(), ReaderWaits: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		body := func(i int) []byte { return []byte(strings.Repeat(string(rune('a'+i%26)), size)) }
		send := dugong.NewTask(m.Ctx(t), func(ctx context.Context) error {
			for i := range n {
				if err := c.SendRequest(ctx, &dugong.Request{Method: "PUT", Path: "/", Body: dugong.BodyBytes(body(i))}); err != nil {
					return err
				}
			}
			return c.Flush(ctx)
		})
		read := dugong.NewTask(m.Ctx(t), func(ctx context.Context) error {
			for i := range n {
				resp, err := c.ReadResponse(ctx)
				if err != nil {
					return err
				}
				got, err := resp.Body.ReadAll()
				if err != nil {
					return err
				}
				if string(got) != string(body(i)) {
					return fmt.Errorf("answer %d is wrong", i)
				}
			}
			return nil
		})
		drive(t, read, send)
		if send.Err() != nil || read.Err() != nil {
			t.Error(send.Err(), read.Err())
		}
	}, wiretest.Modes(wiretest.Blocking)...)
}

func TestTaskStop(t *testing.T) {
	hold := make(chan struct{})
	defer close(hold)
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadHead()
		p.ExpectClosed()
	})
	c, err := dugong.Dial(context.Background(), srv.Addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got error
	task := dugong.NewTask(context.Background(), func(ctx context.Context) error {
		if err := c.SendRequest(ctx, &dugong.Request{}); err != nil {
			return err
		}
		_, got = c.ReadResponse(ctx)
		_, again := c.ReadResponse(ctx)
		if !errors.Is(again, dugong.ErrCanceled) {
			t.Errorf("a call after Stop: %v", again)
		}
		return got
	})
	if _, more := task.Next(); !more {
		t.Fatal("ended early:", task.Err())
	}
	task.Stop()
	if !task.Done() || !errors.Is(got, dugong.ErrCanceled) || c.Pending() != 1 {
		t.Errorf("done %v, the call gave %v, %d pending", task.Done(), got, c.Pending())
	}
	if _, more := task.Next(); more {
		t.Error("a stopped task went on")
	}
	c.Close()
}

// A context of a task is of no use on other goroutines and after its end.
func TestTaskForeign(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadHead()
		p.ExpectClosed()
	})
	c, err := dugong.Dial(context.Background(), srv.Addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	var kept context.Context
	task := dugong.NewTask(context.Background(), func(ctx context.Context) error {
		kept = ctx
		if err := c.SendRequest(ctx, &dugong.Request{}); err != nil {
			return err
		}
		foreign := make(chan error)
		go func() {
			_, err := c.ReadResponse(ctx)
			foreign <- err
		}()
		if err := <-foreign; !errors.Is(err, dugong.ErrState) {
			t.Errorf("on another goroutine: %v", err)
		}
		return nil
	})
	drive(t, task)
	if task.Err() != nil {
		t.Error(task.Err())
	}
	if _, err := c.ReadResponse(context.WithoutCancel(kept)); !errors.Is(err, dugong.ErrState) {
		t.Errorf("through a task that has ended: %v", err)
	}
	c.Close()
}

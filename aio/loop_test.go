package aio_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
)

func TestResult(t *testing.T) {
	eachLoop(t, func(t *testing.T, l *aio.Loop) {
		oops := errors.New("oops")
		began := make(chan nothing)
		good := aio.Go(bg, l, func(context.Context) (int, error) { close(began); return 7, nil })
		bad := aio.Go(bg, l, func(context.Context) (string, error) { return "partly", oops })
		select {
		case <-began:
			t.Error("a task began before Run")
		default:
		}
		if _, err := good.Result(); !errors.Is(err, aio.ErrNotDone) {
			t.Errorf("Result before the end: %v", err)
		}
		run(t, l)
		if v, err := good.Result(); v != 7 || err != nil {
			t.Error(v, err)
		}
		if v, err := bad.Result(); v != "partly" || err != oops {
			t.Error(v, err)
		}
		<-good.Done()
	})
}

// Futures are waited for in tasks, in goroutines, and by tasks of other loops.
func TestWait(t *testing.T) {
	eachLoop(t, func(t *testing.T, l *aio.Loop) {
		hold := make(chan struct{})
		slow := aio.Go(bg, l, func(ctx context.Context) (int, error) { return 3, dugong.Await(ctx, hold) })
		var waits []*aio.Future[int]
		for range 3 {
			waits = append(waits, aio.Go(bg, l, func(ctx context.Context) (int, error) {
				v, err := slow.Wait(ctx)
				return 2 * v, err
			}))
		}
		last := aio.Go(bg, l, func(ctx context.Context) (int, error) {
			aio.Yield(ctx)
			close(hold)
			sum := 0
			for _, w := range waits {
				v, err := w.Wait(ctx)
				if err != nil {
					return 0, err
				}
				sum += v
			}
			return sum, nil
		})
		foreign := make(chan int)
		go func() {
			v, _ := last.Wait(bg)
			foreign <- v
		}()
		run(t, l)
		if v := ok(t, last); v != 18 {
			t.Error(v)
		}
		if v := <-foreign; v != 18 {
			t.Errorf("a goroutine got %d", v)
		}
		other, err := aio.NewLoop()
		if err != nil {
			t.Fatal(err)
		}
		defer emptied(t, other)
		f := aio.Go(bg, other, func(ctx context.Context) (int, error) { return last.Wait(ctx) })
		run(t, other)
		if v := ok(t, f); v != 18 {
			t.Errorf("a task of another loop got %d", v)
		}
	})
}

func TestWaitForItself(t *testing.T) {
	l := newLoop(t)
	var me *aio.Future[nothing]
	me = do(l, func(ctx context.Context) error {
		_, err := me.Wait(ctx)
		return err
	})
	run(t, l)
	if _, err := me.Result(); !errors.Is(err, dugong.ErrState) {
		t.Error(err)
	}
}

// A wait that is cancelled hurts neither the task that was waited for nor the
// others that wait for it.
func TestWaitCancelled(t *testing.T) {
	l := newLoop(t)
	hold := make(chan struct{})
	slow := do(l, func(ctx context.Context) error { return dugong.Await(ctx, hold) })
	impatient := do(l, func(ctx context.Context) error {
		_, err := slow.Wait(ctx)
		return err
	})
	patient := do(l, func(ctx context.Context) error {
		_, err := slow.Wait(ctx)
		return err
	})
	do(l, func(ctx context.Context) error {
		aio.Yield(ctx)
		impatient.Cancel()
		impatient.Wait(ctx)
		close(hold)
		return nil
	})
	run(t, l)
	if _, err := impatient.Result(); !errors.Is(err, dugong.ErrCanceled) {
		t.Error(err)
	}
	ok(t, slow)
	ok(t, patient)
}

func TestCancel(t *testing.T) {
	eachLoop(t, func(t *testing.T, l *aio.Loop) {
		never := make(chan struct{})
		waiting := make(chan struct{})
		suspended := do(l, func(ctx context.Context) error {
			close(waiting)
			return dugong.Await(ctx, never)
		})
		unborn := do(l, func(context.Context) error { t.Error("a cancelled task began"); return nil })
		unborn.Cancel()
		finished := do(l, func(context.Context) error { return nil })
		stubborn := do(l, func(ctx context.Context) error {
			<-waiting
			suspended.Cancel()
			suspended.Cancel()
			if _, err := suspended.Wait(ctx); !errors.Is(err, dugong.ErrCanceled) {
				return err
			}
			return aio.Sleep(context.WithoutCancel(ctx), time.Millisecond)
		})
		run(t, l)
		finished.Cancel()
		ok(t, finished)
		ok(t, stubborn)
		for _, f := range []*aio.Future[nothing]{suspended, unborn} {
			if _, err := f.Result(); !errors.Is(err, dugong.ErrCanceled) {
				t.Error(err)
			}
		}
	})
}

// Cancelled, a task may still clean up, and what it waits for is waited for.
func TestCleanUpAfterCancel(t *testing.T) {
	l := newLoop(t)
	cleaned := false
	f := do(l, func(ctx context.Context) error {
		err := aio.Sleep(ctx, time.Hour)
		if e := aio.Sleep(context.WithoutCancel(ctx), time.Millisecond); e != nil {
			t.Error(e)
		}
		cleaned = true
		return err
	})
	do(l, func(ctx context.Context) error { aio.Yield(ctx); f.Cancel(); return nil })
	run(t, l)
	if _, err := f.Result(); !errors.Is(err, dugong.ErrCanceled) || !cleaned {
		t.Error(err, cleaned)
	}
}

func TestContextOfCaller(t *testing.T) {
	eachLoop(t, func(t *testing.T, l *aio.Loop) {
		type key struct{}
		ctx, cancel := context.WithCancelCause(context.WithValue(bg, key{}, "v"))
		oops := errors.New("oops")
		f := aio.Go(ctx, l, func(ctx context.Context) (any, error) {
			cancel(oops)
			return ctx.Value(key{}), aio.Sleep(ctx, time.Hour)
		})
		run(t, l)
		if v, err := f.Result(); v != "v" || !errors.Is(err, oops) || !errors.Is(err, dugong.ErrCanceled) {
			t.Error(v, err)
		}
	})
}

func TestPanic(t *testing.T) {
	eachLoop(t, func(t *testing.T, l *aio.Loop) {
		oops := errors.New("oops")
		early := do(l, func(context.Context) error { panic("at once") })
		late := do(l, func(ctx context.Context) error {
			aio.Sleep(ctx, time.Millisecond)
			explode(oops)
			return nil
		})
		other := do(l, func(ctx context.Context) error { return aio.Sleep(ctx, 5*time.Millisecond) })
		run(t, l)
		ok(t, other)
		var p *aio.PanicError
		if _, err := early.Result(); !errors.As(err, &p) || p.Value != "at once" {
			t.Error(err)
		}
		if _, err := late.Result(); !errors.As(err, &p) || !errors.Is(err, oops) || !strings.Contains(string(p.Stack), "explode") {
			t.Error(err)
		}
	})
}

func explode(err error) { panic(err) }

// runtime.Goexit takes the goroutine of Run with it. The rest can go on.
func TestGoexit(t *testing.T) {
	l := newLoop(t)
	f := do(l, func(context.Context) error { runtime.Goexit(); return nil })
	other := do(l, func(ctx context.Context) error { return aio.Yield(ctx) })
	over := make(chan struct{})
	go func() {
		defer close(over)
		l.Run(bg)
		t.Error("Run came back")
	}()
	<-over
	if _, err := f.Result(); err == nil {
		t.Error("the task ended well")
	}
	run(t, l)
	ok(t, other)
}

func TestRunStopsAndGoesOn(t *testing.T) {
	eachLoop(t, func(t *testing.T, l *aio.Loop) {
		hold := make(chan struct{})
		f := do(l, func(ctx context.Context) error { return dugong.Await(ctx, hold) })
		oops := errors.New("oops")
		ctx, cancel := context.WithCancelCause(bg)
		do(l, func(ctx context.Context) error { cancel(oops); return nil })
		if err := l.Run(ctx); err != oops {
			t.Error(err)
		}
		select {
		case <-f.Done():
			t.Error("the end of Run ended a task")
		default:
		}
		close(hold)
		run(t, l) // on the same goroutine; TestGoexit changes it
		ok(t, f)
	})
}

func TestRunTwice(t *testing.T) {
	l := newLoop(t)
	f := do(l, func(context.Context) error { return l.Run(bg) })
	run(t, l)
	if _, err := f.Result(); err != aio.ErrRunning {
		t.Error(err)
	}
}

// Serve waits for tasks that others bring.
func TestServe(t *testing.T) {
	eachLoop(t, func(t *testing.T, l *aio.Loop) {
		ctx, cancel := context.WithCancel(bg)
		served := make(chan error)
		go func() { served <- l.Serve(ctx) }()
		for i := range 100 {
			f := aio.Go(bg, l, func(ctx context.Context) (int, error) { return i, aio.Yield(ctx) })
			if v, err := f.Wait(bg); v != i || err != nil {
				t.Fatal(v, err)
			}
		}
		cancel()
		if err := <-served; err != context.Canceled {
			t.Error(err)
		}
	})
}

// Close ends everything: tasks that wait, that never began, that spawn others
// while they are stopped, and goroutines.
func TestClose(t *testing.T) {
	for _, how := range []string{"idle", "in a task", "elsewhere"} {
		t.Run(how, func(t *testing.T) {
			eachLoop(t, func(t *testing.T, l *aio.Loop) {
				var late *aio.Future[nothing]
				waits := do(l, func(ctx context.Context) error {
					err := aio.Sleep(ctx, time.Hour)
					late = do(l, func(context.Context) error { return nil })
					return err
				})
				never := make(chan struct{})
				blocks := aio.GoBlocking(bg, l, func(ctx context.Context) (nothing, error) { return nothing{}, dugong.Await(ctx, never) })
				ready := make(chan struct{})
				last := do(l, func(ctx context.Context) error {
					aio.Yield(ctx)
					close(ready)
					return nil
				})
				var unborn *aio.Future[nothing]
				switch how {
				case "idle":
					ctx, cancel := context.WithCancel(bg)
					go func() { <-ready; cancel() }()
					if err := l.Run(ctx); err != context.Canceled {
						t.Error(err)
					}
					unborn = do(l, func(context.Context) error { t.Error("begun"); return nil })
					l.Close()
				case "in a task":
					do(l, func(ctx context.Context) error { last.Wait(ctx); l.Close(); return nil })
					if err := l.Run(bg); err != aio.ErrClosed {
						t.Error(err)
					}
				default:
					go func() { <-ready; l.Close() }()
					if err := l.Run(bg); err != aio.ErrClosed {
						t.Error(err)
					}
				}
				for _, f := range []*aio.Future[nothing]{waits, blocks} {
					if _, err := f.Result(); !errors.Is(err, dugong.ErrCanceled) {
						t.Error(err)
					}
				}
				for _, f := range []*aio.Future[nothing]{late, unborn} {
					if f == nil {
						continue
					}
					if _, err := f.Result(); err != aio.ErrClosed {
						t.Error(err)
					}
				}
				if err := l.Run(bg); err != aio.ErrClosed {
					t.Error(err)
				}
				if _, err := do(l, func(context.Context) error { return nil }).Result(); err != aio.ErrClosed {
					t.Error(err)
				}
			})
		})
	}
}

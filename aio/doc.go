// Package aio runs tasks of package dugong on an event loop: any number of
// connections on one goroutine, written as if each had a goroutine of its own.
//
//	l, err := aio.NewLoop()
//	...
//	defer l.Close()
//	f := aio.Go(ctx, l, func(ctx context.Context) (int64, error) {
//		resp, err := conn.ReadResponse(ctx) // suspends the task, not the loop
//		...
//		return io.Copy(w, resp.Body) // does not know that it is suspended
//	})
//	err = l.Run(ctx) // until no task is left
//	n, err := f.Result()
//
// Where a call made with the context of its function would block, the task is
// suspended and the loop goes on with another one. All tasks of a loop run on
// the goroutine that is inside [Loop.Run], one at a time, so they need no locks
// against each other. Whatever else blocks (a channel, a mutex, time.Sleep, a
// call with another context) holds up all of them: [Sleep], [Future.Wait] and
// [dugong.Await] suspend instead, [GoBlocking] runs a function where it may
// block, and [Loop.Debug] tells who holds the loop.
//
// The loop waits by epoll on Linux, itself parked in Go's poller, so that a
// waiting loop holds no thread. On macOS and the BSDs it waits by kqueue, on
// other Unix systems (and everywhere with the build tag dugong_poll) by poll;
// these hold a thread. On Windows, where sockets have no descriptors to poll,
// every task is a goroutine: see [NewBlockingLoop].
//
// Goroutines are as fast and need none of this. Tasks are for programs that
// want one thread of control over many connections, or that live under
// somebody else's event loop. docs/coroutines.md has the story and numbers.
package aio

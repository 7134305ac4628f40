// Package nio moves bytes over one connection and knows no HTTP.
//
// Three ideas carry it:
//
//   - A [Stream] tries and never waits: TryRead and TryWrite give
//     [ErrWouldBlock] where a blocking call would sleep. So a lock may be held
//     around a try, and nobody ever holds one around a wait.
//   - Waiting is a [Waiter], a value that travels in the context. The default
//     one blocks, minding cancellation; a task's one yields to an event loop.
//   - A [Transport] is a Stream with or without TLS on top. crypto/tls is kept
//     from waiting inside its locks: what it reads may be "nothing there yet",
//     what it writes goes to a buffer that always accepts.
//
// Waits may end early without a reason. Whoever waits tries again and waits
// again; only an error ends the loop.
package nio

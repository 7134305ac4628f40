// Package dugong is an HTTP/1.1 client that gives its caller the connection
// itself.
//
// A [Conn] sends requests when its caller says so and hands out the responses
// in the same order, with as many requests in flight as the caller likes
// (explicit pipelining). Bodies stream in both directions. 100-continue is a
// visible step. Every failure has one exact name, and after a loss
// [Conn.Unanswered] says of each request whether it can have been processed.
//
// The shortest use:
//
//	c, err := dugong.Dial(ctx, "example.org", nil)
//	...
//	defer c.Close()
//	err = c.SendRequest(ctx, &dugong.Request{Path: "/a"})
//	err = c.SendRequest(ctx, &dugong.Request{Path: "/b"})
//	for c.Pending() > 0 {
//		resp, err := c.ReadResponse(ctx)
//		...
//		body, err := resp.Body.ReadAll()
//	}
//
// SendRequest returns nil when the request was accepted, which does not mean
// that it was sent: behind others it waits for more to leave with it, at the
// latest until somebody waits for an answer.
// [Conn.Pipeline] does the sending and reading in one loop. One goroutine may
// send while another one reads.
//
// # Waiting
//
// Every call that can wait takes a context first, or inherits one: [Conn.Write]
// uses that of its SendRequest, the methods of [Body] that of their
// ReadResponse. With context.Background a call blocks, within the inactivity
// timeout of the [Config]; a context that can be cancelled ends it early; that
// of a [Task] suspends the task instead, for programs with an event loop.
//
// # Errors
//
// Every error, but for a few that docs/errors.md lists, is an [*Error]: its kind
// for errors.Is ([ErrConnectionClosed] and the others), what was going on, and
// whose fault it is. [IsTemporary] decides
// whether trying again makes sense, a [Verdict] whether repeating is safe.
//
// # What it does not do
//
// No redirects, cookies, caches, retries, decompression or connection pool: a
// Conn is one connection and does what it is told. No HTTP/2. Package dugonghttp
// has an http.RoundTripper on top, with a pool and retries; package aio an event
// loop.
package dugong

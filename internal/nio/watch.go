package nio

// A Watcher is somebody who waits for a sock elsewhere than in Wait, by
// polling its descriptor. What a poll does not show, a wake and the closing of
// the socket, reaches it through Wake.
type Watcher struct {
	// Wake is called by any goroutine, at most once for each direction that is
	// watched. It must not block.
	Wake func()
}

package nio

import (
	"context"
	"net"
	"time"
)

// A Stream is a connected socket, or something like one, that can be tried
// without waiting. All methods may be called from several goroutines at once,
// but only one at a time may read and only one at a time may write.
type Stream interface {
	// TryRead reads what is there: n > 0, or io.EOF, or ErrWouldBlock, or the
	// error of the socket.
	TryRead(p []byte) (n int, err error)
	// TryWrite hands over as much of p as is taken at once.
	TryWrite(p []byte) (n int, err error)
	// Wait blocks the calling goroutine, see Waiter.
	Wait(ctx context.Context, want Events, deadline time.Time) error
	// Wake ends waits for the given directions early. A wake that finds
	// nobody waiting ends the next wait: it is never lost.
	Wake(dirs Events)
	// Watch and Unwatch are for a Waiter that polls the descriptor itself, see
	// Watcher.
	Watch(w *Watcher, dirs Events) bool
	Unwatch(w *Watcher)
	// FD returns the descriptor, or ok = false where there is none to poll.
	FD() (fd int, ok bool)
	// NetConn returns the connection underneath, for addresses and options.
	NetConn() net.Conn
	Close() error
}

// NewStream makes a Stream of c, unless c is one itself (tests have their own
// idea of waiting): without any goroutine where c shows its
// descriptor, with helper goroutines otherwise (net.Pipe, TLS connections of
// others, Windows).
func NewStream(c net.Conn) Stream {
	if s, ok := c.(Stream); ok {
		return s
	}
	if s := newSock(c); s != nil {
		return s
	}
	return newPump(c)
}

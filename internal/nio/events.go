package nio

import "errors"

// Events is a set of directions, with the bits of poll(2).
type Events uint32

const (
	In  Events = 0x1 // something to read, or the end of the stream, or an error
	Out Events = 0x4 // room to write, or an error
)

// ErrWouldBlock is what a try returns when there is nothing to do now. It is
// a temporary net.Error because crypto/tls keeps its state only for those:
// any other error of the connection under it is final.
var ErrWouldBlock error = wouldBlock{}

type wouldBlock struct{}

func (wouldBlock) Error() string   { return "nothing to do without waiting" }
func (wouldBlock) Timeout() bool   { return true }
func (wouldBlock) Temporary() bool { return true }

// ErrNoCloseNotify says that the peer closed the socket without ending its
// TLS stream first. What came before may have been cut off by anybody on the
// way; whoever knows the length need not care.
var ErrNoCloseNotify = errors.New("closed without TLS close_notify")

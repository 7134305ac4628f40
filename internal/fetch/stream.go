package fetch

import (
	"fmt"
	"io"
	"sync/atomic"

	"github.com/dugong-http/dugong"
)

// A Stream is a Sink that writes to W as the body comes. What is written cannot
// be taken back: after the first octet there is no other attempt.
type Stream struct {
	W io.Writer
	// Errors says that the bodies of all answers are wanted, not only of 2xx.
	Errors bool

	n       int64
	written atomic.Bool
}

// Begin gives the stream itself.
func (s *Stream) Begin(h Head) (io.Writer, error) {
	switch {
	case !s.Errors && (h.Status < 200 || h.Status > 299):
		return nil, nil
	case s.n > 0:
		return nil, &dugong.Error{Kind: dugong.ErrConnectionClosed, Op: "fetch", Fault: dugong.FaultPeer,
			Detail: fmt.Sprintf("%d octets of the body had been written out already, so that it cannot be fetched again in this run", s.n)}
	}
	return s, nil
}

func (s *Stream) Write(p []byte) (int, error) {
	n, err := s.W.Write(p)
	s.n += int64(n)
	return n, err
}

// Commit notes that the document is complete.
func (s *Stream) Commit() error {
	s.written.Store(true)
	return nil
}

// Abort leaves what was written.
func (s *Stream) Abort() {}

// Written says that the document is out, to its last octet.
func (s *Stream) Written() bool { return s.written.Load() }

package watch

import (
	"context"
	"net"
)

// Await waits until n requests have come whose answers have not been given.
func (s *Server) Await(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.open < n {
		s.changed.Wait()
	}
}

// Refuse is a dial function that fails with err.
func Refuse(err error) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(_ context.Context, network, _ string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
}

package watch

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
)

// EachDepth runs a test with a Transport that pipelines as it sees fit, never,
// and eight requests deep from the start. deep is how deep a server sees it
// pipeline at the least, once it has answered a few requests; with deep 1 it is
// never deeper than that.
//
// An answer ahead may take a minute: the machine that runs the tests may be
// slow, and a request that was sent again because of that would be counted.
func EachDepth(t *testing.T, f func(t *testing.T, tr *dugonghttp.Transport, deep int)) {
	for depth, deep := range map[int]int{0: 2, 1: 1, 8: 8} {
		t.Run(fmt.Sprint("depth ", depth), func(t *testing.T) {
			tr := &dugonghttp.Transport{Depth: depth, HeadOfLineLimit: time.Minute}
			t.Cleanup(tr.CloseIdleConnections)
			f(t, tr, deep)
		})
	}
}

// CheckDepth fails the test unless s saw what EachDepth promised.
func (s *Server) CheckDepth(t *testing.T, deep int) {
	t.Helper()
	switch got := s.Deepest(); {
	case got < deep, deep == 1 && got > 1, deep == 8 && got > 8:
		t.Errorf("the server saw %d requests at a time on one connection, want %d", got, deep)
	default:
		t.Logf("%d requests, %d connections, %d deep", s.Requests(), s.Conns(), got)
	}
}

// Bytes makes n octets that are the same for the same name and look like
// nothing else.
func Bytes(name string, n int) []byte {
	var seed [32]byte
	copy(seed[:], name)
	p := make([]byte, n)
	rand.NewChaCha8(seed).Read(p)
	return p
}

package dugonghttp_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
)

// A turnwise source gives a piece only when the one before has arrived.
type turnwise struct {
	pieces  [][]byte
	arrived chan struct{}
}

func (s *turnwise) Read(p []byte) (int, error) {
	<-s.arrived
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.pieces[0])
	s.pieces = s.pieces[1:]
	return n, nil
}

// A piece of a streamed body leaves before the next one is asked for, which may
// be an answer to it: also where it fills what is read at once, and TLS seals it.
func TestUploadTurnwise(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, size := range []int{1, 16 << 10, 32<<10 - 1, 32 << 10} {
			for _, length := range []int64{-1, 3 * int64(size)} {
				source := &turnwise{[][]byte{make([]byte, size), make([]byte, size), make([]byte, size)}, make(chan struct{}, 1)}
				source.arrived <- struct{}{}
				start := httptest.NewServer
				if secure {
					start = httptest.NewTLSServer
				}
				s := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					for buf := make([]byte, size); ; source.arrived <- struct{}{} {
						if _, err := io.ReadFull(r.Body, buf); err != nil {
							return
						}
					}
				}))
				tr := &dugonghttp.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
				req, err := http.NewRequest("POST", s.URL, source)
				if err != nil {
					t.Fatal(err)
				}
				req.ContentLength = length
				resp, err := tr.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				tr.CloseIdleConnections()
				s.Close()
			}
		}
	}
}

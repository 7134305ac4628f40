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
// be an answer to it: also where it fills what is read at once, and TLS seals
// it, and where the head of the answer is here already and says that the
// connection is to be closed.
func TestUploadTurnwise(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, size := range []int{1, 16 << 10, 32<<10 - 1, 32 << 10} {
			for _, length := range []int64{-1, 3 * int64(size)} {
				for _, early := range []bool{false, true} {
					for _, closes := range []bool{false, true} {
						uploadTurnwise(t, secure, size, length, early, closes)
					}
				}
			}
		}
	}
}

func uploadTurnwise(t *testing.T, secure bool, size int, length int64, early, closes bool) {
	source := &turnwise{[][]byte{make([]byte, size), make([]byte, size), make([]byte, size)}, make(chan struct{}, 1)}
	source.arrived <- struct{}{}
	start := httptest.NewServer
	if secure {
		start = httptest.NewTLSServer
	}
	s := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := http.NewResponseController(w); early {
			c.EnableFullDuplex()
			c.Flush()
		}
		buf := make([]byte, size)
		for range 3 {
			if _, err := io.ReadFull(r.Body, buf); err != nil {
				return
			}
			source.arrived <- struct{}{}
		}
		if _, err := r.Body.Read(buf); err == io.EOF {
			io.WriteString(w, "whole")
		}
	}))
	defer s.Close()
	tr := &dugonghttp.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequest("POST", s.URL, source)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength, req.Close = length, closes
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); string(body) != "whole" || err != nil {
		t.Errorf("TLS %v, pieces of %d, length %d, early %v, closes %v: %q, %v", secure, size, length, early, closes, body, err)
	}
}

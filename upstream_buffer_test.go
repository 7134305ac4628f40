package dugong_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// The original patches the size of its buffer in these tests. Here what counts
// is that results do not depend on how the octets come in: segments and reads
// of any size, smaller and larger than any buffer of ours.

// window is the size of the largest buffer that the library keeps by itself.
const window = 64 << 10

// TestExhaustBuffer: a read that takes all that is buffered, then the rest.
func TestExhaustBuffer(t *testing.T) {
	eachPlainConn(t, func(r *rig) {
		r.get("/")
		resp := r.read("/", 200)
		got := make([]byte, window+300)
		for _, part := range [][]byte{got[:300], got[300:window], got[window:]} {
			if _, err := io.ReadFull(resp.Body, part); err != nil {
				r.t.Fatal(err)
			}
		}
		r.same(got, data(window+300))
		r.wantBody(resp, nil)
		r.wantPending(0)
	}, once(ok(data(window+300))))
}

// TestFullBuffer: reads larger than the buffer, after others that leave it
// empty with its end reached.
func TestFullBuffer(t *testing.T) {
	sizes := []int{1, window - 1, window, window + 1, 2 * window, 17}
	total := 0
	for _, n := range sizes {
		total += n
	}
	eachPlainConn(t, func(r *rig) {
		r.get("/")
		resp := r.read("/", 200)
		var got []byte
		for _, n := range sizes {
			part := make([]byte, n)
			if _, err := io.ReadFull(resp.Body, part); err != nil {
				r.t.Fatal(err)
			}
			got = append(got, part...)
		}
		r.same(got, data(total))
		r.wantPending(0)
	}, once(ok(data(total))))
}

// TestSmallbuffer: header and body of pipelined responses come in segments of
// this many octets.
func TestSmallbuffer(t *testing.T) {
	var header strings.Builder
	for i := range 20 {
		fmt.Fprintf(&header, "X-Field-%d: %s\r\n", i, strings.Repeat("v", 7*i))
	}
	counted := "HTTP/1.1 200 OK\r\n" + header.String() + "Content-Length: 300\r\n\r\n" + string(data(300))
	stream := counted + chunked(data(100), data(1), data(700)) + ok([]byte("end"))
	for _, size := range []int{63, 64, 65, 99, 100, 103, 500, 511, 512, 513} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			eachConn(t, func(r *rig) {
				for _, path := range []string{"/1", "/2", "/3"} {
					r.get(path)
				}
				resp := r.read("/1", 200)
				for i := range 20 {
					if got := resp.Header.Get(fmt.Sprintf("x-field-%d", i)); got != strings.Repeat("v", 7*i) {
						r.t.Errorf("field %d is %q", i, got)
					}
				}
				r.wantBody(resp, data(300))
				r.wantBody(r.read("/2", 200), append(append(data(100), data(1)...), data(700)...))
				r.wantBody(r.read("/3", 200), []byte("end"))
				r.wantPending(0)
			}, func(p *wiretest.Peer) {
				for range 3 {
					p.ReadRequest()
				}
				p.Send(cut(stream, size)...)
				p.ExpectClosed()
			})
		})
	}
}

// cut divides s into parts of n octets and a rest.
func cut(s string, n int) []string {
	var parts []string
	for ; len(s) > n; s = s[n:] {
		parts = append(parts, s[:n])
	}
	return append(parts, s)
}

// TestMutableRead: what a read returns belongs to the caller.
func TestMutableRead(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.get("/send_512_bytes")
		r.get("/send_100_bytes")
		resp := r.read("/send_512_bytes", 200)
		first := make([]byte, 200)
		if _, err := io.ReadFull(resp.Body, first); err != nil {
			r.t.Fatal(err)
		}
		r.same(first, data(512)[:200])
		clear(first)
		rest, err := resp.Body.ReadAll()
		if err != nil {
			r.t.Fatal(err)
		}
		r.same(rest, data(512)[200:])
		clear(rest[:cap(rest)])
		r.wantBody(r.read("/send_100_bytes", 200), data(100))
	}, mock)
}

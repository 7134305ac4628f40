package dugong_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestGetPipeline(t *testing.T) {
	eachConn(t, func(r *rig) {
		sizes := []int{512, 0, 65}
		for i, n := range sizes {
			r.get(fmt.Sprintf("/send_%d_bytes", n))
			r.wantPending(i + 1)
		}
		for i, n := range sizes {
			r.wantBody(r.read(fmt.Sprintf("/send_%d_bytes", n), 200), data(n))
			r.wantPending(len(sizes) - i - 1)
		}
	}, mock)
}

// TestBlockingSend: requests with bodies are sent until the connection takes no
// more; the earlier responses are read meanwhile; the send that waited is then
// completed, and its response is the right one.
func TestBlockingSend(t *testing.T) {
	const early, all = 4, 256 // 2 MiB of bodies, far more than the small buffers hold
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		read := make(chan struct{})
		srv := wiretest.Setup{Mode: m, ReadBuffer: 16 << 10}.Serve(t, func(p *wiretest.Peer) {
			for range early {
				echo(p)
			}
			p.StopReading(read)
			for range all - early {
				echo(p)
			}
			p.ExpectClosed()
		})
		r := newRig(t, m, srv.Addr, dugong.Config{ReaderWaits: true, Dialer: smallBuffer})
		over := make(chan struct{})
		sent := r.spawn(func(r *rig) error {
			defer close(over)
			for i := range all {
				if err := r.SendRequest(r.ctx, &dugong.Request{Method: "PUT", Path: fmt.Sprint("/", i), Body: dugong.BodyBytes(block(i))}); err != nil {
					return fmt.Errorf("request %d: %w", i, err)
				}
			}
			return r.Flush(r.ctx)
		})
		for i := range all {
			if i == early {
				select {
				case <-over:
					t.Fatalf("the server reads nothing, but all was sent: %v", sent())
				default:
				}
				close(read)
			}
			resp := r.read(fmt.Sprint("/", i), 200)
			r.wantBody(resp, block(i)[:100])
		}
		if err := sent(); err != nil {
			t.Fatal(err)
		}
		r.wantPending(0)
	})
}

// smallBuffer connects with little room for what is sent.
func smallBuffer(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err == nil {
		err = c.(*net.TCPConn).SetWriteBuffer(16 << 10)
	}
	return c, err
}

// block is 8 KiB that are different for each i.
func block(i int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "%08x", i), 1024)
}

// echo answers a request with the first 100 octets of its body.
func echo(p *wiretest.Peer) { p.Send(ok([]byte(p.ReadRequest().Body[:100]))) }

// TestBlockingRead: the octets of a chunked body come one piece at a time, each
// when the one before has been read. A read gives what is there, and waits when
// there is nothing.
func TestBlockingRead(t *testing.T) {
	const pieces = 10
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		next := make(chan struct{})
		srv := wiretest.Serve(t, m, func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			for i := range pieces {
				p.Wait(next)
				p.Send(fmt.Sprintf("50\r\n%s\r\n", data(80 * pieces)[80*i:80*i+80]))
			}
			p.Wait(next)
			p.Send("0\r\n\r\n")
			p.ExpectClosed()
		})
		r := newRig(t, m, srv.Addr, dugong.Config{})
		r.get("/")
		resp := r.read("/", 200)
		var got []byte
		for i := range pieces {
			next <- struct{}{}
			for buf := make([]byte, 100); len(got) < 80*(i+1); {
				n, err := resp.Body.Read(buf)
				if n == 0 || err != nil {
					t.Fatalf("Read after %d octets: %d, %v", len(got), n, err)
				}
				got = append(got, buf[:n]...)
			}
		}
		next <- struct{}{}
		if n, err := resp.Body.Read(make([]byte, 100)); n != 0 || err != io.EOF {
			t.Errorf("Read at the end: %d, %v", n, err)
		}
		r.same(got, data(80*pieces))
		r.wantPending(0)
	})
}

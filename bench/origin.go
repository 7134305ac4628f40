package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
)

// A site is an origin. It answers as fast as it can and parses no more than it must, so
// that what is measured is the client. It is a process of its own. Targets:
//
//	/v     varied octets with Content-Length: see varied
//	/b/N   N octets with Content-Length
//	/f/N   200 octets, with N fields in the head
//	/c/N/K N octets in chunks of K octets
//	/w/K/N N octets, when K such requests are waiting
//	/u     reads the body (Content-Length or chunked) and says how many octets it took
//	/count the number of requests served so far, without this one
//
// No two heads are alike (ETag, Date), so that no client scores by remembering
// the last one.
type site struct {
	served atomic.Int64
	block  []byte
	gate   gate
}

// originMain prints its addresses (plain, TLS, HTTP/2 without TLS) and serves
// until it is killed.
func originMain() error {
	var l [3]net.Listener
	for i := range l {
		var err error
		if l[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return err
		}
	}
	cfg, err := serverTLS()
	if err != nil {
		return err
	}
	fmt.Println(l[0].Addr(), l[1].Addr(), l[2].Addr())
	s := &site{block: bytes.Repeat([]byte("0123456789abcdef"), 16<<10)}
	go s.accept(tls.NewListener(l[1], cfg))
	go s.serveHTTP2(l[2])
	s.accept(l[0])
	return nil
}

func (s *site) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go s.serve(c)
	}
}

func (s *site) serve(c net.Conn) {
	defer c.Close()
	in := make([]byte, 256<<10)
	var out []byte
	have, small := 0, 0
	for {
		n, err := c.Read(in[have:])
		if err != nil {
			return
		}
		p := in[:have+n]
		out = out[:0]
		for {
			i := bytes.Index(p, []byte("\r\n\r\n"))
			if i < 0 {
				break
			}
			head := p[:i+4]
			p = p[i+4:]
			target := head[bytes.IndexByte(head, ' ')+1:]
			target = target[:bytes.IndexByte(target, ' ')]
			if string(target) == "/u" {
				var body int
				if body, err = drain(c, in, head, p); err != nil {
					return
				}
				text := strconv.Itoa(body)
				out, p = append(s.appendHead(out, len(text)), text...), nil // uploads are not pipelined here
				continue
			}
			if string(target) == "/v" {
				out = append(s.appendHead(out, varied(small)), s.block[:varied(small)]...)
				small++
				continue
			}
			if out, err = s.answer(c, out, target); err != nil {
				return
			}
		}
		have = copy(in, p)
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

// answer appends small answers to out and writes large ones.
func (s *site) answer(c net.Conn, out, target []byte) ([]byte, error) {
	if string(target) == "/count" {
		n := strconv.FormatInt(s.served.Load(), 10)
		return fmt.Appendf(out, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(n), n), nil
	}
	kind, rest, _ := bytes.Cut(target[1:], []byte("/"))
	size, chunk, _ := bytes.Cut(rest, []byte("/"))
	n, _ := strconv.Atoi(string(size))
	if string(kind) == "f" {
		return append(s.appendMany(out, n, 200), s.block[:200]...), nil
	}
	if string(kind) == "w" {
		s.gate.wait(n)
		n, _ = strconv.Atoi(string(chunk))
	}
	if string(kind) == "c" {
		k, _ := strconv.Atoi(string(chunk))
		return s.chunks(c, append(s.appendFields(out), "Transfer-Encoding: chunked\r\n\r\n"...), n, k)
	}
	return s.octets(c, s.appendHead(out, n), n)
}

// appendHead counts a request and appends the head of its answer, counted.
func (s *site) appendHead(out []byte, size int) []byte {
	out = append(s.appendFields(out), "Content-Length: "...)
	out = strconv.AppendInt(out, int64(size), 10)
	return append(out, "\r\n\r\n"...)
}

// appendFields counts a request and appends all of the head but the framing,
// always of the same length.
func (s *site) appendFields(out []byte) []byte {
	id := s.served.Add(1)
	out = append(out, "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Sun, 22 Nov 2026 1"...)
	out = strconv.AppendInt(out, id%10, 10)
	out = append(out, ":13:45 GMT\r\nContent-Type: application/octet-stream\r\nLast-Modified: Sat, 21 Nov 2026 10:00:00 GMT\r\nAccept-Ranges: bytes\r\nETag: \""...)
	out = strconv.AppendInt(out, 1_000_000_000+id, 16)
	out = append(out, "\"\r\n"...)
	return out
}

// appendMany appends a head of so many fields, 5 at least.
func (s *site) appendMany(out []byte, fields, size int) []byte {
	id := s.served.Add(1)
	out = append(out, "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Sun, 22 Nov 2026 1"...)
	out = strconv.AppendInt(out, id%10, 10)
	out = append(out, ":13:45 GMT\r\nContent-Type: application/octet-stream\r\nETag: \""...)
	out = strconv.AppendInt(out, 1_000_000_000+id, 16)
	out = append(out, "\"\r\nContent-Length: "...)
	out = strconv.AppendInt(out, int64(size), 10)
	for i := 5; i < fields; i++ {
		out = append(out, "\r\nX-Amz-Meta-Field-"...)
		out = strconv.AppendInt(out, int64(i), 10)
		out = append(out, ": value of a field"...)
	}
	return append(out, "\r\n\r\n"...)
}

func (s *site) octets(c net.Conn, out []byte, n int) ([]byte, error) {
	if n <= len(s.block)/4 {
		return append(out, s.block[:n]...), nil
	}
	if _, err := c.Write(out); err != nil {
		return out, err
	}
	for n > 0 {
		k := min(n, len(s.block))
		if _, err := c.Write(s.block[:k]); err != nil {
			return out, err
		}
		n -= k
	}
	return out[:0], nil
}

// chunks writes many chunks at a time, so that a small chunk costs the origin
// no system call.
func (s *site) chunks(c net.Conn, out []byte, n, k int) ([]byte, error) {
	for n > 0 {
		m := min(n, k)
		out = strconv.AppendInt(out, int64(m), 16)
		out = append(append(append(out, "\r\n"...), s.block[:m]...), "\r\n"...)
		n -= m
		if len(out) >= 256<<10 {
			if _, err := c.Write(out); err != nil {
				return out, err
			}
			out = out[:0]
		}
	}
	return append(out, "0\r\n\r\n"...), nil
}

// drain reads a request body, of which p is the beginning, and counts its
// octets, framing included.
func drain(c net.Conn, in, head, p []byte) (int, error) {
	sum, want := len(p), -1
	if i := bytes.Index(head, []byte("Content-Length: ")); i >= 0 {
		text := head[i+len("Content-Length: "):]
		var err error
		if want, err = strconv.Atoi(string(text[:bytes.IndexByte(text, '\r')])); err != nil {
			return 0, err
		}
	}
	tail := append([]byte(nil), p...)
	for sum < want || want < 0 && !bytes.HasSuffix(tail, []byte("\r\n0\r\n\r\n")) {
		n, err := c.Read(in)
		if err != nil {
			return sum, err
		}
		sum += n
		tail = append(tail[max(0, len(tail)-8):], in[max(0, n-8):n]...)
	}
	return sum, nil
}

package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
)

// raw is the limit: the octets of the requests are made beforehand and written
// in batches, the answers are counted by length. Nothing is parsed but the
// first head, to learn the length.
func raw(j job) error {
	c, err := j.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	switch j.Work {
	case "get":
		return rawBatches(c, j)
	case "download":
		return rawDownload(c, j)
	case "upload":
		return rawUpload(c, j)
	}
	return errors.ErrUnsupported
}

func (j *job) dial() (net.Conn, error) {
	if j.TLS {
		return tls.Dial("tcp", j.Addr, clientTLS())
	}
	return net.Dial("tcp", j.Addr)
}

func (j *job) request(method, extra string) string {
	return method + " " + j.Target + " HTTP/1.1\r\nHost: " + j.Addr + "\r\nAccept-Encoding: identity\r\n" + extra + "Connection: keep-alive\r\n\r\n"
}

func rawBatches(c net.Conn, j job) error {
	batch := []byte(j.request("GET", ""))
	each := len(batch)
	batch = bytes.Repeat(batch, j.Depth)
	buf := make([]byte, 64<<10)
	head := 0 // the same length for all of them
	for done := 0; done < j.Count; {
		k := min(j.Count-done, j.Depth)
		if _, err := c.Write(batch[:each*k]); err != nil {
			return err
		}
		have := 0
		for head == 0 {
			n, err := c.Read(buf[have:])
			if err != nil {
				return err
			}
			have += n
			if i := bytes.Index(buf[:have], []byte("\r\n\r\n")); i >= 0 {
				head = i + 4
			}
		}
		want := k*head - have
		for ; k > 0; k-- {
			want += j.size(done)
			done++
		}
		for want > 0 {
			n, err := c.Read(buf)
			if err != nil {
				return err
			}
			want -= n
		}
	}
	return nil
}

// size is that of the nth body on a connection.
func (j *job) size(n int) int {
	if j.Size == 0 {
		return varied(n)
	}
	return j.Size
}

func rawDownload(c net.Conn, j job) error {
	buf := make([]byte, 256<<10)
	for range j.Count {
		if _, err := io.WriteString(c, j.request("GET", "")); err != nil {
			return err
		}
		for want := -1; want != 0; {
			n, err := c.Read(buf)
			if err != nil {
				return err
			}
			if want < 0 {
				want = bytes.Index(buf[:n], []byte("\r\n\r\n")) + 4 + j.onWire()
			}
			want -= n
		}
	}
	return nil
}

// onWire is the length of the body with its framing.
func (j *job) onWire() int {
	if j.Chunk == 0 {
		return j.Size
	}
	n := j.Size + j.Size/j.Chunk*len(fmt.Sprintf("%x\r\n\r\n", j.Chunk)) + len("0\r\n\r\n")
	if rest := j.Size % j.Chunk; rest > 0 {
		n += len(fmt.Sprintf("%x\r\n\r\n", rest))
	}
	return n
}

// rawUpload is a loop of writes, counted whatever was asked for; that of a file
// reads and writes in turn. It writes 256 KiB at a time, or 60.
func rawUpload(c net.Conn, j job) error {
	buf := make([]byte, 256<<10)
	piece := len(buf)
	if j.Client == rawPieces {
		piece = 60 << 10
	}
	for range j.Count {
		if _, err := io.WriteString(c, j.request("PUT", "Content-Length: "+strconv.Itoa(j.Size)+"\r\n")); err != nil {
			return err
		}
		src, done, err := j.body()
		if err != nil {
			return err
		}
		for left := j.Size; left > 0; {
			p := buf[:min(left, len(buf))]
			if j.Source != "" {
				n, err := src.Read(p)
				if err != nil {
					return err
				}
				p = p[:n]
			}
			left -= len(p)
			for part := range slices.Chunk(p, piece) {
				if _, err := c.Write(part); err != nil {
					return err
				}
			}
		}
		done()
		if _, err := c.Read(buf); err != nil {
			return err
		}
	}
	return nil
}

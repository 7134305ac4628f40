package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/textproto"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/valyala/fasthttp"
)

// A headParser parses one response head of so many fields and gives an error if
// it found others. Each of them is used again and again.
type headParser func(wire []byte, fields int) error

// ours parses and finds the framing, which is what Conn does with each head.
func ours() headParser {
	var h h1.Head
	return func(wire []byte, fields int) error {
		h.Reset()
		n, fault := h.Parse(wire, &h1.DefaultLimits)
		if n != len(wire) || fault != nil || h.Len() != fields {
			return fmt.Errorf("%d octets, %d fields, %v", n, h.Len(), fault)
		}
		if f, fault := h.Framing(h1.Asked{Method: "GET"}); fault != nil || f.Kind != h1.Counted {
			return errors.New("wrong framing")
		}
		return nil
	}
}

// byTextproto is how net/http reads a head, without the checks that it adds.
func byTextproto() headParser {
	src := bytes.NewReader(nil)
	buf := bufio.NewReader(src)
	r := textproto.NewReader(buf)
	return func(wire []byte, fields int) error {
		src.Reset(wire)
		buf.Reset(src)
		if _, err := r.ReadLine(); err != nil {
			return err
		}
		h, err := r.ReadMIMEHeader()
		if err == nil && len(h) != fields {
			err = fmt.Errorf("%d fields", len(h))
		}
		return err
	}
}

func byFasthttp() headParser {
	src := bytes.NewReader(nil)
	buf := bufio.NewReader(src)
	var h fasthttp.ResponseHeader
	return func(wire []byte, fields int) error {
		src.Reset(wire)
		buf.Reset(src)
		if err := h.Read(buf); err != nil {
			return err
		}
		if h.StatusCode() != 200 || h.ContentLength() != 1256 || len(h.Peek("ETag")) == 0 {
			return errors.New("wrong head")
		}
		return nil
	}
}

var usualFields = []string{
	"Date: Tue, 04 Aug 2026 10:00:%02d GMT", "ETag: \"5f2d7e3b-%03x\"", "Content-Length: 1256",
	"Server: nginx/1.27.0", "Content-Type: text/html; charset=utf-8", "Connection: keep-alive",
	"Last-Modified: Mon, 03 Aug 2026 09:00:00 GMT", "Cache-Control: public, max-age=3600", "Vary: Accept-Encoding",
	"Accept-Ranges: bytes", "X-Request-Id: 3f0c2a9e5d7b4c61a8e2f1d09b6c7a55", "Strict-Transport-Security: max-age=31536000",
}

// heads makes 16 response heads of so many fields, no two of them alike.
func heads(fields int) (all [16][]byte) {
	for k := range all {
		b := []byte("HTTP/1.1 200 OK\r\n")
		for i := range fields {
			switch {
			case i < 2:
				b = fmt.Appendf(b, usualFields[i], 10+k)
			case i < len(usualFields):
				b = append(b, usualFields[i]...)
			default:
				b = fmt.Appendf(b, "X-Amz-Meta-Field-%d: value of field number %d", i, i)
			}
			b = append(b, '\r', '\n')
		}
		all[k] = append(b, '\r', '\n')
	}
	return all
}

// parseHeads is the client that parses j.Count heads of j.Size fields.
func parseHeads(make func() headParser) func(job) error {
	return func(j job) error {
		parse, all := make(), heads(j.Size)
		for i := range j.Count {
			if err := parse(all[i%len(all)], j.Size); err != nil {
				return err
			}
		}
		return nil
	}
}

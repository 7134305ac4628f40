package main

import (
	"bytes"
	"io"
	"os"
)

// body gives the octets of an upload: a file, or the same memory again and
// again.
func (j *job) body() (src io.Reader, done func() error, err error) {
	if j.Source == "" {
		return &memory{block: make([]byte, 256<<10), left: j.Size}, func() error { return nil }, nil
	}
	f, err := os.Open(j.Source)
	if err != nil {
		return nil, nil, err
	}
	return f, f.Close, nil
}

// memory is a body of left octets that exist already.
type memory struct {
	block []byte
	left  int
}

func (m *memory) Read(p []byte) (int, error) {
	if m.left == 0 {
		return 0, io.EOF
	}
	n := copy(p, m.block[:min(m.left, len(m.block))])
	m.left -= n
	return n, nil
}

// WriteTo saves the copy for those who ask for it.
func (m *memory) WriteTo(w io.Writer) (sum int64, err error) {
	for m.left > 0 && err == nil {
		var n int
		n, err = w.Write(m.block[:min(m.left, len(m.block))])
		m.left -= n
		sum += int64(n)
	}
	return sum, err
}

// file makes a temporary file of so many octets.
func file(size int) (name string, err error) {
	f, err := os.CreateTemp("", "dugong-bench-")
	if err != nil {
		return "", err
	}
	defer f.Close()
	block := bytes.Repeat([]byte("0123456789abcdef"), 16<<10)
	for left := size; left > 0 && err == nil; {
		var n int
		n, err = f.Write(block[:min(left, len(block))])
		left -= n
	}
	return f.Name(), err
}

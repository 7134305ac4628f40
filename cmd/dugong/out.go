package main

import "io"

// sticky is standard output. It remembers the first error, so that whatever
// could not be written is noticed at the end, and writes no more after it.
type sticky struct {
	w   io.Writer
	err error
}

func (s *sticky) Write(p []byte) (n int, err error) {
	if s.err == nil {
		n, s.err = s.w.Write(p)
	}
	return n, s.err
}

// silent hides errors from the parser of the flags, which would take them for
// wrong usage; sticky has them.
type silent struct{ io.Writer }

func (s silent) Write(p []byte) (int, error) {
	s.Writer.Write(p)
	return len(p), nil
}

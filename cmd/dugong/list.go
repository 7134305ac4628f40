package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/dugong-http/dugong/internal/fetch"
)

// An entry is a URL of the user's on its way: the Tag of its job.
type entry struct {
	index int    // position in the input, from 0
	line  int    // of the list, from 1; 0: from the command line
	raw   string // as it was given
	bad   error  // why it cannot be fetched
	place place  // nil with bad
	path  string // of its file; empty: it has none
	over  bool   // it was answered
	kept  bool   // it is in the report
}

// A source is where jobs come from. Entries are known beforehand, except from a
// pipe.
type source struct {
	jobs    <-chan fetch.Job
	entries []*entry // nil: not known beforehand
	fault   error    // of reading the pipe; read it when jobs is closed
	ended   chan struct{}
}

// err is why the input could not be read to its end.
func (s *source) err() error {
	select {
	case <-s.ended:
		return s.fault
	default:
		return nil // interrupted
	}
}

// source opens the input. A list in a file is checked whole, so that nothing
// is fetched of one that has a mistake; a pipe may have no end.
func (g *getCmd) source(ctx context.Context, std streams) (*source, error) {
	if g.Input == "-" {
		return g.pipe(ctx, std)
	}
	entries, err := g.entries()
	if err != nil {
		return nil, err
	}
	p := newPlan(g, std.out)
	for _, e := range entries {
		if p.place(e); e.bad != nil {
			return nil, usage("%s%v", e.where(g.Input), e.bad)
		}
	}
	s := &source{entries: entries, ended: make(chan struct{})}
	close(s.ended)
	s.jobs = fetch.Jobs(ctx, func(yield func(fetch.Job) bool) {
		for _, e := range entries {
			if !yield(e.job()) {
				return
			}
		}
	})
	return s, nil
}

func (g *getCmd) entries() (entries []*entry, err error) {
	if g.Input == "" {
		for i, raw := range g.URLs {
			entries = append(entries, &entry{index: i, raw: raw})
		}
		return entries, nil
	}
	f, err := os.Open(g.Input)
	if err != nil {
		return nil, usage("-i %q: %v; name a file that can be read, or - for standard input", fetch.Excerpt(g.Input), reasonOf(err))
	}
	defer f.Close()
	l := newLines(f)
	for e := l.next(); e != nil; e = l.next() {
		entries = append(entries, e)
	}
	switch {
	case l.err != nil:
		return nil, usage("-i %q: %v; name a file that can be read", fetch.Excerpt(g.Input), reasonOf(l.err))
	case len(entries) == 0:
		return nil, usage("-i %q: the list is empty; write one URL a line", fetch.Excerpt(g.Input))
	}
	return entries, nil
}

// pipe waits for the first URL, so that an empty list is seen at once, and
// hands out the others as they come. A bad line fails alone.
func (g *getCmd) pipe(ctx context.Context, std streams) (*source, error) {
	l := newLines(std.in)
	first := make(chan *entry, 1)
	jobs := make(chan fetch.Job)
	s := &source{jobs: jobs, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		defer close(jobs)
		p := newPlan(g, std.out)
		e := l.next()
		first <- e
		for ; e != nil; e = l.next() {
			p.place(e)
			select {
			case jobs <- e.job():
			case <-ctx.Done():
				return
			}
		}
		s.fault = l.err
	}()
	select {
	case e := <-first:
		if e == nil && l.err == nil {
			return nil, usage("-i -: the list is empty; write one URL a line")
		}
	case <-ctx.Done():
	}
	return s, nil
}

// job makes a job of a bad entry too: it fails in its turn.
func (e *entry) job() fetch.Job {
	if e.bad != nil {
		return fetch.Job{URL: e.raw, Tag: e, Refused: e.bad}
	}
	return fetch.Job{URL: e.raw, Tag: e, Sink: e.place}
}

func (e *entry) where(list string) string {
	if e.line == 0 {
		return ""
	}
	return fmt.Sprintf("-i %q, line %d: ", fetch.Excerpt(list), e.line)
}

// lines reads a list. A line that is too long to be a URL is cut off: it is
// refused later, for its length.
type lines struct {
	r     *bufio.Reader
	line  int
	index int
	err   error
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, 64<<10)} }

// next gives the next entry, nil at the end.
func (l *lines) next() *entry {
	for l.err == nil {
		raw, more := l.read()
		if !more {
			return nil
		}
		l.line++
		text := strings.TrimSuffix(strings.TrimSuffix(raw, "\n"), "\r")
		text = strings.Trim(text, " \t")
		if text == "" || text[0] == '#' {
			continue
		}
		l.index++
		return &entry{index: l.index - 1, line: l.line, raw: text}
	}
	return nil
}

// read gives a line, with at most a little more than a URL may have.
func (l *lines) read() (line string, more bool) {
	var b bytes.Buffer
	for {
		p, err := l.r.ReadSlice('\n')
		if room := fetch.MaxURL + 2 - b.Len(); room > 0 {
			b.Write(p[:min(len(p), room)])
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF:
			return b.String(), b.Len() > 0
		case err != nil:
			l.err = err
			return "", false
		}
		return b.String(), true
	}
}

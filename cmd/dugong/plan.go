package main

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/dugong-http/dugong/internal/fetch"
)

// A place is where a document goes.
type place interface {
	fetch.Sink
	Written() bool
}

// A plan gives each document its place, and no two the same file.
type plan struct {
	get   *getCmd
	out   io.Writer         // for -o -
	taken map[string]*entry // by the name as the file system compares it
}

func newPlan(g *getCmd, out io.Writer) *plan { return &plan{g, out, map[string]*entry{}} }

// place sets the entry's place, or says in bad why it has none.
func (p *plan) place(e *entry) {
	t, err := fetch.Parse(e.raw)
	switch {
	case err != nil:
	case p.get.bodiless():
		e.place = nowhere{}
		return
	case p.get.Output == stdout:
		e.place = &fetch.Stream{W: p.out, Errors: p.get.SaveErrors}
		return
	default:
		e.path, err = p.path(e, t)
	}
	if e.bad = err; err == nil {
		e.place = &fetch.File{Path: e.path, Errors: p.get.SaveErrors}
	}
}

// nowhere takes no document.
type nowhere struct{ fetch.Sink }

func (nowhere) Begin(fetch.Head) (io.Writer, error) { return nil, nil }
func (nowhere) Written() bool                       { return false }

func (p *plan) path(e *entry, t *fetch.Target) (string, error) {
	if p.get.Output != "" {
		return p.get.Output, p.notReport(p.get.Output)
	}
	name, err := t.FileName()
	if err != nil {
		return "", err
	}
	key := foldName(name)
	if first := p.taken[key]; first != nil {
		return "", &fetch.BadInput{Value: fetch.Excerpt(t.URL), Why: fmt.Sprintf(
			"its file %q is that of %s already; fetch it into another directory, or with -o", fetch.Excerpt(name), first.describe())}
	}
	path := filepath.Join(p.get.folder(), name)
	if err := fetch.CheckFile(path); err != nil {
		return "", err
	}
	if err := p.notReport(path); err != nil {
		return "", err
	}
	p.taken[key] = e
	return path, nil
}

// notReport: the report would take the place of the document.
func (p *plan) notReport(path string) error {
	if p.get.Report == "" {
		return nil
	}
	a, aerr := filepath.Abs(path)
	b, berr := filepath.Abs(p.get.Report)
	if aerr != nil || berr != nil || foldName(a) != foldName(b) {
		return nil
	}
	return &fetch.BadInput{Value: fetch.Excerpt(p.get.Report), Why: "--report would take the place of the file of a document; give it another name"}
}

// foldName: where file systems usually ignore case, so must we.
func foldName(name string) string {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return strings.ToLower(name)
	}
	return name
}

func (e *entry) describe() string {
	if e.line > 0 {
		return fmt.Sprintf("line %d", e.line)
	}
	return fmt.Sprintf("URL number %d", e.index+1)
}

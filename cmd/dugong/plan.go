package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/dugong-http/dugong/internal/fetch"
)

// A plan gives each document its file, and no two the same.
type plan struct {
	get   *getCmd
	taken map[string]*entry // by the name as the file system compares it
}

func newPlan(g *getCmd) *plan { return &plan{g, map[string]*entry{}} }

// place sets the entry's file, or says in bad why it has none.
func (p *plan) place(e *entry) {
	path, err := p.path(e)
	if err != nil {
		e.bad = err
		return
	}
	e.file = &fetch.File{Path: path, Errors: p.get.SaveErrors}
}

func (p *plan) path(e *entry) (string, error) {
	t, err := fetch.Parse(e.raw)
	if err != nil {
		return "", err
	}
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

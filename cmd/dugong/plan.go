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
		return p.get.Output, nil
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
	p.taken[key] = e
	return path, nil
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

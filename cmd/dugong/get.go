package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/dugong-http/dugong/internal/fetch"
)

// prepared is what a run needs.
type prepared struct {
	opt fetch.Options
	src *source
	err error
}

// run fetches. All that can be checked is checked before the first request. A
// file may be a pipe that nobody writes to: an interrupt ends the wait for it.
func (g *getCmd) run(ctx context.Context, std streams) (int, error) {
	ready := make(chan prepared, 1)
	go func() { ready <- g.prepare(ctx, std) }()
	var p prepared
	select {
	case p = <-ready:
	case <-ctx.Done():
		return exitInterrupted, errors.New("interrupted; nothing was fetched")
	}
	if p.err != nil {
		return exitUsage, asUsage(p.err)
	}
	r := newRecorder(g, std, p.src)
	p.opt.Progress = r.moved
	stats := fetch.Run(ctx, p.opt, p.src.jobs, r.done)
	if err := p.src.err(); err != nil {
		r.failed(err)
	}
	return r.finish(ctx, stats), nil
}

func (g *getCmd) prepare(ctx context.Context, std streams) (p prepared) {
	if p.opt, p.err = g.options(); p.err != nil {
		return p
	}
	if p.err = g.checkPlaces(); p.err != nil {
		return p
	}
	p.src, p.err = g.source(ctx, std)
	return p
}

// asUsage makes bad input of the user's a usage error.
func asUsage(err error) error {
	var b *fetch.BadInput
	if errors.As(err, &b) {
		return usage("%v", err)
	}
	return err
}

// checkPlaces looks where the documents and the report are to go.
func (g *getCmd) checkPlaces() error {
	switch {
	case len(g.URLs) > 0 && g.Input != "":
		return usage("-i %q: URLs come from the command line or from a list, not from both; leave one out", fetch.Excerpt(g.Input))
	case len(g.URLs) == 0 && g.Input == "":
		return usage("there is no URL; give one, or a list of them with -i FILE")
	case g.Output != "" && (g.Input != "" || len(g.URLs) > 1):
		return usage("-o %q: one file is for one URL; give --dir DIR for several", fetch.Excerpt(g.Output))
	case g.bodiless() && g.Output+g.Dir != "":
		return usage("-X HEAD: the answer has no body to write to %q; leave -o and --dir out", fetch.Excerpt(g.Output+g.Dir))
	}
	if g.Report != "" {
		if err := checkFile("--report", g.Report); err != nil {
			return err
		}
	}
	switch {
	case g.bodiless() || g.Output == stdout:
		return nil
	case g.Output != "":
		return checkFile("-o", g.Output)
	}
	if err := fetch.CheckDir(g.folder()); err != nil {
		return flagged("--dir", err)
	}
	return nil
}

// stdout is what standard output is called after -o.
const stdout = "-"

// bodiless: there is nothing to save.
func (g *getCmd) bodiless() bool { return g.Method == "HEAD" }

func (g *getCmd) folder() string {
	if g.Dir == "" {
		return "."
	}
	return g.Dir
}

// checkFile: the name is free or a file, and its folder takes files.
func checkFile(flag, path string) error {
	if err := fetch.CheckFile(path); err != nil {
		return flagged(flag, err)
	}
	if err := fetch.CheckDir(folderOf(path)); err != nil {
		return flagged(flag, err)
	}
	return nil
}

func flagged(flag string, err error) error { return usage("%s %v", flag, err) }

// reasonOf leaves out the path, which the message names already.
func reasonOf(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func readable(flag, path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, usage("%s %q: %v; name a file that can be read", flag, fetch.Excerpt(path), reasonOf(err))
	}
	return b, nil
}

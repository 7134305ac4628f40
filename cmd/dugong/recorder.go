package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dugong-http/dugong/internal/fetch"
)

// maxComplaints is after how many lines a reader has got the idea.
const maxComplaints = 20

// A recorder takes the results: it complains, draws the progress, and knows at
// the end how it went.
type recorder struct {
	get        *getCmd
	std        streams
	err        io.Writer // standard error, or above the progress bar
	src        *source
	bar        *bar
	begin      time.Time
	complaints int
	records    []record // for the report, in the order of the input

	temporary, permanent, refused, canceled int
}

func newRecorder(g *getCmd, std streams, src *source) *recorder {
	r := &recorder{get: g, std: std, err: std.err, src: src, begin: time.Now()}
	if r.bar = newBar(g.Quiet || g.Output == stdout, std.err, len(src.entries)); r.bar != nil {
		r.err = r.bar
	}
	return r
}

// moved is called with the octets as they come.
func (r *recorder) moved(n int) { r.bar.moved(n) }

// done is called with each result.
func (r *recorder) done(res fetch.Result) {
	e := res.Tag.(*entry)
	switch {
	case errors.Is(res.Err, errInterrupted):
		r.canceled++
	case res.Err != nil && res.Temporary():
		r.temporary++
		r.complain("%s: %s", res.URL, words(res.Err))
	case res.Err != nil:
		r.permanent++
		r.complain("%s", describeFailure(e, &res))
	case res.Status < 200 || res.Status > 299:
		r.refused++
		r.complain("%s: status %d%s%s", res.URL, res.Status, redirected(&res), r.saved(e))
	}
	r.keep(e, &res)
	r.bar.done()
}

func describeFailure(e *entry, res *fetch.Result) string {
	var b *fetch.BadInput
	if errors.As(res.Err, &b) {
		return e.where("-") + b.Error()
	}
	return fmt.Sprintf("%s: %s", res.URL, words(res.Err))
}

// redirected says where a redirect points: it is not followed.
func redirected(res *fetch.Result) string {
	if res.Location == "" {
		return ""
	}
	return ", Location " + res.Location
}

func (r *recorder) saved(e *entry) string {
	switch {
	case r.get.bodiless():
		return ""
	case e.place.Written():
		return ", saved"
	}
	return ", not saved"
}

// failed is for what belongs to no document.
func (r *recorder) failed(err error) {
	r.permanent++
	fmt.Fprintln(r.err, "dugong: "+words(err))
}

func (r *recorder) complain(format string, args ...any) {
	switch r.complaints++; {
	case r.complaints <= maxComplaints:
		fmt.Fprintln(r.err, "dugong: "+oneLine(fmt.Sprintf(format, args...)))
	case r.complaints == maxComplaints+1:
		fmt.Fprintln(r.err, "dugong: more of this is not shown; --report FILE has all of it")
	}
}

// finish writes the report and the summary and gives the exit code.
func (r *recorder) finish(ctx context.Context, s fetch.Stats) int {
	r.bar.end()
	r.err = r.std.err
	stopped := interrupted(ctx)
	if r.get.Report != "" {
		if err := r.writeReport(stopped, s); err != nil {
			r.failed(err)
		}
	}
	if stopped {
		fmt.Fprintf(r.err, "dugong: interrupted; %s\n", r.unfetched())
	}
	if !r.get.Quiet {
		fmt.Fprintln(r.err, r.summary(s))
	}
	return r.code(stopped)
}

func (r *recorder) code(stopped bool) int {
	switch {
	case stopped:
		return exitInterrupted
	case r.permanent > 0:
		return exitPermanent
	case r.temporary > 0:
		return exitTemporary
	case r.refused > 0:
		return exitStatus
	}
	return exitOK
}

// unfetched says what an interruption left.
func (r *recorder) unfetched() string {
	if r.src.entries == nil {
		return fmt.Sprintf("%s under way not fetched", plural(r.canceled, "document"))
	}
	n := 0
	for _, e := range r.src.entries {
		if e.place == nil || !e.over {
			n++
		}
	}
	return fmt.Sprintf("%s not fetched", plural(n, "document"))
}

func (r *recorder) summary(s fetch.Stats) string {
	return fmt.Sprintf("%s, %s, %.2f s, %s, %s, %s", plural(s.Documents, "document"), plural(int(s.Bytes), "byte"),
		time.Since(r.begin).Seconds(), plural(s.Connections, "connection"), plural(s.Retries, "retry"), plural(s.Failures, "failure"))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if noun == "retry" {
		noun = "retrie"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

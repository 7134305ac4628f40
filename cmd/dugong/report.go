package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/dugong-http/dugong/internal/fetch"
)

// The fields of the report; docs/cli.md describes them.
type report struct {
	Interrupted bool     `json:"interrupted"`
	Seconds     float64  `json:"seconds"`
	Documents   int      `json:"documents"`
	Bytes       int64    `json:"bytes"`
	Connections int      `json:"connections"`
	Retries     int      `json:"retries"`
	Repeated    int      `json:"repeated"`
	Failures    int      `json:"failures"`
	URLs        []record `json:"urls"`
}

type record struct {
	URL        string        `json:"url"`
	File       string        `json:"file,omitempty"`
	Status     int           `json:"status"`
	Location   string        `json:"location,omitempty"`
	Bytes      int64         `json:"bytes"`
	SHA256     string        `json:"sha256,omitempty"`
	Start      *time.Time    `json:"start,omitempty"`
	FirstByte  *time.Time    `json:"first_byte,omitempty"`
	End        *time.Time    `json:"end,omitempty"`
	Attempts   int           `json:"attempts"`
	Verdict    fetch.Verdict `json:"verdict"`
	Error      string        `json:"error,omitempty"`
	Temporary  bool          `json:"temporary,omitempty"`
	Connection int           `json:"connection"`

	index int
}

// keep notes a result, for the report if there is to be one.
func (r *recorder) keep(e *entry, res *fetch.Result) {
	e.over = res.Err == nil
	if r.get.Report == "" {
		return
	}
	e.kept = true
	c := record{
		URL: res.URL, Status: res.Status, Location: oneLine(res.Location), Bytes: res.Bytes, SHA256: res.SHA256, Start: stamp(res.Start),
		FirstByte: stamp(res.FirstByte), End: stamp(res.End), Attempts: res.Attempts, Verdict: res.Verdict,
		Temporary: res.Temporary(), Connection: res.Conn, index: e.index,
	}
	if res.Err != nil {
		c.Error = words(res.Err)
	}
	if e.place != nil && e.place.Written() {
		c.File = e.path
	}
	r.records = append(r.records, c)
}

func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.Round(0)
	return &t
}

// writeReport writes it whole or not at all.
func (r *recorder) writeReport(stopped bool, s fetch.Stats) error {
	for _, e := range r.src.entries {
		if !e.kept { // an interruption came first
			r.records = append(r.records, record{URL: cleanURL(e.raw), Verdict: fetch.NotProcessed, Error: "interrupted before it was asked for", index: e.index})
			s.Failures++
		}
	}
	slices.SortFunc(r.records, func(a, b record) int { return a.index - b.index })
	if r.records == nil {
		r.records = []record{}
	}
	text, err := json.MarshalIndent(report{
		Interrupted: stopped, Seconds: time.Since(r.begin).Seconds(), Documents: s.Documents, Bytes: s.Bytes,
		Connections: s.Connections, Retries: s.Retries, Repeated: s.Repeated, Failures: s.Failures, URLs: r.records,
	}, "", "  ")
	if err != nil {
		return err
	}
	if err := writeWhole(r.get.Report, append(text, '\n')); err != nil {
		return fmt.Errorf("--report %q: %w", fetch.Excerpt(r.get.Report), reasonOf(err))
	}
	return nil
}

func writeWhole(path string, text []byte) error {
	f := &fetch.File{Path: path, Errors: true}
	w, err := f.Begin(fetch.Head{})
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		f.Abort()
		return err
	}
	return f.Commit()
}

func cleanURL(raw string) string {
	if t, err := fetch.Parse(raw); err == nil {
		return t.URL
	}
	return fetch.Excerpt(raw)
}

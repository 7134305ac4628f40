package fetch

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// streamed fetches one document into a Stream.
func streamed(t *testing.T, errors bool, scripts ...wiretest.Script) (Result, *Stream, string) {
	t.Helper()
	srv := wiretest.Serve(t, wiretest.Plain, scripts...)
	var out bytes.Buffer
	s := &Stream{W: &out, Errors: errors}
	jobs := make(chan Job, 1)
	jobs <- Job{URL: "http://" + srv.Addr + "/0", Sink: s}
	close(jobs)
	var r Result
	Run(t.Context(), options(wiretest.Plain), jobs, func(res Result) { r = res })
	return r, s, out.String()
}

func cutOff(after string) wiretest.Script {
	return func(p *wiretest.Peer) {
		expect(p, "/0")
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n" + after)
		p.CloseWrite()
		p.ExpectClosed()
	}
}

func statusOf(line string) wiretest.Script {
	return func(p *wiretest.Peer) {
		expect(p, "/0")
		p.Send("HTTP/1.1 " + line + "\r\nContent-Length: 4\r\n\r\nbody")
		p.ExpectEOF()
	}
}

func TestStream(t *testing.T) {
	if r, s, out := streamed(t, false, cutOff(""), serveAll); r.Err != nil || out != bodyOf("/0") || !s.Written() {
		t.Errorf("cut off before the body: %+v, %q", r, out)
	}
	r, s, out := streamed(t, false, cutOff("body"), serveAll)
	if !errors.Is(r.Err, dugong.ErrConnectionClosed) || !r.Temporary() || !strings.Contains(r.Err.Error(), "4 octets") || out != "body" || s.Written() {
		t.Errorf("cut off within the body: %+v, %q", r, out)
	}
	if r, s, out := streamed(t, false, statusOf("404 Not Found")); r.Err != nil || out != "" || s.Written() {
		t.Errorf("another status: %+v, %q", r, out)
	}
	if r, s, out := streamed(t, true, statusOf("404 Not Found")); r.Err != nil || out != "body" || !s.Written() {
		t.Errorf("another status that is wanted: %+v, %q", r, out)
	}
}

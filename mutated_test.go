package dugong_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Streams of answers with one to three accidents in them, through a whole
// connection and in random segments. What is handed out must be
//
//   - the generated answer, if it ends before the first octet touched: neither
//     lost nor changed by what comes behind it;
//   - else the generated answer at its place, or what a second reader, net/http,
//     makes of the same octets at this place: an accident inside a value or a
//     number may make another sound answer;
//   - else nothing: an error, and nothing after it.
//
// So an answer can never come in the place of another one.
func TestMutatedStreams(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("DUGONG_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Logf("DUGONG_SEED=%d", seed)
	streams := 2000
	if os.Getenv("DUGONG_STRICT") != "" {
		streams = 10_000
	}
	g := maker{rand.New(rand.NewPCG(seed, 5))}
	results := map[string]int{}
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		inBubble(t, m, func(t *testing.T) {
			for i := range streams {
				if (m.TLS || m.Wait != "") && i%7 > 0 {
					continue
				}
				mutatedRun(t, m, g, fmt.Sprintf("stream %d, %s, DUGONG_SEED=%d", i, m, seed), results)
			}
		})
	}, bubbleModes()...)
	for what, n := range results {
		tally(t, "mutated streams: "+what, n)
	}
	if results["refused"] < streams/10 || results["another sound stream"] == 0 || results["as it was made"] == 0 {
		t.Errorf("the accidents do not do their work: %v", results)
	}
}

func mutatedRun(t *testing.T, m wiretest.Mode, g maker, row string, results map[string]int) {
	made, list := g.stream()
	wire, touched := made, len(made)
	for range 1 + g.IntN(3) {
		var first int
		if wire, first = g.mutate(wire); first < touched {
			touched = first
		}
	}
	segments := g.segments(wire)
	r := piped(t, m, dugong.Config{ReadUntilClose: true, Timeout: time.Minute}, 0, func(p *wiretest.Peer, _ *faulty) {
		for range list {
			p.ReadRequest()
		}
		for _, s := range segments {
			if p.TrySend(s) != nil {
				return
			}
		}
		p.Close()
	})
	for i, want := range list {
		if err := r.SendRequest(r.ctx, &dugong.Request{Method: want.method, Path: "/" + strconv.Itoa(i), Tag: i}); err != nil {
			t.Fatalf("%s: %v", row, err)
		}
	}
	results[judge(t, r, row, wire, list, touched)]++
	r.Close()
	noneBorrowed(t, row)
}

// segments cuts the stream at random.
func (g maker) segments(wire []byte) (list []string) {
	for len(wire) > 0 {
		n := 1 + g.IntN(len(wire))
		if g.IntN(2) == 0 {
			n = min(n, 1+g.IntN(20))
		}
		list, wire = append(list, string(wire[:n])), wire[n:]
	}
	return list
}

// judge reads all answers and says what became of the stream.
func judge(t *testing.T, r *rig, row string, wire []byte, list []madeResponse, touched int) string {
	second := &secondReader{rest: wire, list: list}
	helped := &secondReader{rest: blankedExtension.ReplaceAll(wire, []byte("$1;")), list: list}
	changed := false
	for i, want := range list {
		got, err := deliver(r, i)
		if err != nil {
			if want.end <= touched && !(want.closing && touched < len(wire)) {
				t.Fatalf("%s: answer %d ends before octet %d, the first touched, and was refused: %v\n%q", row, i, touched, err, wire)
			}
			if _, err := r.ReadResponse(r.ctx); err == nil {
				t.Fatalf("%s: an answer after the error", row)
			}
			return "refused"
		}
		other, another := second.next(i), helped.next(i)
		if got == want.text() {
			continue
		}
		if changed = true; want.end <= touched && !want.closing || got != other && got != another {
			t.Fatalf("%s: answer %d is\n%q, made was\n%q, net/http reads\n%q in\n%q", row, i, got, want.text(), other, wire)
		}
	}
	if changed {
		return "another sound stream"
	}
	return "as it was made"
}

// text is an answer in one line, to be compared.
func (r madeResponse) text() string {
	slices.Sort(r.fields)
	return fmt.Sprintf("%d %q %q", r.status, r.fields, r.body)
}

// deliver reads the next answer, which must name its own request.
func deliver(r *rig, i int) (string, error) {
	resp, err := r.ReadResponse(r.ctx)
	if err != nil {
		return "", err
	}
	body, err := resp.Body.ReadAll()
	if err != nil {
		return "", err
	}
	if resp.Tag != i {
		r.t.Fatalf("answer %d names request %v", i, resp.Tag)
	}
	m := madeResponse{status: resp.Status, body: string(body)}
	for name, value := range resp.Header.All() {
		m.add(name, value)
	}
	return m.text(), nil
}

// add notes a field, unless it is one of framing.
func (r *madeResponse) add(name, value string) {
	switch name = strings.ToLower(name); name {
	case "content-length", "transfer-encoding", "connection":
		return
	}
	r.fields = append(r.fields, name+": "+value)
}

// secondReader reads the same octets by net/http. Where it is stricter than the
// rules it gets help: it minds framing fields where there is no body (RFC 9112
// section 6.3, item 1), a stray CRLF before a status line (section 9.2), and
// blanks before a chunk extension (section 7.1.1).
type secondReader struct {
	rest []byte
	list []madeResponse
}

// blankedExtension may also stand inside a body, so it is one of two readings.
var blankedExtension = regexp.MustCompile(`(?m)^([0-9a-fA-F]+)[ \t]+;`)

// next is the next answer, "" from the first on that is refused.
func (s *secondReader) next(i int) string {
	for {
		s.rest = bytes.TrimPrefix(s.rest, []byte("\r\n"))
		in := s.rest
		if head, _, ok := bytes.Cut(in, []byte("\r\n\r\n")); ok && withoutBody(s.list[i].method, head) {
			in = withoutFraming(head)
			s.rest = s.rest[len(head)+4:]
		} else {
			s.rest = nil // set below, or never to be read again
		}
		under := bytes.NewReader(in)
		buf := bufio.NewReader(under)
		resp, err := http.ReadResponse(buf, &http.Request{Method: s.list[i].method})
		if err != nil {
			return s.refuse()
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return s.refuse()
		}
		if s.rest == nil {
			s.rest = in[len(in)-under.Len()-buf.Buffered():]
		}
		if resp.StatusCode < 200 {
			continue
		}
		m := madeResponse{status: resp.StatusCode, body: string(body)}
		for name, values := range resp.Header {
			for _, v := range values {
				m.add(name, strings.TrimRight(v, " ")) // an empty fold leaves one
			}
		}
		return m.text()
	}
}

func (s *secondReader) refuse() string {
	s.rest = nil
	return ""
}

func withoutBody(method string, head []byte) bool {
	_, status, _ := bytes.Cut(head, []byte(" "))
	return method == "HEAD" || bytes.HasPrefix(status, []byte("204")) || bytes.HasPrefix(status, []byte("304")) || bytes.HasPrefix(status, []byte("1"))
}

func withoutFraming(head []byte) []byte {
	var kept [][]byte
	for _, line := range bytes.Split(head, []byte("\r\n")) {
		name, _, _ := bytes.Cut(bytes.ToLower(line), []byte(":"))
		if n := string(name); n != "content-length" && n != "transfer-encoding" {
			kept = append(kept, line)
		}
	}
	return append(bytes.Join(kept, []byte("\r\n")), "\r\n\r\n"...)
}

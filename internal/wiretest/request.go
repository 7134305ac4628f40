package wiretest

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Field is one field line of a header or trailer section.
type Field struct{ Name, Value string }

// A Request is what a strict server makes of the octets it got. It is parsed
// here, and not by net/http, because a server that is kind to a client's
// mistakes would hide them.
type Request struct {
	Method, Target, Proto string
	Fields                []Field // in the order and spelling of the wire
	Body                  string
	Chunked               bool
	Chunks                []int // their sizes, without the last one
	Trailers              []Field
	Raw                   string // head and body as they came
}

// Values are those of all field lines with this name.
func (r *Request) Values(name string) []string {
	var vs []string
	for _, f := range r.Fields {
		if strings.EqualFold(f.Name, name) {
			vs = append(vs, f.Value)
		}
	}
	return vs
}

// Get is the value of the first field line with this name, "" without one.
func (r *Request) Get(name string) string {
	for _, v := range r.Values(name) {
		return v
	}
	return ""
}

// Has says whether there is a field line with this name.
func (r *Request) Has(name string) bool { return len(r.Values(name)) > 0 }

const (
	maxHead = 8 << 20  // tests of limits send large heads
	maxLine = 64 << 10 // a chunk-size line
)

// ReadRequest takes one whole request and checks it by the grammar of RFC 9112.
func (p *Peer) ReadRequest() *Request {
	p.t.Helper()
	r := p.ReadHead()
	p.ReadBody(r)
	return r
}

// NextHead is ReadHead for a server that goes on until the client has had
// enough: it returns false when the client closes, or resets, the connection
// between two requests.
func (p *Peer) NextHead() (*Request, bool) {
	p.t.Helper()
	p.enter("waiting for a request or the end")
	if len(p.in) == 0 {
		if err := p.fill(); err == io.EOF || isReset(err) {
			return nil, false
		} else if err != nil {
			p.Fatalf("%s, waiting for a request or the end", p.explain(err))
		}
	}
	return p.ReadHead(), true
}

// ReadHead takes the request line and the header section, up to and with the
// empty line.
func (p *Peer) ReadHead() *Request {
	p.t.Helper()
	head := p.until("\r\n\r\n", maxHead, "a request head")
	r, err := parseHead(head)
	if err != nil {
		p.Fatalf("%v; the request was:\n%s", err, diff("", head))
	}
	p.enter("in the script's own code, after the head of %s %s", r.Method, quote(r.Target))
	return r
}

// ReadBody takes the body that the head announced and completes the request
// with it (RFC 9112 section 6).
func (p *Peer) ReadBody(r *Request) {
	p.t.Helper()
	switch n, err := r.length(); {
	case err != nil:
		p.Fatalf("%v; the request was:\n%s", err, diff("", r.Raw))
	case r.Chunked:
		p.readChunks(r)
	default:
		p.enter("waiting for %d octets of body of %s %s", n, r.Method, quote(r.Target))
		p.need(n, "octets of body")
		r.Body = p.take(n)
		r.Raw += r.Body
	}
	p.enter("in the script's own code, after the body of %s %s", r.Method, quote(r.Target))
}

// readChunks takes a chunked body with its trailer section (RFC 9112 section 7.1).
func (p *Peer) readChunks(r *Request) {
	p.t.Helper()
	var body, raw strings.Builder
	for {
		line := p.until("\r\n", maxLine, "a chunk-size line")
		raw.WriteString(line)
		n, err := chunkSize(line)
		if err != nil {
			p.Fatalf("%v", err)
		}
		if n == 0 {
			break
		}
		p.need(n+2, "octets of a chunk")
		data := p.take(n + 2)
		if data[n:] != "\r\n" {
			p.Fatalf("a chunk of %d octets is not followed by CRLF but by %q", n, data[n:])
		}
		r.Chunks = append(r.Chunks, n)
		body.WriteString(data[:n])
		raw.WriteString(data)
	}
	for {
		line := p.until("\r\n", maxLine, "the trailer section")
		raw.WriteString(line)
		if line == "\r\n" {
			break
		}
		f, err := parseField(strings.TrimSuffix(line, "\r\n"))
		if err != nil {
			p.Fatalf("in the trailer section: %v", err)
		}
		r.Trailers = append(r.Trailers, f)
	}
	r.Body = body.String()
	r.Raw += raw.String()
}

// chunkSize reads 1*HEXDIG CRLF. Extensions are refused: no client of ours sends any.
func chunkSize(line string) (int, error) {
	digits := strings.TrimSuffix(line, "\r\n")
	if digits == "" || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return 0, fmt.Errorf("malformed chunk-size line %q", line)
	}
	n, err := strconv.ParseInt(digits, 16, 32)
	if err != nil {
		return 0, fmt.Errorf("chunk-size line %q: more than a test can mean", line)
	}
	return int(n), nil
}

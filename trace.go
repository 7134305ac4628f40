package dugong

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A TraceEvent is a piece of what went over the wire, decrypted.
type TraceEvent struct {
	Conn uint64    // number of the connection, from 1, unique in the process
	Time time.Time // when it was handed to, or taken from, the system
	Sent bool      // by us; otherwise by the peer
	Data []byte    // valid during the call only
}

// tracer returns the hook for one connection, or nil.
func (c *Config) tracer(conn uint64) func(sent bool, p []byte) {
	if c.Trace == nil {
		return nil
	}
	masks := map[bool]*masker{true: {}, false: {}}
	var mu sync.Mutex // a reader and a sender come at the same time
	return func(sent bool, p []byte) {
		mu.Lock()
		defer mu.Unlock()
		if !c.TraceSecrets {
			p = masks[sent].mask(p)
		}
		c.Trace(TraceEvent{Conn: conn, Time: time.Now(), Sent: sent, Data: p})
	}
}

// secretFields are the names whose values a trace does not show.
var secretFields = []string{"authorization:", "proxy-authorization:", "cookie:", "set-cookie:"}

// A masker replaces the values of secret fields by asterisks in a stream that
// comes in pieces. It knows lines, not messages: a line of a body that looks
// like such a field is masked as well, which hurts only the reader's eye.
type masker struct {
	line   []byte // beginning of this line, as long as it may become a secret name
	hiding bool
	folded bool // the line before was secret, and this one may go on with it (RFC 9112 section 5.2)
	plain  bool // this line is none
	out    []byte
}

func (m *masker) mask(p []byte) []byte {
	m.out = m.out[:0]
	for _, c := range p {
		m.out = append(m.out, m.octet(c))
	}
	return m.out
}

func (m *masker) octet(c byte) byte {
	switch {
	case c == '\n':
		m.line, m.hiding, m.folded, m.plain = m.line[:0], false, m.hiding, false
	case m.folded && (c == ' ' || c == '\t'):
		m.hiding, m.folded = true, false
	case m.hiding:
		if c != '\r' {
			return '*'
		}
	case !m.plain:
		m.folded = false
		m.line = append(m.line, c)
		m.hiding, m.plain = secretPrefix(strings.ToLower(string(m.line)))
	}
	return c
}

func secretPrefix(line string) (whole, none bool) {
	none = true
	for _, name := range secretFields {
		if line == name {
			return true, false
		}
		none = none && !strings.HasPrefix(name, line)
	}
	return false, none
}

// TraceFile returns a Config.Trace hook that writes the raw octets of both
// directions, in their order, to one file for each connection. The pattern is
// a file name in which %d stands for the number of the connection; without it
// every connection goes to the same file. (Original: DUGONG_TRACEFILE.) The
// files are readable by their owner only. close ends them and returns the
// first error of all writing; it is to be called when no Conn uses the hook.
func TraceFile(pattern string) (trace func(TraceEvent), close func() error, err error) {
	if pattern == "" {
		return nil, nil, fmt.Errorf("dugong: trace file: the name is empty; give one, with %%d for the number of the connection")
	}
	t := &traceFiles{pattern: pattern, files: map[string]*os.File{}}
	return t.write, t.close, nil
}

type traceFiles struct {
	pattern string
	mu      sync.Mutex
	files   map[string]*os.File
	err     error
}

func (t *traceFiles) write(e TraceEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	name := strings.ReplaceAll(t.pattern, "%d", strconv.FormatUint(e.Conn, 10))
	f, ok := t.files[name]
	if !ok {
		var err error
		f, err = os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		t.keep(err)
		t.files[name] = f
	}
	if f != nil {
		_, err := f.Write(e.Data)
		t.keep(err)
	}
}

func (t *traceFiles) keep(err error) {
	if t.err == nil {
		t.err = err
	}
}

func (t *traceFiles) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.files {
		if f != nil {
			t.keep(f.Close())
		}
	}
	clear(t.files)
	return t.err
}

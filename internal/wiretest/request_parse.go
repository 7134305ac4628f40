package wiretest

import (
	"fmt"
	"strconv"
	"strings"
)

// parseHead reads a request head that ends in its empty line. It takes what a
// client MUST send, not what a server MAY tolerate (RFC 9112 sections 2, 3, 5).
func parseHead(head string) (*Request, error) {
	lines := strings.Split(strings.TrimSuffix(head, "\r\n\r\n"), "\r\n")
	r := &Request{Raw: head}
	if err := r.parseLine(lines[0]); err != nil {
		return nil, err
	}
	for _, line := range lines[1:] {
		f, err := parseField(line)
		if err != nil {
			return nil, err
		}
		r.Fields = append(r.Fields, f)
	}
	// RFC 9112 section 3.2: exactly one Host in every request in version 1.1.
	if n := len(r.Values("Host")); n != 1 && (n > 1 || r.Proto == "HTTP/1.1") {
		return nil, fmt.Errorf("%d Host fields", n)
	}
	r.Chunked = r.Has("Transfer-Encoding")
	_, err := r.length()
	return r, err
}

// parseLine reads method SP request-target SP HTTP-version (RFC 9112 section 3).
func (r *Request) parseLine(line string) error {
	parts := strings.Split(line, " ")
	if len(parts) != 3 {
		return fmt.Errorf("request line %q has %d parts", line, len(parts))
	}
	r.Method, r.Target, r.Proto = parts[0], parts[1], parts[2]
	switch {
	case !isToken(r.Method):
		return fmt.Errorf("method %q is no token", r.Method)
	case r.Target == "" || !all(r.Target, func(c byte) bool { return c > 0x20 && c < 0x7f }):
		return fmt.Errorf("request target %q", r.Target)
	case r.Proto != "HTTP/1.1" && r.Proto != "HTTP/1.0":
		return fmt.Errorf("version %q", r.Proto)
	case r.Method == "CONNECT":
		if strings.ContainsAny(r.Target, "/?#@") || !strings.Contains(r.Target, ":") {
			return fmt.Errorf("CONNECT target %q is not host:port", r.Target)
		}
	case r.Target[0] != '/' && r.Target != "*" && !strings.Contains(r.Target, "://"):
		return fmt.Errorf("request target %q has no known form", r.Target)
	}
	return nil
}

// parseField reads field-name ":" OWS field-value OWS (RFC 9112 section 5).
func parseField(line string) (Field, error) {
	name, value, ok := strings.Cut(line, ":")
	if !ok || !isToken(name) {
		return Field{}, fmt.Errorf("field line %q has no proper name", line)
	}
	value = strings.Trim(value, " \t")
	if !all(value, func(c byte) bool { return c >= 0x20 && c != 0x7f || c == '\t' }) {
		return Field{}, fmt.Errorf("field line %q has control characters in its value", line)
	}
	return Field{name, value}, nil
}

// length is that of the body, 0 if chunked. It refuses what different servers
// would understand differently (RFC 9112 section 6.3, RFC 9110 section 8.6).
func (r *Request) length() (int, error) {
	te, cl := r.Values("Transfer-Encoding"), r.Values("Content-Length")
	switch {
	case len(te) > 0 && len(cl) > 0:
		return 0, fmt.Errorf("both Transfer-Encoding %q and Content-Length %q", te, cl)
	case len(te) > 0 && r.Proto != "HTTP/1.1":
		return 0, fmt.Errorf("Transfer-Encoding %q in a message of version 1.0", te)
	case len(te) > 1 || len(te) == 1 && !strings.EqualFold(te[0], "chunked"):
		return 0, fmt.Errorf("Transfer-Encoding %q", te)
	case len(te) == 1 || len(cl) == 0:
		return 0, nil
	case len(cl) > 1 || cl[0] == "" || strings.Trim(cl[0], "0123456789") != "":
		return 0, fmt.Errorf("Content-Length %q", cl)
	}
	n, err := strconv.ParseInt(cl[0], 10, 63)
	if err != nil {
		return 0, fmt.Errorf("Content-Length %q: %w", cl, err)
	}
	return int(n), nil
}

// isToken says whether s is a token (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	return s != "" && all(s, func(c byte) bool {
		return c > 0x20 && c < 0x7f && !strings.ContainsRune("\"(),/:;<=>?@[\\]{}", rune(c))
	})
}

func all(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

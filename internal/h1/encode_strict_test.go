package h1_test

import (
	"errors"
	"strings"
)

// A strict request parser for the tests of the writing side, written from the
// grammar of RFC 9112 sections 3 and 5 and sharing nothing with the encoder.

type pair struct{ name, value string }

type message struct {
	method, target string
	fields         []pair
}

const (
	alnum     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	tokenText = alnum + "!#$%&'*+-.^_`|~"
)

// only says whether s is not empty and made of octets of set.
func only(s, set string) bool {
	for i := range len(s) {
		if strings.IndexByte(set, s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

// readStrictly takes one request head off the front of b.
func readStrictly(b string) (m message, rest string, err error) {
	line, rest, ok := strings.Cut(b, "\r\n")
	if !ok {
		return m, b, errors.New("no request line")
	}
	parts := strings.Split(line, " ")
	if len(parts) != 3 || parts[2] != "HTTP/1.1" || !only(parts[0], tokenText) || parts[1] == "" {
		return m, b, errors.New("request line " + line)
	}
	for i := range len(parts[1]) {
		if c := parts[1][i]; c < '!' || c > '~' {
			return m, b, errors.New("request target " + parts[1])
		}
	}
	m.method, m.target = parts[0], parts[1]
	m.fields, rest, err = readFieldsStrictly(rest)
	return m, rest, err
}

// readFieldsStrictly takes a field block and its empty line.
func readFieldsStrictly(b string) (list []pair, rest string, err error) {
	for {
		line, rest, ok := strings.Cut(b, "\r\n")
		if !ok {
			return nil, b, errors.New("no end of line")
		}
		if line == "" {
			return list, rest, nil
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !only(name, tokenText) {
			return nil, b, errors.New("field name in " + line)
		}
		value, ok = strings.CutPrefix(value, " ")
		if !ok || strings.Trim(value, " \t") != value || strings.ContainsFunc(value, control) {
			return nil, b, errors.New("field value in " + line)
		}
		list = append(list, pair{name, value})
		b = rest
	}
}

func control(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

//go:build interop

package interop

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
)

// checkParts takes a multipart/byteranges body apart (RFC 9110 section 14.6).
func checkParts(a *answer, parts ...[]byte) error {
	boundary := ""
	if a.header != nil {
		kind, params, err := mime.ParseMediaType(a.header("Content-Type"))
		if err != nil || kind != "multipart/byteranges" {
			return fmt.Errorf("type %q: %v", a.header("Content-Type"), err)
		}
		boundary = params["boundary"]
	} else { // the command leaves the body only; its first line has it
		line, _, _ := bytes.Cut(bytes.TrimLeft(a.body, "\r\n"), []byte("\r\n"))
		boundary = string(bytes.TrimPrefix(line, []byte("--")))
	}
	r := multipart.NewReader(bytes.NewReader(a.body), boundary)
	for i, want := range parts {
		p, err := r.NextRawPart()
		if err != nil {
			return fmt.Errorf("part %d: %w", i, err)
		}
		if got, err := io.ReadAll(p); err != nil || !bytes.Equal(got, want) {
			return fmt.Errorf("part %d is wrong: %d octets, %v", i, len(got), err)
		}
	}
	if _, err := r.NextRawPart(); err != io.EOF {
		return fmt.Errorf("more parts than asked for: %v", err)
	}
	return nil
}

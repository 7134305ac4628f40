package dugonghttp

import (
	"bytes"
	"io"
	"reflect"
	"strings"

	"github.com/dugong-http/dugong"
)

// maxAtOnce bounds the bodies that are sent in one piece with their head.
const maxAtOnce = 16 << 10

var nopClosers = [...]reflect.Type{
	reflect.TypeOf(io.NopCloser(struct{ io.Reader }{})),
	reflect.TypeOf(io.NopCloser(struct {
		io.Reader
		io.WriterTo
	}{})),
}

// inMemory tells whether reading r takes no time. It sees through what
// http.NewRequest puts around the readers that it knows.
func inMemory(r io.Reader) bool {
	switch r.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return true
	}
	for _, t := range nopClosers {
		if reflect.TypeOf(r) == t {
			inner, ok := reflect.ValueOf(r).Field(0).Interface().(io.Reader)
			return ok && inMemory(inner)
		}
	}
	return false
}

// sendAtOnce sends a small body that is in memory together with the head: one
// write, and no goroutine. It reports false if the body is not one of these.
func (k *call) sendAtOnce() (done bool, err error) {
	x := k.x
	if x.expect || x.length <= 0 || x.length > maxAtOnce || !inMemory(x.body.r) {
		return false, nil
	}
	x.spent = true
	p := make([]byte, x.length+1)
	n, err := io.ReadFull(x.body, p)
	x.body.Close()
	if err != io.ErrUnexpectedEOF && err != io.EOF && err != nil || int64(n) != x.length {
		k.final = true
		k.c.origin.release(k.c)
		return true, k.fail(dugong.NotProcessed, badLength(x.length, int64(n)))
	}
	x.body.atOnce = p[:n]
	x.scratch.wire.Body = dugong.BodyBytes(x.body.atOnce)
	if err := k.c.send(k); err != nil {
		return true, err
	}
	if k.up != nil {
		k.start()
	} else {
		k.wrote(nil)
	}
	return true, nil
}

// rest makes the upload of a body of which the connection took sent octets with
// the head.
func (k *call) rest(sent int64) *upload {
	x := k.x
	k.c.d.SetWriteContext(x.ctx)
	return &upload{
		k: k, x: x, ctx: x.ctx, body: &requestBody{r: bytes.NewReader(x.body.atOnce[sent:]), c: io.NopCloser(nil)},
		wait: make(chan bool, 1), sum: sent,
	}
}

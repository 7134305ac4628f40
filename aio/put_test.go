package aio_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

const (
	puts    = 500
	putSize = 100_000
)

func putBody(i int) []byte { return bytes.Repeat([]byte{byte(i), byte(i >> 8), '~'}, putSize/3) }

// echo gives back what was put, when all of it is there.
func echo(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(b)))
	w.Write(b)
}

// Fifty megabytes each way past a server that does one thing at a time: two
// tasks of one loop do it.
func TestPutSenderAndReader(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		l := newLoop(t)
		c := newConn(t, serve(t, m, echo), &dugong.Config{TLS: m.ClientTLS(), ReaderWaits: true})
		send := do(l, func(ctx context.Context) error {
			for i := range puts {
				if err := c.SendRequest(ctx, &dugong.Request{Method: "PUT", Body: dugong.BodyBytes(putBody(i))}); err != nil {
					return err
				}
			}
			return c.Flush(ctx)
		})
		read := do(l, func(ctx context.Context) error {
			sum := sha256.New()
			for i := range puts {
				resp, err := c.ReadResponse(ctx)
				if err != nil {
					return err
				}
				sum.Reset()
				if _, err := io.Copy(sum, resp.Body); err != nil {
					return err
				}
				if want := sha256.Sum256(putBody(i)); !bytes.Equal(sum.Sum(nil), want[:]) {
					return fmt.Errorf("answer %d is wrong", i)
				}
			}
			c.Close()
			return nil
		})
		run(t, l)
		ok(t, send)
		ok(t, read)
	})
}

// The control: who sends everything first is told so instead of being stuck.
func TestPutEverythingFirst(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		l := newLoop(t)
		c := newConn(t, serve(t, m, echo), &dugong.Config{TLS: m.ClientTLS()})
		send := do(l, func(ctx context.Context) error {
			defer c.Close()
			for i := range puts {
				if err := c.SendRequest(ctx, &dugong.Request{Method: "PUT", Body: dugong.BodyBytes(putBody(i))}); err != nil {
					return err
				}
			}
			return errors.New("all of it was sent")
		})
		run(t, l)
		if _, err := send.Result(); !errors.Is(err, dugong.ErrPipelineFull) {
			t.Error(err)
		}
	})
}

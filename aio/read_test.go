package aio_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
	"github.com/dugong-http/dugong/internal/wiretest"
	"golang.org/x/net/html"
)

// Readers that know nothing of tasks are suspended in the middle of what they
// do: the rest of the body does not come before another task of the loop has
// seen to it.
func TestReadersSuspend(t *testing.T) {
	readers := map[string]struct {
		pieces []string
		read   func(io.Reader) ([]string, error)
		want   []string
	}{
		"io.Copy":        {[]string{"ab", "c", "def"}, copied, []string{"abcdef"}},
		"json.Decoder":   {[]string{`{"a":"o`, `ne"}{"a"`, `:"two"`, "}"}, decoded, []string{"one", "two"}},
		"bufio.Scanner":  {[]string{"one\ntw", "o\n", "three"}, scanned, []string{"one", "two", "three"}},
		"html.Tokenizer": {[]string{"<p><a hr", `ef="/x">x</`, `a><a href='`, "/y'>"}, tokenized, []string{"/x", "/y"}},
	}
	for name, r := range readers {
		t.Run(name, func(t *testing.T) {
			wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
				l := newLoop(t)
				next := make(chan nothing, len(r.pieces))
				c := newConn(t, serve(t, m, func(w http.ResponseWriter, _ *http.Request) {
					for _, p := range r.pieces {
						<-next
						io.WriteString(w, p)
						w.(http.Flusher).Flush()
					}
				}), &dugong.Config{TLS: m.ClientTLS()})
				f := aio.Go(bg, l, func(ctx context.Context) ([]string, error) {
					if err := c.SendRequest(ctx, &dugong.Request{}); err != nil {
						return nil, err
					}
					resp, err := c.ReadResponse(ctx)
					if err != nil {
						return nil, err
					}
					return r.read(resp.Body)
				})
				do(l, func(ctx context.Context) error {
					for range r.pieces {
						aio.Sleep(ctx, 2*time.Millisecond)
						next <- nothing{}
					}
					return nil
				})
				run(t, l)
				if got := ok(t, f); !slices.Equal(got, r.want) {
					t.Errorf("%q", got)
				}
			})
		})
	}
}

func copied(r io.Reader) ([]string, error) {
	var b strings.Builder
	_, err := io.Copy(&b, r)
	return []string{b.String()}, err
}

func decoded(r io.Reader) (all []string, err error) {
	for d := json.NewDecoder(r); ; {
		var v struct{ A string }
		if err := d.Decode(&v); err == io.EOF {
			return all, nil
		} else if err != nil {
			return all, err
		}
		all = append(all, v.A)
	}
}

func scanned(r io.Reader) (all []string, err error) {
	s := bufio.NewScanner(r)
	for s.Scan() {
		all = append(all, s.Text())
	}
	return all, s.Err()
}

func tokenized(r io.Reader) (all []string, err error) {
	for z := html.NewTokenizer(r); ; {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() == io.EOF {
				return all, nil
			}
			return all, z.Err()
		case html.StartTagToken:
			for _, a := range z.Token().Attr {
				all = append(all, a.Val)
			}
		}
	}
}

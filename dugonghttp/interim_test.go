package dugonghttp_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

// listeners sends GETs over one Transport in a bubble, with a hook for 1xx
// responses where one is given, as httputil.ReverseProxy has for each request.
type listeners struct {
	t   *testing.T
	c   *http.Client
	wg  sync.WaitGroup
	mu  sync.Mutex
	got map[string]result
}

type hook = func(status int, header textproto.MIMEHeader) error

func (a *listeners) ask(ctx context.Context, path string, f hook) {
	a.wg.Go(func() {
		if f != nil {
			ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: f})
		}
		_, body, err := fetch(a.c, get(a.t, "http://h.example"+path).WithContext(ctx))
		a.mu.Lock()
		defer a.mu.Unlock()
		a.got[path] = result{path, body, err}
	})
	synctest.Wait()
}

func (a *listeners) answered(path string) bool {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.got[path]
	return ok
}

func withHooks(t *testing.T, body func(t *testing.T, a *listeners, tr *dugonghttp.Transport), scripts ...wiretest.Script) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{t: t, scripts: scripts}
		tr := &dugonghttp.Transport{Depth: 8, DialContext: p.dial, HeadOfLineLimit: -1}
		a := &listeners{t: t, c: &http.Client{Transport: tr}, got: map[string]result{}}
		body(t, a, tr)
		a.wg.Wait()
		tr.CloseIdleConnections()
	})
}

// Who reads the answers of others does not wait in their hooks, and the hooks
// do not keep requests from sharing a connection.
func TestInterimHookWaits(t *testing.T) {
	withHooks(t, func(t *testing.T, a *listeners, _ *dugonghttp.Transport) {
		heard, goOn := make(chan string, 2), make(chan bool)
		a.ask(t.Context(), "/a", nil)
		a.ask(t.Context(), "/b", func(status int, h textproto.MIMEHeader) error {
			heard <- h.Get("Link")
			<-goOn
			return nil
		})
		a.ask(t.Context(), "/c", nil)
		if link := <-heard; link != "</a>" {
			t.Errorf("the hook heard %q", link)
		}
		if !a.answered("/a") {
			t.Error("/a waits in the hook of /b")
		}
		goOn <- true
		goOn <- true
		a.wg.Wait()
		if len(heard) != 1 {
			t.Errorf("%d more calls of the hook, want 1", len(heard))
		}
		want(t, a.got, "/a", "/b", "/c")
	}, func(p *wiretest.Peer) {
		expect(p, "/a", "/b", "/c")
		p.Send(ok("/a") + hints + hints + ok("/b") + ok("/c"))
		p.ExpectClosed()
	})
}

// The error of a hook is that of its request alone. Those behind are sent
// again, and the server is not to blame.
func TestInterimHookFails(t *testing.T) {
	no := errors.New("no hints here")
	withHooks(t, func(t *testing.T, a *listeners, tr *dugonghttp.Transport) {
		a.ask(t.Context(), "/a", nil)
		a.ask(t.Context(), "/b", func(int, textproto.MIMEHeader) error { return no })
		a.ask(t.Context(), "/c", nil)
		a.wg.Wait()
		want(t, a.got, "/a", "/c")
		if err := a.got["/b"].err; !errors.Is(err, no) {
			t.Errorf("/b: got %v, want the hook's error", err)
		}
		if o := tr.Origins(); len(o) != 1 || o[0].NotPipelined != "" {
			t.Errorf("the origin is blamed: %+v", o)
		}
	}, func(p *wiretest.Peer) {
		expect(p, "/a", "/b", "/c")
		p.Send(ok("/a") + hints)
		p.ExpectClosed()
	}, func(p *wiretest.Peer) {
		serve(p, "/c")
		p.ExpectClosed()
	})
}

// The hook of a request that was given up is not called any more, and its
// neighbours do not notice anything.
func TestInterimHookGivenUp(t *testing.T) {
	withHooks(t, func(t *testing.T, a *listeners, _ *dugonghttp.Transport) {
		ctx, cancel := context.WithCancel(t.Context())
		a.ask(t.Context(), "/a", nil)
		a.ask(ctx, "/b", func(int, textproto.MIMEHeader) error {
			t.Error("the hook of a request that was given up")
			return nil
		})
		cancel()
		synctest.Wait()
		a.ask(t.Context(), "/c", nil)
		a.wg.Wait()
		want(t, a.got, "/a", "/c")
		if err := a.got["/b"].err; !errors.Is(err, context.Canceled) {
			t.Errorf("/b: got %v, want %v", err, context.Canceled)
		}
	}, func(p *wiretest.Peer) {
		expect(p, "/a", "/b", "/c")
		p.Send(ok("/a") + hints + ok("/b") + ok("/c"))
		p.ExpectClosed()
	})
}

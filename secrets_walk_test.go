package dugong_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// walk collects the errors of failing calls that had secrets in their hands.
type walk struct {
	t *testing.T
	m wiretest.Mode
	n int
}

// fails checks the texts of an error of this kind.
func (w *walk) fails(what string, kind, err error) {
	w.t.Helper()
	w.n++
	if !errors.Is(err, kind) {
		w.t.Errorf("%s: %v, want %v", what, err, kind)
	}
	checkTexts(w.t, what, err)
}

// No text of any error shows credentials, user information or the query of a
// target: errors end up in logs.
func TestSecretsInErrors(t *testing.T) {
	n := 0
	eachWait(t, func(t *testing.T, m wiretest.Mode) {
		w := &walk{t: t, m: m}
		w.requests()
		w.answers()
		n += w.n
	})
	w := &walk{t: t}
	w.configs()
	w.ends()
	tally(t, "errors searched for secrets", w.n+n)
}

func (w *walk) configs() {
	login := markUserinfo + ":" + markProxy
	for _, addr := range []string{"http://" + login + "@host/", login + "@host", login + "@host:80", login + "@host:x", login + "@[::1]:80", login + "@host:99999"} {
		_, err := dugong.New(addr, nil)
		w.fails("address "+addr, dugong.ErrInvalidConfig, err)
	}
	for _, u := range []*url.URL{
		secretProxy("ftp", "proxy:1"), secretProxy("http", "pro xy:1"), secretProxy("http", "proxy:99999"), secretProxy("http", ""), secretProxy("socks5", "\x00"),
		{Scheme: "http", Host: "proxy", User: url.UserPassword(markUserinfo+":", markProxy)},
		{Scheme: "http", Host: "proxy", User: url.UserPassword(markUserinfo, markProxy+"\n")},
		{Scheme: "socks5", Host: "proxy", User: url.UserPassword(markUserinfo, strings.Repeat(markProxy, 100))},
	} {
		_, err := dugong.New("origin.test:443", &dugong.Config{Proxy: u, TLS: wiretest.ClientTLS()})
		w.fails("proxy "+u.String(), dugong.ErrInvalidConfig, err)
	}
	for _, f := range []dugong.Field{{Name: "X-Key", Value: markCustom + "\r"}, {Name: "Proxy-Authorization", Value: markProxy + "\x00"}, {Name: "Cookie", Value: "\n" + markCookie}} {
		_, err := dugong.New("origin.test:443", &dugong.Config{Proxy: secretProxy("http", "proxy"), ProxyHeader: dugong.Header{f}, TLS: wiretest.ClientTLS()})
		w.fails("ProxyHeader "+f.Name, dugong.ErrInvalidConfig, err)
	}
}

// requests that are refused before anything is sent.
func (w *walk) requests() {
	c, err := dugong.New("origin.test:80", &dugong.Config{Proxy: secretProxy("http", "proxy.test:1"), Dialer: refusing})
	if err != nil {
		w.t.Fatal(err)
	}
	change := map[string]func(q *dugong.Request){
		"authorization with CR":   func(q *dugong.Request) { q.Header[0].Value += "\r" },
		"cookie with NUL":         func(q *dugong.Request) { q.Header[1].Value = "\x00" + markCookie },
		"value in the name":       func(q *dugong.Request) { q.Header[0].Name = "Authorization: Bearer " + markHeader },
		"secret in a query":       func(q *dugong.Request) { q.Path += " x" },
		"a target with userinfo":  func(q *dugong.Request) { q.Path = "http://" + markUserinfo + ":" + markProxy + "@h/ " },
		"a userinfo in the host":  func(q *dugong.Request) { q.Host = markUserinfo + ":" + markProxy + "@h" },
		"a method and the rest":   func(q *dugong.Request) { q.Method = "GET /?token=" + markQuery },
		"a target without slash":  func(q *dugong.Request) { q.Path = "?token=" + markQuery },
		"fragment":                func(q *dugong.Request) { q.Path += "#x" },
		"CONNECT with userinfo":   func(q *dugong.Request) { q.Method, q.Path = "CONNECT", markUserinfo+":"+markProxy+"@h:1" },
		"proxy authorization too": func(q *dugong.Request) { q.Header.Add("Proxy-Authorization", "Basic "+markProxy+"\n") },
		"a contradiction":         func(q *dugong.Request) { q.Body = dugong.BodyFollowing(-1) },
	}
	for what, f := range change {
		q := secretive("/path")
		f(q)
		w.fails(what, dugong.ErrInvalidRequest, c.SendRequest(w.m.Ctx(w.t), q))
	}
	w.fails("refused connection", dugong.ErrConnectFailed, c.SendRequest(w.m.Ctx(w.t), secretive("/path")))
	ctx, cancel := context.WithCancel(w.m.Ctx(w.t))
	cancel()
	w.fails("canceled", dugong.ErrCanceled, c.SendRequest(ctx, secretive("/path")))
}

// answers that break the rules, some of them echoes of the request.
func (w *walk) answers() {
	echo := func(cut func(raw string) string) wiretest.Script {
		return func(p *wiretest.Peer) {
			if p.TrySend(cut(p.ReadRequest().Raw)) == nil {
				p.Drain()
			}
		}
	}
	for what, script := range map[string]wiretest.Script{
		"echo of all":        echo(func(raw string) string { return raw }),
		"echo of the target": echo(func(raw string) string { return raw[len("POST "):] }),
		"echo of the query":  echo(func(raw string) string { return raw[strings.Index(raw, "token"):] }),
		"echo of the header": echo(func(raw string) string { return raw[strings.Index(raw, "\r\n")+2:] }),
		"echo of a value":    echo(func(raw string) string { return raw[strings.Index(raw, "Bearer"):] }),
		"echo as a field":    echo(func(raw string) string { return "HTTP/1.1 200 OK\r\n" + raw }),
		"echo as a length": echo(func(raw string) string {
			return "HTTP/1.1 200 OK\r\nContent-Length: " + raw[strings.Index(raw, "Bearer"):]
		}),
		"echo as a name": echo(func(raw string) string { return "HTTP/1.1 200 OK\r\n" + raw[strings.Index(raw, "Bearer"):] }),
		"echo as a coding": echo(func(raw string) string {
			return "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + raw[strings.Index(raw, "Bearer"):]
		}),
		"echo as a chunk":         echo(func(raw string) string { return chunkedHead + raw[strings.Index(raw, "session"):] }),
		"echo of the proxy login": echo(func(raw string) string { return raw[strings.Index(raw, "Basic"):] }),
	} {
		srv := wiretest.Serve(w.t, w.m, script)
		r := newRig(w.t, w.m, "origin.test:80", dugong.Config{Proxy: secretProxy("http", srv.Addr)})
		r.send(secretive("/path"))
		resp, err := r.ReadResponse(r.ctx)
		if err == nil {
			_, err = resp.Body.ReadAll()
		}
		if !errors.Is(err, dugong.ErrInvalidResponse) && !errors.Is(err, dugong.ErrUnsupportedResponse) {
			w.t.Errorf("%s: %v", what, err)
		}
		w.fails(what, errors.Unwrap(kindOnly{err}), err)
		_, err = r.ReadResponse(r.ctx)
		w.fails(what+", afterwards", dugong.ErrConnectionClosed, err)
		r.Close()
	}
}

// kindOnly gives the Kind of an error.
type kindOnly struct{ err error }

func (k kindOnly) Error() string { return "" }
func (k kindOnly) Unwrap() error {
	var e *dugong.Error
	if errors.As(k.err, &e) {
		return e.Kind
	}
	return k.err
}

// ends of connections with such a request in flight.
func (w *walk) ends() {
	for _, a := range accidents {
		inBubble(w.t, wiretest.TLS, func(t *testing.T) {
			inner := &walk{t: t}
			goOn := newStep()
			r := piped(t, wiretest.TLS, dugong.Config{Timeout: time.Minute}, 0, func(p *wiretest.Peer, f *faulty) {
				p.ReadRequest()
				p.Send("HTTP/1.1 200 OK\r\nSet-Cookie: " + markCookie + "\r\n")
				switch a {
				case byEOF, byCut:
					p.CloseAbruptly()
				case byReset:
					f.reset.Store(true)
					p.CloseAbruptly()
				default:
					p.Wait(goOn)
				}
			})
			r.send(secretive("/path"))
			ctx, stop := responseRow{a: a}.happen(r)
			_, err := r.ReadResponse(ctx)
			stop()
			kind, _, _ := a.cause()
			inner.fails(string(a), kind, err)
			inner.fails(string(a)+", second body", dugong.ErrState, second(r))
			goOn.tell()
			r.Close()
			inner.fails("closed", dugong.ErrConnectionClosed, r.SendRequest(r.ctx, secretive("/path")))
			w.n += inner.n
		})
	}
}

// second is the error of writing where no body is open.
func second(r *rig) error {
	_, err := r.Write([]byte(markHeader))
	return err
}

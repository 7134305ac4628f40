package dugong_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// wantPhase checks the phase of an error and that its text names it, and no secret.
func (r *rig) wantPhase(err error, kind error, phase dugong.Phase) *dugong.Error {
	r.t.Helper()
	e := r.wantErr(err, kind)
	if e.Phase != phase || !strings.Contains(e.Error(), "["+string(phase)+"]") || strings.Contains(e.Error(), "SECRET") {
		r.t.Errorf("%v: phase %q, want %q", e, e.Phase, phase)
	}
	return e
}

const secretPath = "/path?key=SECRET"

// Every phase at which time may run out is named.
func TestContractErrorsTimeoutPhases(t *testing.T) {
	never := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	stuck := func(p *wiretest.Peer) { // takes nothing for longer than anybody waits
		<-time.After(time.Minute)
		p.Drain()
	}
	silent := func(p *wiretest.Peer) { p.Drain() }
	proxy := &url.URL{Scheme: "http", Host: "proxy.test:3128", User: url.UserPassword("user", "SECRET")}
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, n, a string) (net.Conn, error) { return never(ctx, n, a) }}
	ended, cancel := cancelledContext()
	resolver.LookupHost(ended, "origin.test") // package net makes its state now, outside the bubbles
	cancel()
	for phase, c := range map[dugong.Phase]struct {
		cfg    dugong.Config
		script wiretest.Script
		do     func(*rig) error
	}{
		dugong.PhaseResolve: {dugong.Config{Resolver: resolver}, nil, sendIt},
		dugong.PhaseDial:    {dugong.Config{Dialer: never}, nil, sendIt},
		dugong.PhaseProxy:   {dugong.Config{Proxy: proxy, TLS: &tls.Config{}}, silent, sendIt},
		dugong.PhaseTLS:     {dugong.Config{TLS: &tls.Config{}}, silent, sendIt},
		dugong.PhaseWrite: {dugong.Config{}, stuck, func(r *rig) error {
			return r.SendRequest(r.ctx, put(secretPath, dugong.BodyReader(endless(1<<20), 1<<20)))
		}},
		dugong.PhaseWait100: {dugong.Config{ContinueTimeout: -1}, silent, func(r *rig) error {
			q := expecting(secretPath, 1)
			r.send(q)
			_, err := r.ReadResponse(r.ctx)
			return err
		}},
		dugong.PhaseHead: {dugong.Config{}, silent, func(r *rig) error {
			r.get(secretPath)
			_, err := r.ReadResponse(r.ctx)
			return err
		}},
		dugong.PhaseBody: {dugong.Config{}, func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")
			p.ExpectClosed()
		}, func(r *rig) error {
			r.get(secretPath)
			got, err := r.read(secretPath, 200).Body.ReadAll()
			r.same(got, []byte("abc"))
			return err
		}},
	} {
		t.Run(string(phase), func(t *testing.T) {
			runPhase(t, c.cfg, c.script, func(r *rig) {
				begin := time.Now()
				e := r.wantPhase(c.do(r), dugong.ErrConnectionTimedOut, phase)
				if d := time.Since(begin); d != 7*time.Second {
					t.Errorf("it took %v", d)
				}
				if !errors.Is(e, os.ErrDeadlineExceeded) || !e.Timeout() || !e.Temporary() || e.Fault != dugong.FaultNetwork {
					t.Errorf("%v: fault %s", e, e.Fault)
				}
			})
		})
	}
}

// runPhase runs body in a bubble against one script; TLS is the client's alone.
func runPhase(t *testing.T, cfg dugong.Config, script wiretest.Script, body func(*rig)) {
	t.Helper()
	cfg.Timeout = 7 * time.Second
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		inBubble(t, m, func(t *testing.T) {
			cfg := cfg
			if cfg.Dialer == nil && script != nil {
				cfg.Dialer = pipes(t, m, []wiretest.Script{script})
			}
			c, err := dugong.New("origin.test:1", &cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			body(&rig{c, t, m, bubbleContext(t)})
		})
	}, wiretest.PlainModes("", wiretest.Clock)...)
}

func sendIt(r *rig) error { return r.SendRequest(r.ctx, get(secretPath)) }

// The phase queue: a reader that waits for a request of a sender.
func TestContractErrorsQueuePhase(t *testing.T) {
	plainBubble(t, dugong.Config{ReaderWaits: true}, func(r *rig) {
		ctx, cancel := context.WithTimeout(r.ctx, time.Second)
		defer cancel()
		_, err := r.ReadResponse(ctx)
		r.wantPhase(err, dugong.ErrCanceled, dugong.PhaseQueue)
	})
}

// No text shows a query, user information, a cookie or a credential.
func TestContractErrorsNoSecrets(t *testing.T) {
	secret := dugong.Header{{Name: "Authorization", Value: "Bearer SECRET\x01"}}
	for name, q := range map[string]*dugong.Request{
		"query, refused":          {Path: "/a b?SECRET"},
		"absolute form, refused":  {Path: "http://u:SECRET@h.test/a b"},
		"user information":        {Path: "http://u:SECRET@h.test/a?SECRET"},
		"credential, refused":     {Path: secretPath, Header: secret},
		"cookie, refused":         {Path: secretPath, Header: dugong.Header{{Name: "Cookie", Value: "SECRET\r\n"}}},
		"proxy credential":        {Path: secretPath, Header: dugong.Header{{Name: "Proxy-Authorization", Value: "SECRET\n"}}},
		"query behind a fragment": {Path: "/x#?SECRET"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, wiretest.Plain, "127.0.0.1:9", dugong.Config{})
			e := r.refuses(q, dugong.ErrInvalidRequest)
			if strings.Contains(e.Error(), "SECRET") {
				t.Errorf("%v", e)
			}
		})
	}
	for _, path := range []string{secretPath, "http://h.test/a?SECRET"} {
		both(t, dugong.Config{}, func(r *rig) {
			r.send(&dugong.Request{Path: path})
			e := r.fails(dugong.ErrConnectionClosed)
			if strings.Contains(e.Error(), "SECRET") || !strings.Contains(e.Error(), "?...") {
				r.t.Errorf("%v", e)
			}
			e = r.refuses(get("/"), dugong.ErrConnectionClosed)
			if strings.Contains(e.Error(), "SECRET") {
				r.t.Errorf("%v", e)
			}
		}, func(p *wiretest.Peer) {
			p.ReadRequest()
			p.CloseWrite()
			p.ExpectClosed()
		})
	}
}

// Bad addresses and values are refused by New, without any I/O.
func TestContractErrorsConfig(t *testing.T) {
	for _, addr := range []string{"", ":80", "h:0", "h:65536", "h:-1", "h:x", "h:", "http://h", "h/path", "[::1", "::1]:80", "u@h", "h h", "unix:", "h\r\n"} {
		_, err := dugong.New(addr, nil)
		var e *dugong.Error
		if !errors.As(err, &e) || !errors.Is(err, dugong.ErrInvalidConfig) || e.Fault != dugong.FaultCaller {
			t.Errorf("New(%q): %v", addr, err)
		}
	}
	for _, u := range []string{"ftp://h", "http://", "http://h:0", "//h"} {
		proxy, err := url.Parse(u)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dugong.New("h", &dugong.Config{Proxy: proxy}); !errors.Is(err, dugong.ErrInvalidConfig) {
			t.Errorf("proxy %s: %v", u, err)
		}
	}
	if _, err := dugong.Dial(context.Background(), "h:0", nil); !errors.Is(err, dugong.ErrInvalidConfig) {
		t.Error(err)
	}
}

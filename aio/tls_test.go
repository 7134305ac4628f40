package aio_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// TLS beside the data, in tasks: what the peer sends of its own accord comes
// while a task is suspended, and is dealt with when it is resumed.

// whole gets the document / and all of its body.
func whole(ctx context.Context, c *dugong.Conn) (string, error) {
	if err := c.SendRequest(ctx, &dugong.Request{}); err != nil {
		return "", err
	}
	resp, err := c.ReadResponse(ctx)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

// A renegotiation (TLS 1.2) is refused while the task waits for its answer.
func TestRenegotiationIsRefused(t *testing.T) {
	l := newLoop(t)
	s := wiretest.StartOpenSSL(t, "-tls1_2")
	c := newConn(t, s.Addr, &dugong.Config{TLS: wiretest.ClientTLS()})
	f := do(l, func(ctx context.Context) error { return get(ctx, c) })
	aio.GoBlocking(bg, l, func(context.Context) (nothing, error) {
		s.Until("GET / ")
		s.Say("R\n")
		return nothing{}, nil
	})
	run(t, l)
	_, err := f.Result()
	var e *dugong.Error
	if !errors.As(err, &e) || !errors.Is(err, dugong.ErrTLS) || e.Fault != dugong.FaultPeer || e.MaybeProcessed != 1 ||
		e.NotProcessed != 0 || !strings.Contains(err.Error(), "renegotiation") {
		t.Error(err)
	}
	c.Close()
}

// New keys of the server (RFC 8446 section 4.6.3), with and without asking for
// ours: before the answer, in the middle of one, and on the idle connection.
func TestKeyUpdate(t *testing.T) {
	for _, key := range []string{"k", "K"} {
		t.Run(key, func(t *testing.T) { keyUpdates(t, key) })
	}
}

func keyUpdates(t *testing.T, key string) {
	l := newLoop(t)
	s := wiretest.StartOpenSSL(t, "-tls1_3")
	c := newConn(t, s.Addr, &dugong.Config{TLS: wiretest.ClientTLS()})
	update := func() { s.Command(key, "SSL_do_handshake -> 1") }
	half, first, idle := make(chan struct{}), make(chan struct{}), make(chan struct{})
	f := do(l, func(ctx context.Context) error {
		defer c.Close()
		if err := c.SendRequest(ctx, &dugong.Request{}); err != nil {
			return err
		}
		resp, err := c.ReadResponse(ctx)
		if err != nil {
			return err
		}
		hello := make([]byte, 7)
		if _, err := io.ReadFull(resp.Body, hello); err != nil {
			return err
		}
		close(half)
		rest, err := io.ReadAll(resp.Body)
		if string(hello)+string(rest) != "hello, there" || err != nil {
			return fmt.Errorf("%q, %q, %w", hello, rest, err)
		}
		close(first)
		if err := dugong.Await(ctx, idle); err != nil {
			return err
		}
		if got, err := whole(ctx, c); got != "again" || err != nil {
			return fmt.Errorf("%q, %w", got, err)
		}
		return nil
	})
	aio.GoBlocking(bg, l, func(context.Context) (nothing, error) {
		s.Until("GET / ")
		update()
		s.Say("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello, ")
		<-half // otherwise it might read the key with this
		update()
		s.Say("there")
		<-first
		update()
		close(idle)
		s.Until("GET / ")
		s.Say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain")
		return nothing{}, nil
	})
	run(t, l)
	ok(t, f)
}

// Tickets come after the handshake, to a task that waits for an answer; the
// next connection uses one.
func TestTickets(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) { tickets(t, version) })
	}
}

func tickets(t *testing.T, version uint16) {
	l := newLoop(t)
	answer := func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		p.ExpectClosed()
	}
	giving := wiretest.ServerTLS(0, 0)
	giving.SessionTicketsDisabled = false
	srv := wiretest.Setup{Mode: wiretest.TLS, ServerTLS: giving}.Serve(t, answer, answer)
	cfg := wiretest.ClientTLS()
	cfg.MaxVersion, cfg.ClientSessionCache = version, tls.NewLRUClientSessionCache(1)
	f := do(l, func(ctx context.Context) error {
		for i := range 2 {
			c := newConn(t, srv.Addr, &dugong.Config{TLS: cfg})
			defer c.Close()
			if got, err := whole(ctx, c); err != nil || got != "ok" {
				return fmt.Errorf("%q, %w", got, err)
			}
			if state, _ := c.TLS(); state.DidResume != (i == 1) || state.Version != version {
				t.Errorf("connection %d: resumed %v, version %x", i, state.DidResume, state.Version)
			}
			c.Close()
		}
		return nil
	})
	run(t, l)
	ok(t, f)
}

// A body until close is whole with a close_notify, and only then; ours is sent.
func TestCloseNotify(t *testing.T) {
	l := newLoop(t)
	const head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
	srv := wiretest.Serve(t, wiretest.TLS,
		func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send(head + "whole")
			p.CloseNotify()
			p.ExpectCloseNotify()
		},
		func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send(head + "cut")
			p.Truncate()
		})
	do(l, func(ctx context.Context) error {
		for _, want := range []struct {
			body string
			err  error
		}{{"whole", nil}, {"cut", dugong.ErrConnectionClosed}} {
			c := newConn(t, srv.Addr, &dugong.Config{TLS: wiretest.ClientTLS()})
			if got, err := whole(ctx, c); got != want.body || !errors.Is(err, want.err) {
				t.Errorf("%q, %v; want %q, %v", got, err, want.body, want.err)
			}
			c.Close()
		}
		return nil
	})
	run(t, l)
}

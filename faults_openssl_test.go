package dugong_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// An sServer is a running openssl s_server with a connection from us.
type sServer struct{ *wiretest.OpenSSL }

func startOpenSSL(t *testing.T, version string) sServer {
	t.Helper()
	return sServer{wiretest.StartOpenSSL(t, version)}
}

// answer waits for the request and answers it.
func (s sServer) answer(path, body string) {
	s.Until("GET " + path + " ")
	s.Say(ok([]byte(body)))
}

// eachTLS runs f under TLS, in every way to wait.
func eachTLS(t *testing.T, f func(t *testing.T, m wiretest.Mode)) {
	t.Helper()
	wiretest.Each(t, f, wiretest.TLSModes(wiretest.Waits()...)...)
}

func (s sServer) rig(t *testing.T, m wiretest.Mode) *rig {
	return newRig(t, m, s.Addr, dugong.Config{})
}

// KeyUpdate, with and without a request for ours (RFC 8446 section 4.6.3), on an
// idle connection, before an answer and in the middle of one.
func TestFaultsKeyUpdate(t *testing.T) {
	for _, key := range []string{"k", "K"} {
		eachTLS(t, func(t *testing.T, m wiretest.Mode) {
			s := startOpenSSL(t, "-tls1_3")
			r := s.rig(t, m)
			r.get("/a")
			s.answer("/a", "first")
			r.wantBody(r.read("/a", 200), []byte("first"))
			s.Command(key, "SSL_do_handshake -> 1")
			r.get("/b") // on the idle connection
			s.Until("GET /b ")
			s.Command(key, "SSL_do_handshake -> 1")
			s.Say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
			resp := r.read("/b", 200)
			half := make([]byte, 5)
			if _, err := io.ReadFull(resp.Body, half); err != nil || string(half) != "hello" {
				t.Fatalf("%q, %v", half, err)
			}
			s.Command(key, "SSL_do_handshake -> 1")
			s.Say("there")
			r.wantBody(resp, []byte("there"))
			for i := range 20 {
				s.Command(key, "SSL_do_handshake -> 1")
				path := fmt.Sprint("/", i)
				r.get(path)
				s.answer(path, path)
				r.wantBody(r.read(path, 200), []byte(path))
			}
			tally(t, "KeyUpdates by openssl", 23)
		})
	}
}

// A renegotiation is refused (TLS 1.2): while an answer is awaited the request
// may have been processed, on an idle connection the next one is not sent.
func TestFaultsRenegotiation(t *testing.T) {
	eachTLS(t, func(t *testing.T, m wiretest.Mode) { // awaiting an answer
		s := startOpenSSL(t, "-tls1_2")
		r := s.rig(t, m)
		r.get("/a")
		s.Until("GET /a ")
		s.Say("R\n")
		_, err := r.ReadResponse(r.ctx)
		e := r.wantErr(err, dugong.ErrTLS)
		if e.Fault != dugong.FaultPeer || e.MaybeProcessed != 1 || e.NotProcessed != 0 || !strings.Contains(e.Error(), "renegotiation") {
			t.Errorf("%v: fault %s", e, e.Fault)
		}
	})
	eachTLS(t, func(t *testing.T, m wiretest.Mode) { // idle
		s := startOpenSSL(t, "-tls1_2")
		r := s.rig(t, m)
		r.get("/a")
		s.answer("/a", "first")
		r.wantBody(r.read("/a", 200), []byte("first"))
		s.Command("R", "SSL_do_handshake -> ")
		e := r.refuses(get("/b"), dugong.ErrTLS)
		if e.MaybeProcessed+e.NotProcessed != 0 || len(r.Unanswered()) != 0 {
			t.Errorf("%v", e)
		}
		r.Close()
		s.TrySay("Q\n") // unless it has ended with its only connection
		for _, line := range s.Rest() {
			if strings.Contains(line, "GET /b") {
				t.Error("the request was sent")
			}
		}
	})
	tally(t, "renegotiations by openssl", 2*len(wiretest.Waits()))
}

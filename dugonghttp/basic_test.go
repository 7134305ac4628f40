package dugonghttp_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// What goes out and what comes back, plain and under TLS, on one connection.
func TestExchanges(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Trailer", "X-Sum")
		w.Header().Set("X-Peer", r.RemoteAddr)
		w.Header().Set("X-Trailer", r.Trailer.Get("X-Up"))
		w.Header().Set("X-Fields", strings.Join([]string{r.Header.Get("Accept-Encoding"), r.Header.Get("Connection"), r.Host}, "|"))
		io.WriteString(w, r.Method+" "+r.RequestURI+" "+string(body))
		w.Header().Set("X-Sum", "42")
	})
	for _, tls := range []bool{false, true} {
		srv := httptest.NewUnstartedServer(handler)
		if srv.Start(); tls {
			srv.Close()
			srv = httptest.NewTLSServer(handler)
		}
		t.Cleanup(srv.Close)
		c := client(t, &dugonghttp.Transport{TLSClientConfig: tlsOf(srv)})
		peers := map[string]bool{}
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "GET"} {
			var body io.Reader
			want := method + " /a%20b?q=%22 "
			if method[0] == 'P' {
				body, want = io.MultiReader(strings.NewReader("one"), strings.NewReader("two")), want+"onetwo"
			}
			req := request(t, method, srv.URL+"/a%20b?q=\"", body)
			req.URL.RawQuery = "q=%22"
			if body != nil {
				req.Trailer = http.Header{"X-Up": {"down"}}
			}
			resp, err := c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			if err != nil || string(got) != want {
				t.Errorf("%s: got %q, %v; want %q", method, got, err, want)
			}
			if sum := resp.Trailer.Get("X-Sum"); sum != "42" {
				t.Errorf("%s: trailer %q", method, sum)
			}
			if up := resp.Header.Get("X-Trailer"); body != nil && up != "down" {
				t.Errorf("%s: the server saw the trailer %q", method, up)
			}
			if f := resp.Header.Get("X-Fields"); f != "gzip||"+req.URL.Host {
				t.Errorf("%s: the server saw the fields %q", method, f)
			}
			if (resp.TLS != nil) != tls {
				t.Errorf("%s: TLS is %v", method, resp.TLS)
			}
			resp.Body.Close()
			peers[resp.Header.Get("X-Peer")] = true
		}
		if len(peers) != 1 {
			t.Errorf("%d connections were used, want one", len(peers))
		}
	}
}

func tlsOf(srv *httptest.Server) *tls.Config {
	if srv.TLS == nil {
		return nil
	}
	return srv.Client().Transport.(*http.Transport).TLSClientConfig
}

// A connection that was closed while idle costs nothing but another attempt,
// whatever the method.
func TestStaleConnection(t *testing.T) {
	closed := make(chan struct{})
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send(ok("one"))
		p.Close()
		close(closed)
	}, func(p *wiretest.Peer) {
		if r := p.ReadRequest(); r.Method != "POST" {
			p.Fatalf("got %s", r.Method)
		}
		p.Send(ok("two"))
		p.ExpectClosed()
	})
	var retries []dugonghttp.Retry
	c := client(t, &dugonghttp.Transport{OnRetry: func(r dugonghttp.Retry) { retries = append(retries, r) }})
	if _, body, err := fetch(c, get(t, "http://"+srv.Addr)); body != "one" || err != nil {
		t.Fatal(body, err)
	}
	<-closed
	if _, body, err := fetch(c, request(t, "POST", "http://"+srv.Addr, strings.NewReader("x"))); body != "two" || err != nil {
		t.Fatal(body, err)
	}
	if len(retries) > 1 || len(retries) == 1 && dugonghttp.Verdict(retries[0].Err) != dugong.NotProcessed {
		t.Errorf("retries: %v", retries)
	}
	c.CloseIdleConnections()
}

// A POST that may have been processed is not sent again, and its error says so.
func TestPostIsNotRepeated(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send(ok("one"))
		p.ReadRequest()
		p.Close()
	})
	c := client(t, &dugonghttp.Transport{})
	if _, _, err := fetch(c, get(t, "http://"+srv.Addr)); err != nil {
		t.Fatal(err)
	}
	_, _, err := fetch(c, request(t, "POST", "http://"+srv.Addr, strings.NewReader("x")))
	var e *dugonghttp.Error
	if !errors.As(err, &e) || dugonghttp.Verdict(err) != dugong.MaybeProcessed || !errors.Is(err, dugong.ErrConnectionClosed) {
		t.Errorf("got %#v, want a loss of a request that may have been processed", err)
	}
}

// A GET on a used connection is sent again, once the connection is lost.
func TestGetIsRepeated(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send(ok("one"))
		p.ReadRequest()
		p.Close()
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send(ok("two"))
		p.ExpectClosed()
	})
	c := client(t, &dugonghttp.Transport{})
	for _, want := range []string{"one", "two"} {
		if _, body, err := fetch(c, get(t, "http://"+srv.Addr)); body != want || err != nil {
			t.Fatal(body, err)
		}
	}
	c.CloseIdleConnections()
}

package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/examples/thirdparty/internal/watch"
	"github.com/dugong-http/dugong/examples/thirdparty/oauth"
)

// An api gives tokens and serves whoever has the latest one.
type api struct {
	t      *testing.T
	issued atomic.Int32
	refuse atomic.Bool
	stuck  chan bool
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/token" && a.refuse.Load():
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"error":"invalid_client"}`)
	case r.URL.Path == "/token":
		a.token(w, r)
	case r.Header.Get("Authorization") != fmt.Sprint("Bearer token", a.issued.Load()):
		http.Error(w, "wrong token", http.StatusUnauthorized)
	case r.URL.Path == "/stuck":
		a.stuck <- true
		<-r.Context().Done()
	default:
		io.WriteString(w, r.URL.Path)
	}
}

// token gives a first token that has as good as run out.
func (a *api) token(w http.ResponseWriter, r *http.Request) {
	if id, secret, _ := r.BasicAuth(); r.Method != "POST" || r.FormValue("grant_type") != "client_credentials" || id != "id" || secret != "secret" {
		a.t.Errorf("a request for a token: %s by %s with %v", r.Method, id, r.Form)
	}
	life := 3600
	n := a.issued.Add(1)
	if n == 1 {
		life = 1
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"token%d","token_type":"Bearer","expires_in":%d}`, n, life)
}

func client(t *testing.T, tr *dugonghttp.Transport) (*api, *watch.Server, *http.Client) {
	a := &api{t: t, stuck: make(chan bool, 1)}
	server := watch.Serve(t, a)
	return a, server, oauth.New(t.Context(), &clientcredentials.Config{
		ClientID: "id", ClientSecret: "secret", TokenURL: server.URL + "/token", AuthStyle: oauth2.AuthStyleInHeader,
	}, tr)
}

func want(t *testing.T, c *http.Client, base, path string) {
	resp, err := c.Get(base + path)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != path {
		t.Errorf("%s: %s, %q, %v", path, resp.Status, b, err)
	}
}

// A token is got anew once, and the requests that carry it share a connection.
func TestTokens(t *testing.T) {
	watch.EachDepth(t, func(t *testing.T, tr *dugonghttp.Transport, deep int) {
		tr.MaxConnsPerHost = 1
		a, server, c := client(t, tr)
		for i := range 4 {
			want(t, c, server.URL, fmt.Sprint("/first/", i))
		}
		server.Hold(deep)
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() { want(t, c, server.URL, fmt.Sprint("/", i)) })
		}
		wg.Wait()
		if n := a.issued.Load(); n != 2 || server.Requests() != 46 || server.Conns() != 1 {
			t.Errorf("%d tokens, %d requests, %d connections; want 2, 46, 1", n, server.Requests(), server.Conns())
		}
		server.CheckDepth(t, deep)
	})
}

// A refused token and an end by the caller come through as what they are.
func TestFailures(t *testing.T) {
	watch.EachDepth(t, func(t *testing.T, tr *dugonghttp.Transport, _ int) {
		a, server, c := client(t, tr)
		want(t, c, server.URL, "/first")
		a.refuse.Store(true)
		var refused *oauth2.RetrieveError
		if _, err := c.Get(server.URL); !errors.As(err, &refused) || refused.ErrorCode != "invalid_client" {
			t.Errorf("without a token: %v", err)
		}
		a.refuse.Store(false)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-a.stuck
			cancel()
		}()
		req, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/stuck", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Do(req); !errors.Is(err, context.Canceled) {
			t.Errorf("after the caller's end: %v, want %v", err, context.Canceled)
		}
		want(t, c, server.URL, "/after")
	})
}

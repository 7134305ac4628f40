package get

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }

func TestConfig(t *testing.T) {
	for text, secure := range map[string]bool{"http://h:8080/a?b#c": false, "HTTPS://h:8080/a?b": true} {
		u, cfg, err := Config(text)
		if err != nil || (cfg.TLS != nil) != secure || u.Host != "h:8080" || u.RequestURI() != "/a?b" {
			t.Errorf("%s: %v, %+v, %v", text, u, cfg, err)
		}
	}
	for _, text := range []string{"", "h/a", "ftp://h/", "http:///a", "http://h:x/", "http://%zz/"} {
		if _, _, err := Config(text); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
}

func TestDocument(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/there" {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	defer srv.Close()
	for path, status := range map[string]int{"/there": 200, "/else": 0} {
		got := 0
		err := Document(context.Background(), srv.URL+path, func(r *dugong.Response) error {
			got = r.Status
			return r.Body.Close()
		})
		if got != status || (err == nil) != (status == 200) {
			t.Errorf("%s: %d, %v", path, got, err)
		}
	}
}

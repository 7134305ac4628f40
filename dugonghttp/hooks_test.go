package dugonghttp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"reflect"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// There is no hook in net/http/httptrace that the tests do not set, and none
// that a single request cannot make speak.
func TestEveryHookSpeaks(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		io.Copy(io.Discard, r.Body) // a 100 goes out for it
		io.WriteString(w, "hello")
	}))
	t.Cleanup(srv.Close)
	conf := tlsOf(srv).Clone()
	conf.ServerName = "example.com" // whom the certificate is for
	c := client(t, &dugonghttp.Transport{TLSClientConfig: conf, ExpectContinueTimeout: wiretest.DefaultGuard})
	o := &observer{idle: make(chan struct{}, 1)}
	trace := o.trace()
	req := request(t, "PUT", strings.Replace(srv.URL, "127.0.0.1", "localhost", 1), strings.NewReader("body")) // a name, to be looked up
	req.Header.Set("Expect", "100-continue")
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), trace))
	if _, body, err := fetch(c, req); body != "hello" || err != nil {
		t.Fatalf("%q, %v", body, err)
	}
	<-o.idle
	spoke := map[string]bool{}
	for _, e := range o.events {
		kind, _, _ := strings.Cut(e, " ")
		spoke[kind] = true
	}
	hooks := reflect.ValueOf(trace).Elem()
	for i := range hooks.NumField() {
		switch name := hooks.Type().Field(i).Name; {
		case hooks.Field(i).IsNil():
			t.Errorf("the tests do not set %s", name)
		case !spoke[name]:
			t.Errorf("%s is not called; told %q", name, o.events)
		}
	}
}

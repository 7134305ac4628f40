package dugonghttp_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
)

// A trailer that is known only at the end of the body is sent, one that is
// received is there at the end of the body and was announced before; as with
// net/http.
func TestTrailersAreThoseOfNetHTTP(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before := fmt.Sprint(r.Trailer)
		n, _ := io.Copy(io.Discard, r.Body)
		w.Header().Set("Trailer", "X-Said")
		fmt.Fprintf(w, "before %s, %d octets, after %s, %q", before, n, r.Trailer, r.TransferEncoding)
		w.Header().Set("X-Said", "before")
		w.Header().Set(http.TrailerPrefix+"X-Unsaid", "nobody")
	}))
	t.Cleanup(srv.Close)
	for _, length := range []int64{-1, 0, 5} { // 0: not told
		observe := func(rt http.RoundTripper) string {
			req := request(t, "PUT", srv.URL, nil)
			req.ContentLength = length
			req.Trailer = http.Header{"X-Sum": nil, "X-None": nil}
			end := readerFunc(func([]byte) (int, error) {
				req.Trailer.Set("X-Sum", "42")
				return 0, io.EOF
			})
			req.Body = io.NopCloser(io.MultiReader(strings.NewReader("hello"), end))
			resp, err := rt.RoundTrip(req)
			if err != nil {
				return err.Error()
			}
			defer resp.Body.Close()
			announced := fmt.Sprint(resp.Trailer)
			b, err := io.ReadAll(resp.Body)
			return fmt.Sprintf("announced %s, %s, %v, trailer %v, %q", announced, b, err, resp.Trailer, resp.Header["Trailer"])
		}
		std, ours := &http.Transport{}, &dugonghttp.Transport{}
		want, got := observe(std), observe(ours)
		std.CloseIdleConnections()
		ours.CloseIdleConnections()
		if got != want {
			t.Errorf("length %d:\n%s\nwith net/http:\n%s", length, got, want)
		}
		if length == -1 && (!strings.Contains(got, "X-Sum:[42]") || !strings.Contains(got, "X-Said:[before]")) {
			t.Errorf("no trailer at all: %s", got)
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

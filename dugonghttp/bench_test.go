package dugonghttp_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
)

// BenchmarkGet compares transports at some numbers of callers, each of which
// sends its next GET of a small object when the last one was answered.
func BenchmarkGet(b *testing.B) {
	body := []byte("a small object of some fifty octets, as in an index")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(body) }))
	defer srv.Close()
	for _, callers := range []int{1, 64, 256} {
		std := &http.Transport{MaxIdleConnsPerHost: callers, MaxIdleConns: callers}
		off := &dugonghttp.Transport{Depth: 1, MaxIdleConnsPerHost: callers}
		auto := &dugonghttp.Transport{HeadOfLineLimit: -1}
		fixed := &dugonghttp.Transport{Depth: 64, HeadOfLineLimit: -1}
		for _, c := range []struct {
			name string
			rt   http.RoundTripper
		}{{"nethttp", std}, {"off", off}, {"automatic", auto}, {"depth64", fixed}} {
			b.Run(fmt.Sprintf("%d/%s", callers, c.name), func(b *testing.B) { benchmarkGet(b, c.rt, srv.URL, callers) })
		}
		std.CloseIdleConnections()
		off.CloseIdleConnections()
		auto.CloseIdleConnections()
		fixed.CloseIdleConnections()
	}
}

func benchmarkGet(b *testing.B, rt http.RoundTripper, url string, callers int) {
	b.ReportAllocs()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for next.Add(1) <= int64(b.N) {
				req, _ := http.NewRequest("GET", url, nil)
				resp, err := rt.RoundTrip(req)
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
	wg.Wait()
}

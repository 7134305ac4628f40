package dugonghttp_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A limit of centuries is none; it does not overflow into the past.
func TestHeadOfLineLimitOfCenturies(t *testing.T) {
	for _, limit := range []time.Duration{1 << 62, math.MaxInt64} {
		n := &network{scripts: []wiretest.Script{after(time.Minute)}}
		tr := &dugonghttp.Transport{Depth: 8, MaxConnsPerHost: 1, HeadOfLineLimit: limit, OnRetry: func(r dugonghttp.Retry) {
			t.Errorf("%s is sent again: %v", r.Request.URL.Path, r.Err)
		}}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			var paths []string
			for i := range 20 {
				paths = append(paths, fmt.Sprint("/", i))
				b.ask("http://h.example" + paths[i])
			}
			b.well(paths...)
		})
	}
}

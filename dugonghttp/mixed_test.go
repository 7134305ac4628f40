package dugonghttp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
)

// The mixed tests send requests of all kinds from many goroutines, some of them
// cancelled or given up, to servers of which one is unreliable on purpose.
// Each must end once, with the body that is its own or with an error that says
// what is known; and what must not be sent twice is not.

// A mixture is a server with its way to ask and to check. Both are given the
// random source of the request; ask may use it, check may not.
type mixture interface {
	ask(r *rand.Rand, id string) *question
}

// A question is a request with what is right for an answer.
type question struct {
	method, url string
	header      http.Header
	body        io.Reader
	trailer     http.Header
	// right looks at a head and gives the body that belongs to it, or an error.
	right func(*http.Response) ([]byte, error)
	// also looks at the response after the body was read to its end.
	also func(*http.Response) error
}

// seedOf gives the seed of a random test and prints it. DUGONG_SEED repeats one.
func seedOf(t *testing.T) uint64 {
	seed := rand.Uint64()
	if s := os.Getenv("DUGONG_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("DUGONG_SEED=%d repeats the choices of this run", seed)
	return seed
}

// outcomes counts how requests ended.
type outcomes struct{ good, canceled, quit, failed, retried, ended atomic.Int64 }

func (o *outcomes) String() string {
	return fmt.Sprintf("%d ended: %d answered, %d given up in the body, %d cancelled, %d failed; %d were sent again",
		o.ended.Load(), o.good.Load(), o.quit.Load(), o.canceled.Load(), o.failed.Load(), o.retried.Load())
}

// sendMixed sends total requests to m from 200 goroutines.
func sendMixed(t *testing.T, m mixture, depth, total int) {
	const workers = 200
	if testing.Short() {
		total /= 10
		t.Logf("-short: %d requests instead of %d", total, 10*total)
	}
	seed := seedOf(t)
	var o outcomes
	ends := make([]atomic.Int32, total)
	tr := &dugonghttp.Transport{
		Depth: depth, MaxConnsPerHost: 48, MaxIdleConnsPerHost: 48, IdleConnTimeout: time.Minute,
		OnRetry: func(dugonghttp.Retry) { o.retried.Add(1) },
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(total); n = next.Add(1) {
				r := rand.New(rand.NewPCG(seed, uint64(n)))
				oneMixed(t, tr, m, r, fmt.Sprintf("%d-%d", depth, n), &o)
				ends[n-1].Add(1)
			}
		})
	}
	wg.Wait()
	tr.CloseIdleConnections()
	t.Logf("depth %d: %v", depth, &o)
	for _, s := range tr.Origins() {
		t.Logf("learnt: %+v", s)
	}
	for i := range ends {
		if ends[i].Load() != 1 {
			t.Errorf("request %d ended %d times", i+1, ends[i].Load())
		}
	}
	if good := o.good.Load(); o.ended.Load() != int64(total) || good < int64(total)*3/4 {
		t.Errorf("only %d of %d were answered", good, total)
	}
}

// oneMixed sends one request and judges how it ends.
func oneMixed(t *testing.T, rt http.RoundTripper, m mixture, r *rand.Rand, id string, o *outcomes) {
	q := m.ask(r, id)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if r.IntN(20) == 0 {
		defer time.AfterFunc(time.Duration(r.IntN(20_000))*time.Microsecond, cancel).Stop()
	}
	quits := r.IntN(30) == 0
	req, err := http.NewRequestWithContext(ctx, q.method, q.url, q.body)
	if err != nil {
		t.Error(err)
		return
	}
	for name, values := range q.header {
		req.Header[name] = values
	}
	req.Header.Set("X-Id", id)
	req.Trailer = q.trailer
	defer o.ended.Add(1)
	resp, err := rt.RoundTrip(req)
	if err == nil {
		err = q.judge(resp, quits)
	}
	var wrong *wrongAnswer
	switch {
	case errors.As(err, &wrong):
		t.Errorf("%s %s %s: %v", id, q.method, q.url, err)
	case err == errQuit:
		o.quit.Add(1)
	case err == nil:
		o.good.Add(1)
	case errors.Is(err, context.Canceled):
		o.canceled.Add(1)
	default:
		if o.failed.Add(1) <= 5 {
			t.Logf("%s %s: %v", id, q.method, err)
		}
		typed(t, err)
	}
}

// A wrongAnswer is what must never happen.
type wrongAnswer struct{ why string }

func (e *wrongAnswer) Error() string { return e.why }

var errQuit = errors.New("given up in the body")

// judge reads the answer and compares it with what is right.
func (q *question) judge(resp *http.Response, quits bool) error {
	defer resp.Body.Close()
	want, err := q.right(resp)
	if err != nil {
		return &wrongAnswer{err.Error()}
	}
	if quits && len(want) > 1 {
		part := make([]byte, len(want)/2)
		n, err := io.ReadFull(resp.Body, part)
		if !bytes.Equal(part[:n], want[:n]) {
			return &wrongAnswer{"the first half of the body is wrong"}
		}
		if err != nil {
			return err
		}
		return errQuit
	}
	got, err := io.ReadAll(resp.Body)
	switch {
	case err != nil && !bytes.HasPrefix(want, got):
		return &wrongAnswer{fmt.Sprintf("%d octets that are not the right ones, and then %v", len(got), err)}
	case err != nil:
		return err
	case sha256.Sum256(got) != sha256.Sum256(want):
		return &wrongAnswer{fmt.Sprintf("status %d with a body of %d octets that are not the %d right ones", resp.StatusCode, len(got), len(want))}
	case q.also != nil:
		if err := q.also(resp); err != nil {
			return &wrongAnswer{err.Error()}
		}
	}
	return nil
}

// typed: an error is one of ours or of a context, and a body that was cut off
// says so.
func typed(t *testing.T, err error) {
	var e *dugonghttp.Error
	var d *dugong.Error
	if !errors.As(err, &e) && !errors.As(err, &d) && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("an untyped error: %#v", err)
	}
}

// someSize is between 1 octet and 5 MB, and mostly small.
func someSize(r *rand.Rand) int {
	const most = 5 << 20
	u := r.Float64()
	return max(1, int(math.Exp(math.Log(most)*u*u*u*u)*r.Float64()), map[bool]int{true: most}[r.IntN(1000) == 0])
}

// content gives n octets that belong to id alone.
func content(id string, n int) []byte {
	return bytes.Repeat([]byte(id+"."), n/(len(id)+1)+1)[:n]
}

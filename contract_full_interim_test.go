package dugong_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// What comes before the final head for the request whose body is open, nobody can
// read yet. So it does not make the pipeline full, whatever ReadAhead is.
func TestContractFullOfInterim(t *testing.T) {
	const length, part = 4 << 20, 64 << 10
	hints := "HTTP/1.1 103 Early Hints\r\nLink: " + strings.Repeat("x", 3000) + "\r\n\r\n"
	script := func(p *wiretest.Peer) {
		p.ReadHead()
		for range length / part {
			p.Send(hints)
			p.Read(part)
		}
		p.Send(ok([]byte("got it")))
		p.ExpectClosed()
	}
	unlimited := dugong.Limits{Header: math.MaxInt, Interim: math.MaxInt}
	for _, cfg := range []dugong.Config{{ReadAhead: -1}, {ReadAhead: 5000}, {ReadAhead: -1, Limits: unlimited}} {
		for how, send := range map[string]func(*rig) error{
			"bytes": func(r *rig) error { return r.SendRequest(r.ctx, put("/up", dugong.BodyBytes(data(length)))) },
			"reader": func(r *rig) error {
				return r.SendRequest(r.ctx, put("/up", dugong.BodyReader(endless(length), length)))
			},
			"write": func(r *rig) error {
				r.send(put("/up", dugong.BodyFollowing(length)))
				_, err := r.Write(data(length))
				return err
			},
		} {
			small(t, cfg, func(r *rig) {
				if err := send(r); err != nil {
					r.t.Fatalf("%s, read-ahead %d, %+v: %v", how, cfg.ReadAhead, cfg.Limits, err)
				}
				r.wantBody(r.read("/up", 200), []byte("got it"))
			}, script)
		}
		small(t, cfg, func(r *rig) {
			got := ""
			for resp, err := range r.Pipeline(r.ctx, requests(put("/up", dugong.BodyBytes(data(length))))) {
				if err != nil {
					r.t.Fatalf("Pipeline, read-ahead %d, %+v: %v", cfg.ReadAhead, cfg.Limits, err)
				}
				b, _ := resp.Body.ReadAll()
				got += string(b)
			}
			if got != "got it" {
				r.t.Errorf("Pipeline, read-ahead %d, %+v: %q", cfg.ReadAhead, cfg.Limits, got)
			}
		}, script)
	}
}

// Beyond what may come before a final head there is something to read, which says
// what is wrong.
func TestContractFullBeyondLimits(t *testing.T) {
	limits := dugong.Limits{Interim: 20_000, Header: 20_000}
	for sends, kind := range map[string]error{
		"HTTP/1.1 102 Processing\r\n\r\n":                       dugong.ErrTooLarge,
		"HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 5e4): dugong.ErrTooLarge,
		"not HTTP\r\n": dugong.ErrInvalidResponse,
	} {
		script := func(p *wiretest.Peer) {
			p.ReadHead()
			for all := strings.Repeat(sends, 1+100_000/len(sends)); p.TrySend(all) == nil; {
			}
		}
		what := fmt.Sprintf("%.15q", sends)
		small(t, dugong.Config{Limits: limits, ReadAhead: -1}, func(r *rig) {
			e := r.refuses(put("/up", dugong.BodyReader(endless(1<<30), 1<<30)), dugong.ErrEarlyResponse)
			if e.Fault != dugong.FaultPeer || e.Written <= 0 {
				r.t.Errorf("%s: %v, fault %s, written %d", what, e, e.Fault, e.Written)
			}
			_, err := r.ReadResponse(r.ctx)
			r.wantErr(err, kind)
		}, script)
		small(t, dugong.Config{Limits: limits, ReadAhead: -1}, func(r *rig) {
			var all []error
			for _, err := range r.Pipeline(r.ctx, requests(put("/up", dugong.BodyReader(endless(1<<30), 1<<30)))) {
				all = append(all, err)
			}
			if len(all) != 1 || !errors.Is(all[0], kind) {
				r.t.Errorf("%s: Pipeline: %v, want %v", what, all, kind)
			}
		}, script)
	}
}

// Whoever asks between his writes hears of it too, and the window is bounded.
func TestContractFullBeyondLimitsAsked(t *testing.T) {
	const most = 40_000 // octets before a final head, by both limits
	limits := dugong.Limits{Interim: most / 2, Header: most / 2}
	for sends, kind := range map[string]error{
		"HTTP/1.1 102 Processing\r\n\r\n": dugong.ErrTooLarge,
		"not HTTP\r\n":                    dugong.ErrInvalidResponse,
	} {
		var taken meter
		small(t, dugong.Config{Limits: limits, ReadAhead: -1, Trace: taken.trace}, func(r *rig) {
			taken = meter{}
			r.send(put("/up", dugong.BodyChunked()))
			err := error(dugong.ErrState)
			for errors.Is(err, dugong.ErrState) { // until enough has arrived
				if taken.octets > most+2*oneBuffer {
					r.t.Fatalf("%d octets were taken, for limits of %d", taken.octets, most)
				}
				if _, werr := r.Write([]byte("x")); werr != nil {
					r.wantErr(werr, dugong.ErrEarlyResponse)
				}
				_, err = r.ReadResponse(r.ctx)
			}
			r.wantErr(err, kind)
		}, func(p *wiretest.Peer) {
			p.ReadHead()
			for all := strings.Repeat(sends, 1+100_000/len(sends)); p.TrySend(all) == nil; {
			}
		})
	}
}

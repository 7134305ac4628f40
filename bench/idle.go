package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/valyala/fasthttp"
)

// idlers open j.Count connections, have one request answered on each, and leave
// them idle until the function that they return is called.
var idlers = map[string]func(job) (func(), error){
	"dugong": idleConns, "dugonghttp": idleDugongHTTP, "net/http": idleNetHTTP, "fasthttp": idleFasthttp,
}

// measureIdle is what those connections keep resident, and how many goroutines.
func measureIdle(j job) (c cost, err error) {
	open := idlers[j.Client]
	if open == nil {
		return c, errors.ErrUnsupported
	}
	before, goroutines := settled()
	var done func()
	if c, err = measure(func() error { done, err = open(j); return err }); err != nil {
		return c, err
	}
	defer done()
	after, now := settled()
	c.Idle, c.Goroutines = after-before, now-goroutines
	return c, nil
}

// settled gives garbage back to the system and says what is left.
func settled() (octets int64, goroutines int) {
	runtime.GC()
	debug.FreeOSMemory()
	return resident(), runtime.NumGoroutine()
}

func idleConns(j job) (func(), error) {
	cfg := &dugong.Config{}
	if j.TLS {
		cfg.TLS = clientTLS()
	}
	ctx, r, buf := context.Background(), &dugong.Request{Path: j.Target}, make([]byte, 4096)
	conns := make([]*dugong.Conn, j.Count)
	var resp dugong.Response
	for i := range conns {
		var err error
		if conns[i], err = dugong.Dial(ctx, j.Addr, cfg); err != nil {
			return nil, err
		}
		if err := conns[i].SendRequest(ctx, r); err != nil {
			return nil, err
		}
		if err := conns[i].ReadResponseInto(ctx, &resp); err != nil {
			return nil, err
		}
		if err := checkAnswer(&resp, buf, j.Size); err != nil {
			return nil, err
		}
	}
	return func() {
		for _, c := range conns {
			c.Close()
		}
	}, nil
}

// together makes the target one that is answered when all callers wait for it,
// so that a pool has to make as many connections.
func together(j job) job {
	j.Work, j.Target, j.Depth = "get", fmt.Sprintf("/w/%d/%d", j.Count, j.Size), j.Count
	return j
}

func idleNetHTTP(j job) (func(), error) {
	t := &http.Transport{MaxIdleConnsPerHost: j.Count, DisableCompression: true, TLSClientConfig: clientTLS()}
	return t.CloseIdleConnections, roundTrips(together(j), t)
}

func idleDugongHTTP(j job) (func(), error) {
	t := &dugonghttp.Transport{Depth: 1, MaxIdleConnsPerHost: j.Count, DisableCompression: true, TLSClientConfig: clientTLS()}
	return t.CloseIdleConnections, roundTrips(together(j), t)
}

func idleFasthttp(j job) (func(), error) {
	c := &fasthttp.HostClient{Addr: j.Addr, MaxConns: j.Count, MaxIdleConnDuration: time.Hour, IsTLS: j.TLS, TLSConfig: clientTLS(),
		ReadTimeout: time.Hour, WriteTimeout: time.Hour, // the handshakes of all at once take longer than its default
		Dial: func(addr string) (net.Conn, error) { return net.Dial("tcp", addr) }}
	return c.CloseIdleConnections, fast(together(j), c.Do)
}

// idle is the memory of connections that have nothing to do.
func idle() (all []row) {
	for _, secure := range []bool{false, true} {
		name := "5,000 idle connections"
		if secure {
			name += ", TLS 1.3"
		}
		all = append(all, row{table: "idle", name: name, columns: idleColumns, rounds: 2,
			job:     job{Work: "idle", TLS: secure, Target: "/b/200", Size: 200, Count: 5000},
			clients: []string{"net/http", "dugong", "dugonghttp", "fasthttp"}})
	}
	return all
}

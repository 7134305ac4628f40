package main

import "sync/atomic"

// http2 is the client that asks another port.
const http2 = "net/http, HTTP/2"

// rawPieces is the limit with smaller writes, in uploads.
const rawPieces = "raw, 60 KiB"

var clients = map[string]func(job) error{
	"raw":                 raw,
	rawPieces:             raw,
	"dugong":              library(pipeline),
	"ReadResponseInto":    library(byHand(true)),
	"ReadResponse":        library(byHand(false)),
	"dugonghttp":          dugongHTTP(0),
	"dugonghttp depth 64": dugongHTTP(64),
	"net/http":            netHTTP,
	"net/http, 1":         netHTTPOver(1),
	"net/http, 6":         netHTTPOver(6),
	"net/http, 64":        netHTTPOver(64),
	http2:                 netHTTP2,
	"net/textproto":       parseHeads(byTextproto),
	"fasthttp's parser":   parseHeads(byFasthttp),
	"raw, own conns":      rawEach,
	"net/http, own conns": netHTTPEach,
	"dugong, own conns":   dugongEach,
	"dugong's parser":     parseHeads(ours),
	"fasthttp":            fastHost,
	"fasthttp pipeline":   fastPipeline,
}

// inParallel runs j.Count calls from j.Depth goroutines, each with a call
// function of its own. It does not wait for the others when one fails.
func inParallel(j job, caller func() func() error) error {
	var left atomic.Int64
	left.Store(int64(j.Count))
	ended := make(chan error, j.Depth)
	for range j.Depth {
		go func() {
			call := caller()
			for left.Add(-1) >= 0 {
				if err := call(); err != nil {
					ended <- err
					return
				}
			}
			ended <- nil
		}()
	}
	for range j.Depth {
		if err := <-ended; err != nil {
			return err
		}
	}
	return nil
}

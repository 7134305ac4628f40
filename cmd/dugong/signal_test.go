//go:build unix

package main

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// A real signal does it too.
func TestSignal(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadRequest()
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGINT); err != nil {
			p.Fatalf("%v", err)
		}
		p.Drain()
	})
	dugongCmd("", "get", "-o", filepath.Join(t.TempDir(), "f"), "http://"+srv.Addr+"/").want(t, exitInterrupted, "interrupted; 1 document not fetched")
}

//go:build unix

package main

import (
	"context"
	"os"
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

// A signal ends the wait for a pipe that nobody writes to, wherever a file is
// asked for.
func TestSignalBeforeList(t *testing.T) {
	for _, flag := range []string{"-i", "--cacert"} {
		fifo := filepath.Join(t.TempDir(), "fifo")
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(context.Background())
		ended := make(chan outcome)
		go func() { ended <- within(ctx, "get", flag, fifo, "--dir", t.TempDir()) }()
		cancel(errInterrupted)
		(<-ended).want(t, exitInterrupted, "interrupted; nothing was fetched")
		// The wait in the system is left to the end of the process. Here it is
		// ended: this returns when the other end is open too.
		w, err := os.OpenFile(fifo, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		w.Close()
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/dugong-http/dugong/internal/fetch"
	"github.com/dugong-http/dugong/internal/origin"
)

// run serves until it is interrupted, which is its ordinary end.
func (s *serveCmd) run(ctx context.Context, std streams) (int, error) {
	cfg, pem, err := s.config()
	if err != nil {
		return exitUsage, err
	}
	server, err := origin.Start(*cfg)
	if err != nil {
		return exitUsage, usage("cannot listen on %q: %v; give --addr HOST:PORT, port 0 for a free one", fetch.Excerpt(s.Addr), err)
	}
	defer server.Close()
	if s.CertOut != "" {
		if err := os.WriteFile(s.CertOut, pem, 0o644); err != nil {
			return exitUsage, usage("--cert-out %q: %v; name a file in a folder that can be written", fetch.Excerpt(s.CertOut), reasonOf(err))
		}
	}
	where := fmt.Sprintf("serving on %s\n", server.URL)
	if cfg.Documents.Count > 0 {
		where += fmt.Sprintf("%d documents of %d octets: %s/doc/0 and on; their sums: %s/sums\n", cfg.Documents.Count, cfg.Documents.Size, server.URL, server.URL)
	}
	// In one write: who reads the first line only may go then.
	if _, err := io.WriteString(std.out, where); err != nil {
		return exitPermanent, fmt.Errorf("standard output: %w", reasonOf(err))
	}
	<-ctx.Done()
	return exitOK, nil
}

// documents is how many synthetic ones there are to be.
func (s *serveCmd) documents() int {
	switch {
	case s.Docs != nil:
		return *s.Docs
	case s.Dir != "":
		return 0
	}
	return 1000
}

// config also gives the certificate, nil without TLS.
func (s *serveCmd) config() (cfg *origin.Config, pem []byte, err error) {
	docs := s.documents()
	if err := checkAmounts(docs, 0, s.Size, s.RTT); err != nil {
		return nil, nil, err
	}
	switch info, err := os.Stat(s.Dir); {
	case s.CloseAfter < 0:
		return nil, nil, usage("--close-after %d: it is a number of requests; give 1 or more, or 0 for never", s.CloseAfter)
	case s.Dir != "" && (err != nil || !info.IsDir()):
		return nil, nil, usage("%q: it is not a directory that can be read; give one, or none for synthetic documents", fetch.Excerpt(s.Dir))
	case s.CertOut != "" && !s.TLS:
		return nil, nil, usage("--cert-out %q: without --tls there is no certificate; give both", fetch.Excerpt(s.CertOut))
	}
	cfg = &origin.Config{Addr: s.Addr, RTT: s.RTT, Dir: s.Dir, CloseAfter: s.CloseAfter, Documents: &origin.Documents{Count: docs, Size: s.Size}}
	if s.TLS {
		host, _, _ := net.SplitHostPort(s.Addr)
		cfg.TLS, pem, err = origin.NewCertificate(host)
	}
	return cfg, pem, err
}

// checkAmounts holds for serve and demo.
func checkAmounts(docs, least int, size int64, rtt time.Duration) error {
	switch {
	case docs < least || docs > 10_000_000:
		return usage("--docs %d: the number of documents is from %d to 10000000; give such a number", docs, least)
	case size < 0 || size > 1<<40:
		return usage("--size %d: a document has from 0 octets to 1 TiB; give such a number", size)
	case rtt < 0 || rtt > time.Minute:
		return usage("--rtt %v: the round-trip time is from 0s to 1m; give such a time, like 50ms", rtt)
	}
	return nil
}

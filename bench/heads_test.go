package main

import (
	"fmt"
	"testing"
)

// BenchmarkHead compares parsers of response heads:
//
//	go test -run '^$' -bench Head -count 10 . | benchstat -col /parser -
func BenchmarkHead(b *testing.B) {
	for _, fields := range []int{5, 12, 40} {
		all := heads(fields)
		for _, p := range []struct {
			name string
			make func() headParser
		}{{"textproto", byTextproto}, {"fasthttp", byFasthttp}, {"dugong", ours}} {
			b.Run(fmt.Sprintf("fields=%d/parser=%s", fields, p.name), func(b *testing.B) {
				parse := p.make()
				b.SetBytes(int64(len(all[0])))
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if err := parse(all[i%len(all)], fields); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// All parsers agree on what they are given, so that none of them wins by
// reading less.
func TestHeadParsersNotice(t *testing.T) {
	for name, make := range map[string]func() headParser{"textproto": byTextproto, "dugong": ours} {
		parse := make()
		if err := parse(heads(12)[0], 12); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := parse(heads(12)[0], 13); err == nil {
			t.Errorf("%s took 12 fields for 13", name)
		}
	}
	if err := byFasthttp()(heads(12)[0], 12); err != nil {
		t.Error(err)
	}
}

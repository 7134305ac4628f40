# Tests, from quick to thorough. test, race and cover need Go only; some tests
# skip, and say so, where openssl or nginx is missing (DUGONG_REQUIRE=all makes
# that a failure). The others say below what they need.

GO ?= go
FUZZTIME ?= 1h
GREMLINS = github.com/go-gremlins/gremlins/cmd/gremlins@v0.6.0
SHELL = /bin/bash -o pipefail

# The tests that prove strictness: accidents, endless servers, injection,
# secrets, mutated streams, servers that are killed, the document of it all; the rules of parsing; the seeds of the fuzz targets;
# injection through the command line.
STRICT_ROOT = ^(TestFaults|TestEndless|TestInjection|TestSecrets|TestMutated|TestKilledServer$$|TestStrict)
STRICT_H1 = ^(TestRule|TestDifferential|TestEncodeInjection|Fuzz)

.PHONY: test race cover strict strict-memory fuzz mutants bench bench-quick bench-compare bench-guard interop interop-all

test:
	$(GO) test ./...

race:
	$(GO) test -race -shuffle=on ./...

cover:
	$(GO) test -coverprofile=cover.out -coverpkg=./... ./...
	$(GO) tool cover -func=cover.out | tail -n 1

# Every row of every table, and how many rows each topic has.
strict:
	DUGONG_STRICT=1 $(GO) test -count=1 -v -timeout 30m -run '$(STRICT_ROOT)' . | .ci/strict-summary
	$(GO) test -count=1 -v -timeout 30m -run '$(STRICT_H1)' ./internal/h1 | .ci/strict-summary
	$(GO) test -count=1 -v -timeout 30m -run '^TestInjection' ./cmd/dugong | .ci/strict-summary

# The endless servers alone: both ends of all connections in one process, whose
# peak memory ("Maximum resident set size") must stay below 64 MiB.
strict-memory:
	dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	$(GO) test -c -o "$$dir/dugong.test" . && \
	DUGONG_MEMORY=1 $$(test -x /usr/bin/time && echo /usr/bin/time -v) "$$dir/dugong.test" -test.run '^TestEndless' -test.v 2>&1 | \
	grep -E '^(PASS|FAIL|ok)|^--- |strict:|Maximum resident|peak memory'

# FUZZTIME is shared out among all fuzz targets; FUZZFLAGS go to go test.
fuzz:
	FUZZTIME=$(FUZZTIME) GO="$(GO)" .ci/fuzz

# The servers and proxies that are installed here, the CI set or all of them.
# What is missing is named. docs/servers.md is made anew by
# DUGONG_SERVERS=$$PWD/docs/servers.md make interop-all
interop:
	$(GO) test -count=1 -timeout 15m -parallel 4 -tags interop -v ./internal/interop | .ci/interop-summary

interop-all:
	DUGONG_INTEROP=all $(GO) test -count=1 -timeout 30m -parallel 4 -tags interop -v ./internal/interop | .ci/interop-summary

# Mutation testing of the protocol core: killed, lived, timed out. gremlins does
# not run what lies in no block of the coverage profile, the conditions of
# switch cases above all, and counts time; our own tool completes its report.
mutants:
	GOFLAGS=-short $(GO) run $(GREMLINS) unleash --workers 1 --timeout-coefficient 10 ./internal/h1 | tee mutants.out | \
	$(GO) run ./internal/tools/mutants ./internal/h1

# All tables beside the limit and the rivals, what became of the targets, and
# the plots: half an hour. BENCH_FLAGS="-rounds 3 -scale 0.2" is quicker.
bench:
	mkdir -p docs/img
	cd bench && $(GO) run . -out results $(BENCH_FLAGS) && $(GO) run ./plot results/growth.tsv ../docs/img

bench-quick:
	cd bench && $(GO) run . -quick

# Allocations, reads and writes, and instructions a request, beside what is noted
# in bench/guard.tsv. Hardly disturbed by other work on the machine.
bench-guard:
	cd bench && $(GO) test -count=1 -v -run '^TestGuard$$' .

# The Go benchmarks at revision BASE and here, in turns, by benchstat.
# BENCH=regexp chooses among them.
bench-compare:
	bench/compare $(or $(BASE),HEAD) $(BENCH)

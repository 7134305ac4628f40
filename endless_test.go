package dugong_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// An endlessRow is a server that never comes to the end of something, and the
// limit that stops it (parsing rule 27).
type endlessRow struct {
	name   string
	first  string // sent once
	again  string // sent for ever
	limit  int    // octets that the client may take, first included
	detail string // what the error names
	limits dugong.Limits
}

// mostHeap is what the whole process may come to, both ends of the connection
// and what the collector has not taken yet.
const mostHeap = 24 << 20

// oneBuffer is how much more may be read: the window is filled by this much.
const oneBuffer = 64 << 10

const chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

var endlessRows = []endlessRow{
	{"start line", "HTTP/1.1 200 ", "x", 64 << 10, "status line", dugong.Limits{}},
	{"start line, no end of spaces", "HTTP/1.1 200 ", " ", 64 << 10, "status line", dugong.Limits{}},
	{"NUL", "", "\x00", 64 << 10, "status line", dugong.Limits{}},
	{"leading blanks", "", " ", 64 << 10, "status line", dugong.Limits{}},
	{"field name", "HTTP/1.1 200 OK\r\n", "x", 64<<10 + 17, "field line", dugong.Limits{}},
	{"field value", "HTTP/1.1 200 OK\r\nA: ", "x", 64<<10 + 17, "field line", dugong.Limits{}},
	{"folds", "HTTP/1.1 200 OK\r\nA: b", "\r\n ", 64<<10 + 17, "field line", dugong.Limits{}},
	{"folds of text", "HTTP/1.1 200 OK\r\nA: b", "\r\n more of the value", 64<<10 + 17, "field line", dugong.Limits{}},
	{"head", "HTTP/1.1 200 OK\r\n", "A: " + strings.Repeat("v", 60<<10) + "\r\n", 1 << 20, "header", dugong.Limits{}},
	{"head, odd limit", "HTTP/1.1 200 OK\r\nA: ", "v", 530_000, "header", dugong.Limits{Header: 530_000, FieldLine: 1 << 20}},
	{"number of fields", "HTTP/1.1 200 OK\r\n", "A:b\r\n", 1001*5 + 17, "fields", dugong.Limits{}},
	{"interim responses", "", "HTTP/1.1 100 Continue\r\n\r\n", 256<<10 + 25, "1xx", dugong.Limits{}},
	{"interim responses of size", "", "HTTP/1.1 103 Early\r\nLink: " + strings.Repeat("l", 50<<10) + "\r\n\r\n", 256<<10 + 51<<10, "1xx", dugong.Limits{}},
	{"chunk line", chunkedHead, "0", 4<<10 + len(chunkedHead), "chunk", dugong.Limits{}},
	{"chunk extension", chunkedHead + "5;a=", "x", 4<<10 + len(chunkedHead), "chunk", dugong.Limits{}},
	{"chunk extension, quoted", chunkedHead + "5;a=\"", "x;", 4<<10 + len(chunkedHead), "chunk", dugong.Limits{}},
	{"chunk extensions for little data", chunkedHead, "1;" + strings.Repeat("e", 1000) + "\r\nx\r\n", 17*1100 + len(chunkedHead), "chunk", dugong.Limits{}},
	{"trailer", chunkedHead + "0\r\n", "A: " + strings.Repeat("v", 30<<10) + "\r\n", 64<<10 + 200, "trailer", dugong.Limits{}},
	{"trailer field line", chunkedHead + "0\r\nA: ", "v", 64<<10 + 200, "", dugong.Limits{}},
	{"trailer fields", chunkedHead + "0\r\n", "A:b\r\n", 1001*5 + 200, "fields", dugong.Limits{}},
}

// A line is judged when its LF is there, so these are refused at once.
var endlessNonsense = []endlessRow{
	{"leading CRLF", "", "\r\n", 4, "", dugong.Limits{}},
	{"leading LF", "", "\n", 4, "", dugong.Limits{}},
}

// A server that never ends is stopped within the limit and one buffer, and the
// client keeps no more than that. `make strict-memory` runs these tests alone
// and shows the peak memory of the process.
func TestEndless(t *testing.T) {
	for _, w := range endlessRows {
		t.Run(w.name, func(t *testing.T) { w.run(t, dugong.ErrTooLarge) })
	}
	for _, w := range endlessNonsense {
		t.Run(w.name, func(t *testing.T) { w.run(t, dugong.ErrInvalidResponse) })
	}
	tally(t, "endless servers", 2*len(endlessRows)+2*len(endlessNonsense))
}

func (w endlessRow) run(t *testing.T, kind error) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		srv := wiretest.Serve(t, m, w.script)
		runtime.GC()
		var taken meter
		r := newRig(t, m, srv.Addr, dugong.Config{Trace: taken.trace, Limits: w.limits})
		r.get("/")
		resp, err := r.ReadResponse(r.ctx)
		if err == nil {
			_, err = resp.Body.ReadAll()
		}
		e := r.wantErr(err, kind)
		if !errors.Is(e, dugong.ErrInvalidResponse) || e.Kind != kind || e.Fault != dugong.FaultPeer || e.Path != "/" || !strings.Contains(e.Detail, w.detail) {
			t.Errorf("%v: fault %s", e, e.Fault)
		}
		if taken.octets > w.limit+oneBuffer {
			t.Errorf("the client took %d octets, the limit is %d and one buffer of %d", taken.octets, w.limit, oneBuffer)
		}
		if taken.peak > mostHeap {
			t.Errorf("the heap grew to %d KiB", taken.peak>>10)
		}
		if _, err := r.ReadResponse(r.ctx); !errors.Is(err, dugong.ErrConnectionClosed) {
			t.Errorf("then %v", err)
		}
		noneBorrowed(t, w.name)
		t.Logf("%d octets taken, limit %d, peak heap %d KiB", taken.octets, w.limit, taken.peak>>10)
	})
}

// script goes on until the client has had enough.
func (w endlessRow) script(p *wiretest.Peer) {
	p.ReadRequest()
	block := strings.Repeat(w.again, 1+(16<<10)/len(w.again))
	for err := p.TrySend(w.first + block); err == nil; {
		err = p.TrySend(block)
	}
}

// A meter counts the octets that the client has received, and looks how large
// the heap is at each receipt.
type meter struct {
	octets int
	reads  int
	peak   uint64
}

func (w *meter) trace(e dugong.TraceEvent) {
	if e.Sent {
		return
	}
	w.reads++
	w.octets += len(e.Data)
	if w.octets < 2<<20 || w.reads%32 == 0 { // looking stops the world
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		w.peak = max(w.peak, s.HeapAlloc)
	}
}

// What is declared is never allocated (parsing rule 16): the largest length and
// the largest chunk that there are cost no more than the octets that come.
func TestEndlessDeclared(t *testing.T) {
	const came = 100_000
	for name, head := range map[string]string{
		"Content-Length": "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n",
		"chunk-size":     chunkedHead + "7fffffffffffffff\r\n",
	} {
		for _, how := range []string{"ReadAll", "Discard", "WriteTo", "Close"} {
			t.Run(name+"/"+how, func(t *testing.T) {
				var taken meter
				both(t, dugong.Config{Trace: taken.trace}, func(r *rig) {
					runtime.GC()
					taken = meter{}
					r.get("/")
					resp, err := r.ReadResponse(r.ctx)
					if err != nil {
						t.Fatal(err)
					}
					n := int64(came)
					switch how {
					case "ReadAll":
						var p []byte
						p, err = resp.Body.ReadAll()
						n = int64(len(p))
					case "Discard":
						_, err = resp.Body.Discard()
					case "WriteTo":
						n, err = resp.Body.WriteTo(io.Discard)
					case "Close":
						err = resp.Body.Close()
					}
					if r.wantErr(err, dugong.ErrConnectionClosed); n != came {
						t.Errorf("%d octets came, want %d", n, came)
					}
					if taken.peak > mostHeap {
						t.Errorf("the heap grew to %d KiB for %d octets", taken.peak>>10, came)
					}
				}, func(p *wiretest.Peer) {
					p.ReadRequest()
					if p.TrySend(head, string(data(came))) == nil {
						p.Close()
					}
				})
			})
		}
	}
	tally(t, "endless servers", 16)
}

// A large upload to a server that answers without end: what is read ahead is
// bounded too.
func TestEndlessReadAhead(t *testing.T) {
	var taken meter
	small(t, dugong.Config{Trace: taken.trace, ReadAhead: 200_000}, func(r *rig) {
		runtime.GC()
		taken = meter{}
		var err error
		for err == nil {
			err = r.SendRequest(r.ctx, large("/"))
		}
		r.wantErr(err, dugong.ErrPipelineFull)
		if taken.octets > 200_000+oneBuffer || taken.peak > mostHeap {
			t.Errorf("%d octets were read ahead, peak heap %d KiB", taken.octets, taken.peak>>10)
		}
	}, func(p *wiretest.Peer) {
		for { // as serial servers do: while an answer is not taken, nothing is read
			if _, more := p.NextHead(); !more || p.TrySend(ok(data(100_000))) != nil {
				return
			}
		}
	})
	tally(t, "endless servers", 2)
}

// Endless data is no mistake: it streams, and memory stays as it is.
func TestEndlessData(t *testing.T) {
	const size = 32 << 20
	var taken meter
	both(t, dugong.Config{Trace: taken.trace}, func(r *rig) {
		runtime.GC()
		taken = meter{}
		r.get("/")
		n, err := r.read("/", 200).Body.Discard()
		if err != nil || n != size || taken.peak > mostHeap {
			t.Errorf("%d octets, %v, peak heap %d KiB", n, err, taken.peak>>10)
		}
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send(chunkedHead)
		chunk := fmt.Sprintf("%x\r\n%s\r\n", 1<<18, data(1<<18))
		for range size >> 18 {
			p.Send(chunk)
		}
		p.Send("0\r\n\r\n")
		p.ExpectClosed()
	})
	tally(t, "endless servers", 2)
}

// TestEndlessPeak is last: the whole process, both ends of all connections, has
// never had more than 64 MiB. It knows only where /proc says so, and means
// something only where the other tests do not run: `make strict-memory`.
func TestEndlessPeak(t *testing.T) {
	if os.Getenv("DUGONG_MEMORY") == "" {
		t.Skip("runs with DUGONG_MEMORY=1 and -run TestEndless, see `make strict-memory`")
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(status)) {
		var kib int
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			t.Logf("strict: %d MiB peak memory of the endless servers' test process", kib>>10)
			if kib >= 64<<10 {
				t.Errorf("peak memory %d KiB, want less than 64 MiB", kib)
			}
		}
	}
}

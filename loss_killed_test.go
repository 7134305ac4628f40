package dugong_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// killedServer is the environment variable that turns TestKilledServerChild
// into the server process; its value is the log file.
const killedServer = "DUGONG_TEST_KILLED_SERVER"

// TestKilledServerChild is no test of its own: it is the server that
// TestKilledServer starts and kills. It logs each request, by a system call of
// its own, before it does anything else with it. It ends by itself when the
// test program has ended, in whatever way: its standard input ends then.
func TestKilledServerChild(t *testing.T) {
	name := os.Getenv(killedServer)
	if name == "" {
		return
	}
	log, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println("listening on", l.Addr())
	http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(log, r.URL.Path)
		io.WriteString(w, strings.Repeat(r.URL.Path, 100))
	}))
}

// TestKilledServer: whatever moment the server dies at, every request is
// accounted for, and what is called not processed never reached the server.
// The moment is a number of answers; requests go on until the loss is told, so
// that some are answered and some not, however late the kill takes effect.
func TestKilledServer(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("DUGONG_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Logf("DUGONG_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	eachWait(t, func(t *testing.T, m wiretest.Mode) { killedRuns(t, m, random) })
}

// killings is how many servers are killed in a mode. Twenty take long: in all
// modes but the first it is five, unless DUGONG_STRICT asks for all.
func killings(m wiretest.Mode) int {
	if m == wiretest.Plain || os.Getenv("DUGONG_STRICT") != "" {
		return 20
	}
	return 5
}

func killedRuns(t *testing.T, m wiretest.Mode, random *rand.Rand) {
	const answers = 500
	ctx, runs, mixed := m.Ctx(t), killings(m), 0
	t.Logf("%d servers are killed (20 in the mode %q, and in all modes with DUGONG_STRICT=1; else 5)", runs, wiretest.Plain)
	for run := range runs {
		die := 1 + random.IntN(answers-1)
		got := killedRun(t, ctx, die, random)
		t.Logf("run %d: killed after %d: %d answered, %d not processed, %d maybe processed", run, die, got.answered, got.not, got.maybe)
		if sum := got.answered + got.not + got.maybe; sum != got.pulled {
			t.Errorf("run %d: %d requests accounted for, want %d", run, sum, got.pulled)
		}
		if got.answered >= die && got.answered < got.pulled {
			mixed++
		}
	}
	if mixed < runs {
		t.Errorf("some answered and some not in %d of %d runs", mixed, runs)
	}
}

type outcome struct{ pulled, answered, not, maybe int }

// killedRun kills the server when die answers are complete.
func killedRun(t *testing.T, ctx context.Context, die int, random *rand.Rand) (o outcome) {
	logFile := filepath.Join(t.TempDir(), "log")
	server, addr := startKilled(t, logFile)
	conn, err := dugong.New(addr, &dugong.Config{PipelineDepth: 1 + random.IntN(200)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	for resp, err := range conn.Pipeline(ctx, func(yield func(*dugong.Request) bool) {
		for more := true; more; o.pulled++ {
			more = yield(&dugong.Request{Path: fmt.Sprint("/", o.pulled), Tag: o.pulled})
		}
	}) {
		if err != nil {
			break
		}
		if o.answered == die { // and read on: what comes until it is dead counts
			if err := server.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		body, err := resp.Body.ReadAll()
		if err != nil {
			break
		}
		if want := strings.Repeat(resp.Path, 100); string(body) != want || resp.Tag != o.answered {
			t.Fatalf("answer %d is that of %v: %.40q", o.answered, resp.Tag, body)
		}
		o.answered++
	}
	verdicts := conn.Unanswered()
	server.Wait()
	seen := readLines(t, logFile)
	for _, x := range verdicts {
		if x.Verdict == dugong.MaybeProcessed {
			o.maybe++
			continue
		}
		o.not++
		if seen[x.Path] {
			t.Errorf("%s is called not processed (%d octets written), and is in the server's log", x.Path, x.Written)
		}
	}
	return o
}

func startKilled(t *testing.T, logFile string) (*exec.Cmd, string) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledServerChild$")
	cmd.Env = append(os.Environ(), killedServer+"="+logFile)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil { // cmd holds it until Wait; it ends with this program at the latest
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("the server said %q, %v", line, err)
	}
	return cmd, addr
}

func readLines(t *testing.T, name string) map[string]bool {
	data, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		seen[strings.TrimSpace(line)] = true
	}
	return seen
}

package wiretest

import (
	"bytes"
	"net"
	"os"
	"strings"
	"testing"
)

func TestCheckLeaksFindsGoroutine(t *testing.T) {
	stop, began := make(chan struct{}), make(chan struct{})
	go forgotten(began, stop)
	<-began
	var out bytes.Buffer
	if CheckLeaks(&out, OpenDescriptors(), short) {
		t.Error("a goroutine was overlooked")
	}
	if got := out.String(); !strings.Contains(got, "1 goroutines") || !strings.Contains(got, "wiretest.forgotten") {
		t.Errorf("the report does not show it:\n%s", got)
	}
	close(stop)
	out.Reset()
	if !CheckLeaks(&out, OpenDescriptors(), patience) || out.Len() > 0 {
		t.Errorf("still there:\n%s", out.String())
	}
}

//go:noinline
func forgotten(began, stop chan struct{}) {
	close(began)
	<-stop
}

func TestCheckLeaksFindsDescriptors(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		Lacking(t, "/proc/self/fd", err)
	}
	before := OpenDescriptors()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if CheckLeaks(&out, before, short) {
		t.Error("descriptors were overlooked")
	}
	for _, want := range []string{"3 descriptors", "pipe:[", "socket:["} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, out.String())
		}
	}
	r.Close()
	w.Close()
	ln.Close()
	out.Reset()
	if !CheckLeaks(&out, before, patience) {
		t.Errorf("still there:\n%s", out.String())
	}
}

func TestSystemGoroutines(t *testing.T) {
	for _, c := range []struct {
		stack string
		want  bool
	}{
		{"goroutine 1 [running]:\nmain.main()\n\t/x/main.go:5\n", true},
		{"goroutine 5 [chan receive]:\ntesting.(*T).Run(0x1)\n\t/x:1\na.TestB(0x2)\n\t/x:1\ntesting.tRunner(0x3)\n\t/x:1\n" +
			"created by testing.(*T).Run in goroutine 1\n\t/x:1\n", true},
		{"goroutine 6 [select]:\ntesting.(*T).Log(0x1)\n\t/x:1\na.leak()\n\t/x:1\ncreated by a.TestB in goroutine 5\n\t/x:1\n", false},
		{"goroutine 7 [syscall]:\nos/signal.signal_recv()\n\t/x:1\nos/signal.loop()\n\t/x:1\n" +
			"created by os/signal.Notify.func1.1 in goroutine 1\n\t/x:1\n", true},
	} {
		if got := systemGoroutine(c.stack); got != c.want {
			t.Errorf("%v, want %v, for\n%s", got, c.want, c.stack)
		}
	}
}

package aio_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/origin"
)

// The test program is also the server of tests that need one in a process of
// its own, and the client where the memory of a fresh process is measured.
const roleVar = "DUGONG_AIO_ROLE"

// documents are what the server in a process of its own serves.
func documents() *origin.Documents { return &origin.Documents{Count: 1000, Size: 1000} }

func playRole() {
	switch role := os.Getenv(roleVar); role {
	case "":
		return
	case "origin":
		s, err := origin.Start(origin.Config{Addr: "127.0.0.1:0", Documents: documents()})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(s.Addr)
		io.Copy(io.Discard, os.Stdin) // until the test closes it
	case "hold", "hold-tls":
		hold(role == "hold-tls")
	default:
		measureIdle(strings.Fields(role))
	}
	os.Exit(0)
}

// hold is a server that answers /hold only when the client has gone.
func hold(secure bool) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ln.Addr())
	if secure {
		cfg, _, err := origin.NewCertificate()
		if err != nil {
			log.Fatal(err)
		}
		ln = tls.NewListener(ln, cfg)
	}
	go http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hold" {
			<-r.Context().Done()
		}
	}))
	io.Copy(io.Discard, os.Stdin)
}

// child runs this program in a role. What it says first is returned; it ends
// with the test.
func child(t testing.TB, role string, env ...string) (says string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), env...), roleVar+"="+role)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	says, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the process for %q said nothing: %v", role, err)
	}
	return strings.TrimSpace(says)
}

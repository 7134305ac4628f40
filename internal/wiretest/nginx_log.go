package wiretest

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An AccessLine is one line of the access log.
type AccessLine struct {
	Connection int    // number of the connection, unique in the process
	Requests   int    // requests on this connection up to this one
	Request    string // the request line
	Status     int
}

// AccessLog waits until nginx has logged want requests in all and returns them.
// nginx logs a request after its last octet is sent, that is, perhaps after the
// client has seen it, and the last one on a connection that nginx closes only
// when the client has closed too, or after 5 s: close the client first.
func (n *NginxServer) AccessLog(want int) []AccessLine {
	n.t.Helper()
	over := time.NewTimer(DefaultGuard)
	defer over.Stop()
	for {
		lines := n.logged()
		if len(lines) >= want {
			return lines
		}
		select {
		case <-n.more:
		case <-n.exited:
			n.t.Fatalf("wiretest: nginx ended after %d of %d lines of its access log; it says:\n%s", len(lines), want, n.ErrorLog())
		case <-over.C:
			n.t.Fatalf("wiretest: only %d of %d lines in nginx's access log: %+v", len(lines), want, lines)
		}
	}
}

func (n *NginxServer) logged() []AccessLine {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.lines)
}

// readLog parses the access log from the pipe that nginx writes it into.
func (n *NginxServer) readLog(out *os.File) {
	defer out.Close()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		l, err := parseAccessLine(lines.Text())
		if err != nil {
			n.t.Errorf("wiretest: %v", err)
			continue
		}
		if strings.HasPrefix(l.Request, "GET /.ready ") {
			continue
		}
		n.mu.Lock()
		n.lines = append(n.lines, l)
		n.mu.Unlock()
		select {
		case n.more <- struct{}{}:
		default: // AccessLog has not yet looked at the last news
		}
	}
}

// parseAccessLine reads the log format of nginxConfig.
func parseAccessLine(s string) (l AccessLine, err error) {
	f := strings.Split(s, "\t")
	if len(f) != 4 {
		return l, fmt.Errorf("access log line %q", s)
	}
	l.Request = f[2]
	for i, to := range map[int]*int{0: &l.Connection, 1: &l.Requests, 3: &l.Status} {
		if *to, err = strconv.Atoi(f[i]); err != nil {
			return l, fmt.Errorf("access log line %q: %w", s, err)
		}
	}
	return l, nil
}

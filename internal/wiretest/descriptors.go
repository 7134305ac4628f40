package wiretest

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
)

// Descriptors are the open sockets, pipes and kernel objects of the process by
// number. Regular files are not among them: profiles and logs of the go command
// are opened while tests run. It is empty where /proc/self/fd is not to be had.
type Descriptors map[string]string

// OpenDescriptors says what is open now.
func OpenDescriptors() Descriptors { return openDescriptors() }

func openDescriptors() Descriptors {
	wakePoller()
	open := Descriptors{}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return open
	}
	for _, e := range entries {
		// Names of sockets and the like are "socket:[17]", not paths. The
		// descriptor of ReadDir itself is a path, and gone.
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && !strings.HasPrefix(to, "/") {
			open[e.Name()] = to
		}
	}
	return open
}

// wakePoller lets the runtime open its own descriptors for network polling,
// which it does at the first socket, so that they are never taken for a leak.
func wakePoller() {
	if ln, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		ln.Close()
	}
}

// since lists what is open and was not before.
func (d Descriptors) since(before Descriptors) []string {
	var fresh []string
	for n, to := range d {
		if before[n] != to {
			fresh = append(fresh, fmt.Sprintf("%s -> %s", n, to))
		}
	}
	slices.Sort(fresh)
	return fresh
}

package wiretest

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestNginx(t *testing.T) {
	Each(t, func(t *testing.T, m Mode) {
		root := t.TempDir()
		if err := os.WriteFile(filepath.Join(root, "a"), []byte("content of a"), 0o600); err != nil {
			t.Fatal(err)
		}
		n := StartNginx(t, Nginx{TLS: m.TLS, Root: root, KeepaliveRequests: 2, Server: "location = /204 { return 204; }"})
		c := dial(t, m, &Server{Addr: n.Addr})
		c.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n" + "GET /204 HTTP/1.1\r\nHost: localhost\r\n\r\n")
		got, err := c.rest() // nginx closes after the second request
		if err != nil || !strings.Contains(got, "content of a") || !strings.Contains(got, "HTTP/1.1 204") {
			t.Errorf("got %q, %v", got, err)
		}
		c.Close()
		log := n.AccessLog(2)
		id := log[0].Connection
		want := []AccessLine{{id, 1, "GET /a HTTP/1.1", 200}, {id, 2, "GET /204 HTTP/1.1", 204}}
		if !reflect.DeepEqual(log, want) {
			t.Errorf("access log %+v, want %+v", log, want)
		}
	})
}

func TestNginxWithABadConfigurationFails(t *testing.T) {
	if _, err := findNginx(); err != nil {
		Lacking(t, "nginx", err)
	}
	asTest(t, func(tb testing.TB) {
		StartNginx(tb, Nginx{Server: "no_such_directive 1;"})
	}).wantFailure(t, "does not answer", "no_such_directive")
}

package dial

import (
	"strings"
	"testing"
)

func TestParseAddr(t *testing.T) {
	for _, c := range []struct {
		addr          string
		tls           bool
		network, host string
		port          int
	}{
		{"example.com", false, "tcp", "example.com", 80},
		{"example.com", true, "tcp", "example.com", 443},
		{"example.com:8080", true, "tcp", "example.com", 8080},
		{"example.com.:1", false, "tcp", "example.com.", 1},
		{"under_score.example:65535", false, "tcp", "under_score.example", 65535},
		{"127.0.0.1", false, "tcp", "127.0.0.1", 80},
		{"127.0.0.1:81", false, "tcp", "127.0.0.1", 81},
		{"::1", false, "tcp", "::1", 80},
		{"2001:db8::80", true, "tcp", "2001:db8::80", 443},
		{"[::1]", false, "tcp", "::1", 80},
		{"[::1]:8080", false, "tcp", "::1", 8080},
		{"[fe80::1%eth0]:8080", false, "tcp", "fe80::1%eth0", 8080},
		{"fe80::1%eth0", false, "tcp", "fe80::1%eth0", 80},
		{"::ffff:192.0.2.1", false, "tcp", "::ffff:192.0.2.1", 80},
		{"unix:/run/x.sock", false, "unix", "/run/x.sock", 0},
		{"unix:/run/with:colon@at", true, "unix", "/run/with:colon@at", 0},
		{"unix:@abstract", false, "unix", "@abstract", 0},
	} {
		network, host, port, err := ParseAddr(c.addr, c.tls)
		if err != nil || network != c.network || host != c.host || port != c.port {
			t.Errorf("ParseAddr(%q, %v) = %q, %q, %d, %v; want %q, %q, %d", c.addr, c.tls, network, host, port, err, c.network, c.host, c.port)
		}
	}
}

func TestParseAddrRefuses(t *testing.T) {
	for _, c := range []struct{ addr, says string }{
		{"", "empty"},
		{":80", "host is empty"},
		{"host:", "leave out the colon"},
		{"host:0", "outside of 1 to 65535"},
		{"host:65536", "outside of 1 to 65535"},
		{"host:99999999999999999999", "outside of 1 to 65535"},
		{"host:-1", "decimal"},
		{"host:+80", "decimal"},
		{"host:http", "decimal"},
		{"host: 80", "decimal"},
		{"host:٨", "decimal"},
		{"1:2:3", "several colons"},
		{"host:80:81", "several colons"},
		{"[::1", "brackets"},
		{"[]:80", "brackets"},
		{"[host]:80", "brackets"},
		{"[127.0.0.1]:80", "brackets"},
		{"[::1]80", "bracket"},
		{"[::1]:", "leave out the colon"},
		{"[fe80::1%a b]:80", "brackets"},
		{"fe80::1%a\r\nX: y", "several colons"},
		{"http://host/", "leave out scheme"},
		{"host/path", "path"},
		{"ho st", "' '"},
		{"host\r\nX-Evil", `'\r'`},
		{"host\x00", `'\x00'`},
		{"host#x", "'#'"},
		{"ho%73t", "'%'"},
		{"bücher.example", "xn--"},
		{"unix:", "no path"},
		{"unix:relative/path", "absolute"},
		{"unix:/a\x00b", "NUL"},
		{strings.Repeat("a", 200) + " ", `' '`},
	} {
		_, _, _, err := ParseAddr(c.addr, false)
		e := fails(t, err, BadConfig, "")
		contains(t, e, c.says)
		if len(e.Error()) > 400 {
			t.Errorf("an error of %d octets for %.20q", len(e.Error()), c.addr)
		}
	}
}

func TestParseAddrHidesUserinfo(t *testing.T) {
	for _, addr := range []string{"user:secret@host", "http://user:secret@host/", "user:secret@host:80", "[user:secret@::1]:80", "secret@", "a@secret@host"} {
		_, _, _, err := ParseAddr(addr, false)
		fails(t, err, BadConfig, "")
	}
}

func TestHostField(t *testing.T) {
	for _, c := range []struct {
		host string
		port int
		tls  bool
		want string
	}{
		{"example.com", 80, false, "example.com"},
		{"example.com", 443, true, "example.com"},
		{"example.com", 443, false, "example.com:443"},
		{"example.com", 80, true, "example.com:80"},
		{"::1", 80, false, "[::1]"},
		{"::1", 8080, false, "[::1]:8080"},
		{"fe80::1%eth0", 80, false, "[fe80::1]"},
		{"fe80::1%eth0", 8080, false, "[fe80::1]:8080"},
		{"/run/x.sock", 0, false, "localhost"},
		{"@abstract", 0, true, "localhost"},
	} {
		if got := HostField(c.host, c.port, c.tls); got != c.want {
			t.Errorf("HostField(%q, %d, %v) = %q, want %q", c.host, c.port, c.tls, got, c.want)
		}
	}
}

// FuzzParseAddr: an address is refused with a BadConfig error, or it is split
// into what connects and gives a Host field without blanks, controls, slashes
// or userinfo, which parsed again gives the same host and port.
func FuzzParseAddr(f *testing.F) {
	for _, s := range []string{"host", "host:1", "[::1]:80", "::1", "fe80::1%eth0", "unix:/x", "a:b:c", "[", "u@h", "::1%\n", "[::1%]:1"} {
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, addr string, tls bool) {
		network, host, port, err := ParseAddr(addr, tls)
		if err != nil {
			fails(t, err, BadConfig, "")
			return
		}
		if _, bad := newRoute(&Options{Network: network, Host: host, Port: port}); bad != nil {
			t.Fatalf("%q is accepted, and then %v", addr, bad)
		}
		field := HostField(host, port, tls)
		if strings.ContainsAny(field, " \t\r\n\x00/@%?#") {
			t.Fatalf("Host field %q from %q", field, addr)
		}
		if network == "unix" {
			return
		}
		_, again, port2, err := ParseAddr(field, tls)
		if err != nil || again != noZone(host) || port2 != port {
			t.Fatalf("%q gives the Host field %q, and that %q, %d, %v", addr, field, again, port2, err)
		}
	})
}

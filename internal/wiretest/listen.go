package wiretest

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// listen opens the listener that the Setup asks for.
func (s *Server) listen() {
	s.t.Helper()
	addr := map[string]string{"": "127.0.0.1:0", "tcp4": "127.0.0.1:0", "tcp6": "[::1]:0", "unix": s.socketPath()}[s.setup.Network]
	network := s.setup.Network
	if network == "" {
		network = "tcp4"
	}
	// The receive buffer must be small before the connection is made: the
	// handshake announces the window, and a window is never taken back.
	lc := net.ListenConfig{Control: func(_, _ string, rc syscall.RawConn) error {
		if s.setup.ReadBuffer == 0 {
			return nil
		}
		return setReceiveBuffer(rc, s.setup.ReadBuffer)
	}}
	ln, err := lc.Listen(context.Background(), network, addr)
	if err != nil {
		if network == "tcp6" {
			Lacking(s.t, "tcp6", err)
		}
		s.fatal(err)
	}
	s.ln = ln
	s.Addr = ln.Addr().String()
	switch a := ln.Addr().(type) {
	case *net.TCPAddr:
		s.Port = a.Port
	case *net.UnixAddr:
		s.Addr = "unix:" + a.Name
	}
}

// socketPath names a socket in a new folder. It is not t.TempDir, whose long
// name with the test's name in it may pass the 104 octets a socket's may have.
func (s *Server) socketPath() string {
	if s.setup.Network != "unix" {
		return ""
	}
	dir, err := os.MkdirTemp("", "wire")
	if err != nil {
		s.fatal(err)
	}
	s.t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

// dialMark makes the connection that marks the end (see drain). It has an
// address of its own also for unix, where a client's usually has none.
func (s *Server) dialMark() (net.Conn, error) {
	a, ok := s.ln.Addr().(*net.UnixAddr)
	if !ok {
		return net.DialTimeout(s.ln.Addr().Network(), s.ln.Addr().String(), s.setup.Guard)
	}
	c, err := net.DialUnix("unix", &net.UnixAddr{Name: a.Name + ".end", Net: "unix"}, a)
	if err != nil {
		return nil, err // not c: a nil *net.UnixConn in an interface is not nil
	}
	return c, nil
}

package dial

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// A nameServer answers as its script says, on loopback or, in a synctest
// bubble, through connections that are made of channels.
type nameServer struct {
	answer func(name string, tcp bool) reply
	begin  time.Time

	mu    sync.Mutex
	asked map[string][]time.Duration // when a name was asked for, A and AAAA
}

// A reply is what is said about one name.
type reply struct {
	rcode  dnsmessage.RCode
	addrs  []string
	silent bool
	tcp    bool                // truncated by UDP: come again by TCP
	wrong  func(packet []byte) // spoils the packet
	junk   []byte              // instead of a packet
}

func found(addrs ...string) reply { return reply{addrs: addrs} }

var (
	nxdomain = reply{rcode: dnsmessage.RCodeNameError}
	nodata   = reply{}
	servfail = reply{rcode: dnsmessage.RCodeServerFailure}
	refused  = reply{rcode: dnsmessage.RCodeRefused}
	silence  = reply{silent: true}
)

// names is a script that says the same whenever it is asked.
func names(zone map[string]reply) *nameServer {
	return &nameServer{answer: func(name string, _ bool) reply {
		if r, ok := zone[name]; ok {
			return r
		}
		return nxdomain
	}}
}

// respond returns the packet to send back, nil for silence.
func (s *nameServer) respond(query []byte, tcp bool) []byte {
	var p dnsmessage.Parser
	h, err := p.Start(query)
	if err != nil {
		panic(err) // Go's resolver sends good ones
	}
	q, err := p.Question()
	if err != nil {
		panic(err)
	}
	name := q.Name.String()
	s.mu.Lock()
	if s.asked == nil {
		s.asked = map[string][]time.Duration{}
	}
	s.asked[name] = append(s.asked[name], time.Since(s.begin))
	r := s.answer(name, tcp)
	s.mu.Unlock()
	switch {
	case r.silent:
		return nil
	case r.junk != nil && (tcp || !r.tcp):
		return r.junk
	}
	packet := pack(h.ID, q, r, tcp)
	if r.wrong != nil && (tcp || !r.tcp) {
		r.wrong(packet)
	}
	return packet
}

// times tells when a name was asked for.
func (s *nameServer) times(name string) []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[name]
}

func pack(id uint16, q dnsmessage.Question, r reply, tcp bool) []byte {
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, Response: true, RecursionAvailable: true, RCode: r.rcode, Truncated: r.tcp && !tcp},
		Questions: []dnsmessage.Question{q},
	}
	for _, s := range r.addrs {
		a := netip.MustParseAddr(s)
		h := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}
		switch {
		case a.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: a.As4()}})
		case a.Is6() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
	packet, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return packet
}

// resolver serves on loopback, UDP and TCP, until the test ends.
func (s *nameServer) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	s.begin = time.Now()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { s.serveUDP(udp) })
	running.Go(func() { s.serveTCP(tcp) })
	t.Cleanup(func() { udp.Close(); tcp.Close(); running.Wait() })
	at := map[byte]string{'u': udp.LocalAddr().String(), 't': tcp.Addr().String()}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, at[network[0]])
	}}
}

func (s *nameServer) serveUDP(ln net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		n, from, err := ln.ReadFrom(buf)
		if err != nil {
			return
		}
		if p := s.respond(buf[:n], false); p != nil {
			ln.WriteTo(p, from)
		}
	}
}

func (s *nameServer) serveTCP(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		s.serveOne(c)
	}
}

// serveOne answers one query; the resolver sends no more by a connection.
func (s *nameServer) serveOne(c net.Conn) {
	defer c.Close()
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return
	}
	query := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(c, query); err != nil {
		return
	}
	if p := s.respond(query, true); p != nil {
		c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(p))), p...))
	}
}

// inBubble serves without sockets, so that a synctest bubble's clock moves. At
// its end it gives the resolver time to notice that its caller has gone: it
// waits for its sockets, not for a context.
func (s *nameServer) inBubble(t *testing.T) *net.Resolver {
	s.begin = time.Now()
	t.Cleanup(func() { <-time.After(time.Hour) })
	return &net.Resolver{PreferGo: true, Dial: func(_ context.Context, network, _ string) (net.Conn, error) {
		return &datagrams{s: s, in: make(chan []byte, 8)}, nil
	}}
}

// datagrams is the client's side of a UDP socket.
type datagrams struct {
	s        *nameServer
	in       chan []byte
	deadline time.Time
}

func (d *datagrams) Write(b []byte) (int, error) {
	if p := d.s.respond(b, false); p != nil {
		d.in <- p
	}
	return len(b), nil
}

func (d *datagrams) Read(b []byte) (int, error) {
	select {
	case p := <-d.in:
		return copy(b, p), nil
	case <-time.After(time.Until(d.deadline)):
		return 0, &net.OpError{Op: "read", Net: "udp", Err: os.ErrDeadlineExceeded}
	}
}

func (d *datagrams) ReadFrom(b []byte) (int, net.Addr, error) {
	n, err := d.Read(b)
	return n, d.RemoteAddr(), err
}

func (d *datagrams) WriteTo(b []byte, _ net.Addr) (int, error) { return d.Write(b) }
func (d *datagrams) Close() error                              { return nil }
func (d *datagrams) LocalAddr() net.Addr                       { return &net.UDPAddr{} }
func (d *datagrams) RemoteAddr() net.Addr                      { return &net.UDPAddr{} }
func (d *datagrams) SetDeadline(t time.Time) error             { d.deadline = t; return nil }
func (d *datagrams) SetReadDeadline(t time.Time) error         { return d.SetDeadline(t) }
func (d *datagrams) SetWriteDeadline(time.Time) error          { return nil }

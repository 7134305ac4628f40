package dugong_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A tunnelShape is a way to open a tunnel.
type tunnelShape struct {
	name   string
	open   func() *dugong.Request
	head   string
	status int
}

var tunnelShapes = []tunnelShape{
	{"101", func() *dugong.Request { return upgrade("/up") }, "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: echo/1\r\nContent-Length: 3\r\n\r\n", 101},
	{"CONNECT", connect, "HTTP/1.1 200 Yes\r\nContent-Length: 3\r\n\r\n", 200},
	{"CONNECT by 1.0", connect, "HTTP/1.0 299 Yes\r\nTransfer-Encoding: chunked\r\n\r\n", 299},
}

// What comes before the tunnel, and through it: octets that would mean
// something if they were still HTTP.
const (
	tunnelBefore = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
	tunnelData   = "\r\nHTTP/1.1 500 No\r\nContent-Length: 1\r\n\r\n\x00"
)

// How a tunnel is read.
const (
	byHijack  = "Hijack"
	byReadRaw = "ReadRaw"
)

// A tunnelRow is one row: the accident comes when the peer has sent k octets
// of the head that opens the tunnel and of what follows it.
type tunnelRow struct {
	tunnelShape
	via string
	k   int
	a   accident
	t   *testing.T
	m   wiretest.Mode
}

func (w tunnelRow) String() string {
	return fmt.Sprintf("%s, read by %s, %s after octet %d (%.30q)", w.name, w.via, w.a, w.k, (w.head + tunnelData)[w.k:])
}

// Every accident at every octet of the head that opens a tunnel and of what
// comes through it, plain and under TLS: before the tunnel it is like in any
// response; in it the octets that came are handed out, no more and none less,
// and then the accident shows, if it concerns the tunnel.
func TestFaultsInTunnel(t *testing.T) {
	for _, s := range tunnelShapes {
		for _, via := range []string{byHijack, byReadRaw} {
			modes := bubbleModes()
			if via == byHijack { // what Hijack gives blocks by itself
				modes = wiretest.Modes("")
			}
			for _, a := range accidents {
				wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
					if a == byCut && !m.TLS {
						return
					}
					t.Run(s.name+"/"+via+"/"+string(a), func(t *testing.T) {
						inBubble(t, m, func(t *testing.T) {
							rows := 0
							for k := 0; k <= len(s.head+tunnelData); k += stride(m, 0) {
								tunnelRow{s, via, k, a, t, m}.run()
								rows++
							}
							tally(t, "accidents in tunnels", rows)
						})
					})
				}, modes...)
			}
		}
	}
}

func (w tunnelRow) run() {
	goOn := newStep()
	r := piped(w.t, w.m, dugong.Config{Timeout: time.Minute}, 0, func(p *wiretest.Peer, f *faulty) { w.peer(p, f, goOn) })
	r.get("/before")
	q := w.open()
	q.Tag = "tunnel"
	r.send(q)
	r.wantBody(r.read("/before", 200), []byte("hi"))
	left := w.a // the accident, until it has happened
	ctx, stop := responseRow{a: w.a}.happen(r)
	resp, err := r.ReadResponse(ctx)
	if w.k < len(w.head) {
		w.inHead(r, err)
		if w.a.fatal() {
			stop()
			r.Close()
			noneBorrowed(w.t, w.String())
			return
		}
		goOn.tell()
		left = ""
		resp, err = r.ReadResponse(r.ctx)
	}
	stop()
	if err != nil || resp.Status != w.status || resp.Tag != "tunnel" || resp.Length != 0 {
		w.t.Fatalf("%v: opened by %+v, %v", w, resp, err)
	}
	if w.via == byHijack {
		w.hijacked(r, left, goOn)
	} else {
		w.raw(r, left, goOn)
	}
	r.Close()
	noneBorrowed(w.t, w.String())
}

func (w tunnelRow) peer(p *wiretest.Peer, f *faulty, goOn step) {
	p.ReadRequest()
	p.ReadHead()
	wire := w.head + tunnelData
	p.Send(tunnelBefore + wire[:w.k])
	switch w.a {
	case byEOF:
		p.Close()
	case byCut:
		p.CloseAbruptly()
	case byReset:
		f.reset.Store(true)
		p.CloseAbruptly()
	default:
		if w.a == byClose || w.a == byDrop && (w.k < len(w.head) || w.via == byReadRaw) {
			break // the rest will not be taken
		}
		p.Wait(goOn)
		if w.k < len(wire) {
			p.Send(wire[w.k:])
		}
	}
	if w.a != byEOF && w.a != byCut && w.a != byReset {
		if n := p.Drain(); n > 0 {
			p.Fatalf("%v: %d octets came through the tunnel", w, n)
		}
	}
}

// inHead: no tunnel yet, so it is an accident like any other, and there is
// nothing to hand over.
func (w tunnelRow) inHead(r *rig, err error) {
	e := asError(w.t, w.String(), err)
	kind, cause, fault := w.a.cause()
	if e.Kind != kind || cause != nil && !errors.Is(e, cause) || e.Phase != dugong.PhaseHead || e.Fault != fault || e.Path != w.open().Path {
		w.t.Fatalf("%v: %v: phase %s, fault %s, path %s", w, e, e.Phase, e.Fault, e.Path)
	}
	if _, err := r.Hijack(); !errors.Is(err, dugong.ErrState) {
		w.t.Fatalf("%v: Hijack without a tunnel: %v", w, err)
	}
	left := r.Unanswered()
	if len(left) != 1 || left[0].Tag != "tunnel" || left[0].Verdict != dugong.MaybeProcessed || left[0].Status != 0 {
		w.t.Fatalf("%v: unanswered %+v", w, left)
	}
}

// hijacked reads from the connection handed over. What happens to the Conn or
// to a context of it does not concern that connection any more.
func (w tunnelRow) hijacked(r *rig, a accident, goOn step) {
	conn, err := r.Hijack()
	if err != nil {
		w.t.Fatalf("%v: Hijack: %v", w, err)
	}
	defer conn.Close()
	if left := r.Unanswered(); len(left) > 0 || r.Pending() > 0 {
		w.t.Fatalf("%v: unanswered %v", w, left)
	}
	came := tunnelData[:max(0, w.k-len(w.head))]
	if a == "" {
		came = tunnelData
	}
	if got := readN(conn, len(came)); got != came {
		w.t.Fatalf("%v: what came before: %q, want %q", w, got, came)
	}
	rest := tunnelData[len(came):]
	switch a {
	case byEOF:
		w.ends(conn, io.EOF)
	case byCut:
		w.ends(conn, io.ErrUnexpectedEOF)
	case byReset:
		w.ends(conn, syscall.ECONNRESET)
	case byClose:
		time.AfterFunc(time.Second, func() { conn.Close() })
		_, err := conn.Read(make([]byte, 1))
		answered := w.m.TLS && err == io.EOF // the peer may answer close_notify with its own before the connection is closed
		if !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.ErrClosedPipe) && !answered {
			w.t.Fatalf("%v: a read of a closed connection: %v", w, err)
		}
	case byDeadline:
		conn.SetReadDeadline(time.Now().Add(time.Second))
		w.ends(conn, os.ErrDeadlineExceeded)
		conn.SetReadDeadline(time.Time{})
		goOn.tell()
		w.continues(conn, rest)
	case byTimeout: // the inactivity timeout was the Conn's
		time.AfterFunc(time.Hour, goOn.tell)
		w.continues(conn, rest)
	case byCancel, byDrop: // the context has ended by now
		if a == byDrop && !errors.Is(r.Conn.Reset(), dugong.ErrConnectionClosed) {
			w.t.Fatalf("%v: Reset works after Hijack", w)
		}
		r.Close()
		goOn.tell()
		w.continues(conn, rest)
	}
}

// ends reads the one error, twice.
func (w tunnelRow) ends(conn net.Conn, want error) {
	for range 2 {
		if n, err := conn.Read(make([]byte, 9)); n > 0 || !errors.Is(err, want) {
			w.t.Fatalf("%v: %d octets, %v, want %v", w, n, err, want)
		}
	}
}

func (w tunnelRow) continues(conn net.Conn, want string) {
	if got := readN(conn, len(want)); got != want {
		w.t.Fatalf("%v: afterwards %q, want %q", w, got, want)
	}
}

// readN reads n octets, or what there is of them.
func readN(r io.Reader, n int) string {
	got := make([]byte, n)
	n, _ = io.ReadFull(r, got)
	return string(got[:n])
}

// raw reads the tunnel by ReadRaw, to which everything happens as to a body.
func (w tunnelRow) raw(r *rig, a accident, goOn step) {
	came := tunnelData[:max(0, w.k-len(w.head))]
	if a == "" {
		came = tunnelData
	}
	if got := readN(rawReader{r, r.ctx}, len(came)); got != came {
		w.t.Fatalf("%v: what came before: %q, want %q", w, got, came)
	}
	if a == "" {
		return
	}
	ctx, stop := responseRow{a: a}.happen(r)
	n, err := r.ReadRaw(ctx, make([]byte, 9))
	stop()
	if a == byEOF {
		if n > 0 || err != io.EOF {
			w.t.Fatalf("%v: %d octets, %v, want the end", w, n, err)
		}
		return
	}
	e := asError(w.t, w.String(), err)
	kind, cause, fault := a.cause()
	if n > 0 || e.Kind != kind || cause != nil && !errors.Is(e, cause) || e.Phase != dugong.PhaseBody || e.Fault != fault {
		w.t.Fatalf("%v: %d octets, %v: phase %s, fault %s", w, n, e, e.Phase, e.Fault)
	}
	if left := r.Unanswered(); len(left) > 0 || r.Pending() > 0 {
		w.t.Fatalf("%v: the tunnel was opened, yet %+v", w, left)
	}
	if a.fatal() {
		if _, err := r.ReadRaw(r.ctx, make([]byte, 9)); !errors.Is(err, dugong.ErrConnectionClosed) {
			w.t.Fatalf("%v: reading on gives %v", w, err)
		}
		return
	}
	goOn.tell()
	if rest := readN(rawReader{r, r.ctx}, len(tunnelData)-len(came)); came+rest != tunnelData {
		w.t.Fatalf("%v: afterwards %q", w, rest)
	}
}

// rawReader is ReadRaw as an io.Reader.
type rawReader struct {
	r   *rig
	ctx context.Context
}

func (r rawReader) Read(p []byte) (int, error) { return r.r.ReadRaw(r.ctx, p) }

package main

import (
	"net"
	"os"

	"github.com/dugong-http/dugong/internal/origin"
)

// A place is where a row is run: an origin, the way to it, a file to upload.
type place struct {
	server *server
	core   int
	links  []*origin.Link
	near   map[string]string // by address of the origin: that of the link to it
	file   string
}

// place prepares what the row needs.
func (o options) place(r *row) (p *place, err error) {
	p = &place{near: map[string]string{}}
	var other int
	p.core, other = o.cores(r)
	if p.server, err = startOrigin(other); err != nil {
		return nil, err
	}
	if err = p.link(r.path); err == nil && r.job.Source != "" {
		p.file, err = file(r.job.Size)
		r.job.Source = p.file
	}
	if err != nil {
		p.close()
	}
	return p, err
}

// cores says where the clients run and where the origin does.
func (o options) cores(r *row) (client, origin int) {
	other := nextCore(o.core)
	if other == anywhere {
		other = firstCore()
	}
	switch {
	case r.pin:
		return o.core, o.core
	case r.apart && other != o.core:
		return o.core, other
	}
	return anywhere, anywhere
}

// link makes the way longer.
func (p *place) link(path origin.Path) error {
	if path.RTT == 0 {
		return nil
	}
	for _, addr := range []string{p.server.plain, p.server.secure, p.server.http2} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		p.near[addr] = l.Addr().String()
		p.links = append(p.links, origin.StartLink(l, addr, path))
	}
	return nil
}

// addr is where a client connects to.
func (p *place) addr(secure bool, client string) string {
	a := p.server.plain
	switch {
	case secure:
		a = p.server.secure
	case client == http2:
		a = p.server.http2
	}
	if near := p.near[a]; near != "" {
		return near
	}
	return a
}

func (p *place) close() {
	for _, l := range p.links {
		l.Close()
	}
	if p.file != "" {
		os.Remove(p.file)
	}
	p.server.stop()
}

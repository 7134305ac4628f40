// Package inside is the door through which dugonghttp, which has its own way
// of connecting and its own idea of default fields, makes a dugong.Conn. What
// passes through it would be of no use to anybody who connects by Config.
package inside

import "github.com/dugong-http/dugong/internal/nio"

// Options describe a Conn on a connection that was made elsewhere.
type Options struct {
	Transport *nio.Transport // connected, TLS included; belongs to the Conn then
	Addr      string         // for errors
	Host      string         // default of the Host field
	// Bare leaves out the fields that HTTP does not demand: Accept-Encoding:
	// identity and Connection: keep-alive.
	Bare bool
	// AnyUpgrade takes a 101 (Switching Protocols) that was not asked for as
	// the end of HTTP on this connection, instead of refusing it. It hands the
	// octets behind it to Hijack alone, never to a response parser.
	AnyUpgrade bool
	Config     any // *dugong.Config
}

// NewConn returns a *dugong.Conn; package dugong sets it.
var NewConn func(Options) any

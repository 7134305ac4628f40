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
	// Lenient takes what net/http takes and the rest of us refuses:
	//   - A 101 (Switching Protocols) that was not asked for ends HTTP on this
	//     connection. What is behind it goes to Hijack, never to a parser.
	//   - A field name may have blanks before its colon, if it is not one that
	//     frames the message.
	//   - After a final answer instead of 100 (Continue) that does not close,
	//     the body may be written: some servers wait for its octets whatever
	//     they have answered.
	Lenient bool
	Config  any // *dugong.Config
}

// Octets tells how far a *dugong.Conn that NewConn made has come: octets of
// requests that it accepted, how many of these may have left, and octets of
// responses that it has taken from the wire. TLS is not counted.
var Octets func(conn any) (accepted, handed, taken int64)

// Idle tells whether a *dugong.Conn without requests in flight could take one:
// its peer has neither closed it nor sent anything. It does not wait.
var Idle func(conn any) bool

// Arrived gives the body of a response, a *dugong.Body, if its length was told
// and all of it is here; nil if not. Then nothing is left of it to be read.
var Arrived func(body any) []byte

// NewConn returns a *dugong.Conn; package dugong sets it.
var NewConn func(Options) any

// Unseen counts reads and writes that the kernel's own count of them leaves out,
// see nio.Unseen.
func Unseen() int64 { return nio.Unseen.Load() }

package dugong

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"unicode"

	"github.com/dugong-http/dugong/internal/h1"
)

// The names of all failures. Every error of this package, but for the few that
// docs/errors.md lists (io.EOF at the end of a body is one), is an *Error whose
// Kind is one of these, and matches it by errors.Is; ErrTooLarge matches
// ErrInvalidResponse as well, and the cause of an error what it matches by
// itself. docs/errors.md says of each kind when it comes, whose fault it is and
// what to do.
var (
	// ErrConnectionClosed: the connection is gone, by the peer, the network
	// or a call of Close or Reset, where it was still needed. Unanswered tells
	// what became of each request. Temporary. (Original: ConnectionClosed.)
	ErrConnectionClosed = errors.New("connection closed")
	// ErrInvalidResponse: the peer broke the rules of HTTP. The connection is
	// dead. (Original: InvalidResponse.)
	ErrInvalidResponse = errors.New("invalid response")
	// ErrTooLarge: a response passed one of the Limits. It also matches
	// ErrInvalidResponse, which is how the original reports limits.
	ErrTooLarge error = tooLarge{}
	// ErrUnsupportedResponse: the response is well-formed, but where its body
	// ends cannot be known. Status and header are readable, ReadRaw works.
	// Another version of HTTP is one too, of which nothing is readable.
	// (Original: UnsupportedResponse.)
	ErrUnsupportedResponse = errors.New("unsupported response")
	// ErrExcessBodyData: more body was written than announced. The surplus
	// was not sent; the connection is unhurt. (Original: ExcessBodyData.)
	ErrExcessBodyData = errors.New("excess body data")
	// ErrState: the call does not fit the state of the connection. Nothing
	// happened. (Original: StateError.)
	ErrState = errors.New("wrong state")
	// ErrConnectionTimedOut: no byte moved for Config.Timeout, or a wait limit
	// passed; Error.Phase says where. It is a net.Error with Timeout true and
	// matches os.ErrDeadlineExceeded. Temporary. (Original: ConnectionTimedOut.)
	ErrConnectionTimedOut = errors.New("connection timed out")
	// ErrHostnameNotResolvable: the name does not exist, and name resolution
	// works. (Original: HostnameNotResolvable.)
	ErrHostnameNotResolvable = errors.New("host name not resolvable")
	// ErrDNSUnavailable: name resolution does not work now. Temporary.
	// (Original: DNSUnavailable.)
	ErrDNSUnavailable = errors.New("name resolution unavailable")
	// ErrPipelineFull: the peer takes no more requests before some of its
	// answers are read, and the read-ahead (Config.ReadAhead) is full. Read
	// responses, then go on. The connection is unhurt.
	ErrPipelineFull = errors.New("pipeline full")
	// ErrEarlyResponse: the final response to a request came before its body
	// was complete. ReadResponse gives the response; writing on is allowed by
	// calling again.
	ErrEarlyResponse = errors.New("early response")
	// ErrInvalidRequest: the request cannot be put on the wire safely, or
	// contradicts itself. Nothing was sent; the connection is unhurt.
	ErrInvalidRequest = errors.New("invalid request")
	// ErrInvalidConfig: New was given an address or a Config that cannot work.
	ErrInvalidConfig = errors.New("invalid configuration")
	// ErrConnectFailed: no connection could be made; the cause is wrapped.
	ErrConnectFailed = errors.New("connecting failed")
	// ErrProxyRefused: the proxy refused to make the connection. Error.Status is
	// its answer to CONNECT; with SOCKS it is 0, and Detail has the reply.
	// Nothing of the request was sent.
	ErrProxyRefused = errors.New("proxy refused")
	// ErrTLS: the TLS handshake failed: the cause is wrapped (certificate errors
	// as crypto/tls gives them), or the peer broke TLS or ended it with an alert
	// later: with TLS 1.3 a refused client certificate is told only then.
	ErrTLS = errors.New("TLS failed")
	// ErrCanceled: the context of the call ended, by its deadline too. The cause
	// of the context is wrapped, which is context.DeadlineExceeded for a deadline
	// unless the context was given another one. Not temporary: the caller wanted it.
	ErrCanceled = errors.New("canceled")
	// ErrBodySource: reading the caller's own request body failed; the cause
	// is wrapped. The connection is dead for sending, unless the source failed
	// behind the announced length: Detail says so, and the request is complete.
	ErrBodySource = errors.New("reading the request body failed")
)

type tooLarge struct{}

func (tooLarge) Error() string        { return "response too large" }
func (tooLarge) Is(target error) bool { return target == ErrInvalidResponse }

// A Phase says what was going on when an error came.
type Phase string

const (
	PhaseResolve Phase = "resolve" // looking up the name
	PhaseDial    Phase = "dial"    // connecting the socket
	PhaseProxy   Phase = "proxy"   // CONNECT or SOCKS
	PhaseTLS     Phase = "tls"     // handshake
	PhaseWrite   Phase = "write"   // sending a request
	PhaseWait100 Phase = "wait100" // awaiting 100 (Continue)
	PhaseQueue   Phase = "queue"   // a reader waits for a request to be sent
	PhaseHead    Phase = "head"    // reading a status line and header
	PhaseBody    Phase = "body"    // reading a body
)

// A Fault says whose doing an error is.
type Fault string

const (
	FaultCaller  Fault = "caller"  // the program that uses this package
	FaultPeer    Fault = "peer"    // the server or proxy broke a rule or refused
	FaultNetwork Fault = "network" // the way between, or a peer that went away
)

// An Error is what failing calls of this package return. It holds no
// credentials, no user information of a URL and no query of a target. It is
// the caller's, and nobody else changes it.
type Error struct {
	Kind   error  // one of the Err variables of this package
	Op     string // the call: "connect", "send", "write", "flush", "read response", "read body", ...
	Phase  Phase  // what was going on; empty where nothing was (ErrState)
	Fault  Fault  // whose doing it is
	Method string // of the request it belongs to, up to the first octet that no method has; empty where there is none
	Path   string // its target, for logs: user information left out, a query replaced by ?..., cut at 200 octets. To tell requests apart use Tag
	Addr   string // the peer: the origin, or the proxy in PhaseProxy and where the way to it failed
	Detail string // which rule, which value, what to do
	Status int    // the proxy's, with ErrProxyRefused
	// Written counts the body octets that were accepted when a send stopped
	// half-way (ErrPipelineFull, ErrEarlyResponse, timeouts).
	Written int64
	// NotProcessed and MaybeProcessed count the unanswered requests of the
	// connection when it was lost, see Conn.Unanswered.
	NotProcessed, MaybeProcessed int
	Err                          error // the cause, or nil

	hop bool // the way to the proxy failed
}

// Error says all of it in one line.
func (e *Error) Error() string {
	if n := e.NotProcessed + e.MaybeProcessed; n > 0 {
		return prefix + e.text() + "; unanswered: " + strconv.Itoa(e.NotProcessed) + " not processed, " +
			strconv.Itoa(e.MaybeProcessed) + " maybe processed"
	}
	return prefix + e.text()
}

// prefix begins the text of an error, and is nowhere else in it.
const prefix = "dugong: "

// text is all but the prefix and the counts.
func (e *Error) text() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Method != "" {
		b.WriteString(" " + e.Method + " " + e.Path)
	}
	if e.hop {
		b.WriteString(" to the proxy")
	}
	if e.Addr != "" {
		b.WriteString(" (" + e.Addr + ")")
	}
	b.WriteString(": " + e.Kind.Error())
	if e.Phase != "" {
		b.WriteString(" [" + string(e.Phase) + "]")
	}
	if e.Status != 0 {
		b.WriteString(": status " + strconv.Itoa(e.Status))
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Err != nil {
		b.WriteString(": " + causeText.Replace(e.Err.Error()))
	}
	return oneLine(b.String())
}

// causeText puts the causes of errors.Join on one line. A cause may be an *Error
// itself: a request body that is the body of another connection's response.
var causeText = strings.NewReplacer("\n", "; ", prefix, "")

// oneLine makes control characters visible. A method or target that was refused
// for having them is part of the text.
func oneLine(s string) string {
	if strings.IndexFunc(s, unicode.IsControl) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsControl(r) {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Unwrap gives the Kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Is makes the inactivity timeout match os.ErrDeadlineExceeded too.
func (e *Error) Is(target error) bool {
	return target == os.ErrDeadlineExceeded && e.Kind == ErrConnectionTimedOut
}

// Timeout makes the error a net.Error.
func (e *Error) Timeout() bool {
	return e.Kind == ErrConnectionTimedOut || errors.Is(e.Err, context.DeadlineExceeded)
}

// Temporary says what IsTemporary says.
func (e *Error) Temporary() bool { return IsTemporary(e) }

var _ net.Error = (*Error)(nil)

// errLocalClose is the cause after our own Close or Reset.
var errLocalClose = &localClose{}

type localClose struct{}

func (*localClose) Error() string        { return "closed by this program" }
func (*localClose) Is(target error) bool { return target == net.ErrClosed }

// errShort is the cause when a stream ended inside something.
var errShort = io.ErrUnexpectedEOF

// kindOf translates the faults of the protocol core.
func kindOf(f *h1.Fault) (whose Fault, kind error) {
	switch f.Kind {
	case h1.Invalid:
		return FaultPeer, ErrInvalidResponse
	case h1.TooLarge:
		return FaultPeer, ErrTooLarge
	case h1.Unsupported:
		return FaultPeer, ErrUnsupportedResponse
	case h1.Truncated:
		return FaultNetwork, ErrConnectionClosed
	case h1.Refused:
		return FaultCaller, ErrInvalidRequest
	case h1.Excess:
		return FaultCaller, ErrExcessBodyData
	}
	return FaultCaller, ErrState
}

// firstWord keeps of the peer's octets, which a text quotes at its end, what can
// name a protocol or a number. A peer may send back what it got, and where framing is
// lost a line may be anything that a body holds: neither is for a log.
func firstWord(text string) string {
	start := strings.IndexByte(text, '"') + 1
	if start == 0 {
		return text
	}
	word := text[start:]
	end := strings.IndexFunc(word, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune("\":;,=?&@\\", c) })
	if end < 0 || end == len(word)-1 {
		return text
	}
	return text[:start] + word[:end] + "\"..."
}

// methodText is a method as far as it is one: the rest may be anything.
func methodText(method string) string {
	end := strings.IndexFunc(method, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune("/?:=@\"", c) })
	if end < 0 {
		return method
	}
	return method[:end] + "..."
}

// withoutQuery keeps secrets that travel in targets out of error texts. An
// absolute-form target loses its user information as well.
func withoutQuery(path string) string {
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i] + "?..."
	}
	scheme, rest := "", path
	if i := strings.Index(path, "://"); i >= 0 {
		scheme, rest = path[:i+3], path[i+3:]
	}
	authority, _, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		path = scheme + rest[at+1:]
	}
	const most = 200
	if len(path) > most {
		path = path[:most] + "..."
	}
	return path
}

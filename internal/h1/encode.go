package h1

// The writing side. Its rules:
//
//  1. Every octet of a head is checked before it is appended, so that no
//     value of the caller can end a line, a head or a request (CR, LF, NUL,
//     blanks in the target). What does not pass is Refused; nothing is mended.
//  2. The fields that say where the request goes and where it ends (Host,
//     Content-Length, Transfer-Encoding, Expect) are made here alone: the body
//     that follows is ours to send, so its framing has to be ours too.
//  3. The caller's fields keep their order and spelling. The generated ones
//     follow in a fixed order; see End.

// Values of Plan.Length beside a count of octets.
const (
	NoLength      int64 = -1 // no body, no framing field
	ChunkedLength int64 = -2 // Transfer-Encoding: chunked
)

// MaxRequestHead bounds a request head and a trailer block. Servers in use
// take 8 to 64 KiB; what is larger is a mistake (data put into the target).
const MaxRequestHead = 1 << 20

// Plan is all that a request head is made of beside the caller's fields.
type Plan struct {
	Method    string
	Target    string
	Host      string // value of Host, never empty
	Length    int64  // Content-Length, or NoLength, or ChunkedLength
	Expect    bool   // send Expect: 100-continue
	MD5       string // value of Content-MD5, "" for none
	ProxyAuth string // value of Proxy-Authorization, "" for none
	// Bare leaves out Accept-Encoding and Connection where the caller gave
	// none, and takes Transfer-Encoding: chunked among his fields, if that is
	// what is sent anyway, as the place where it stands.
	Bare bool
}

// Facts is what the sending half must know about the head that was written.
type Facts struct {
	Close   bool // Connection: close was sent, so this is the last request
	Upgrade bool // the peer may answer 101 and change the protocol
	Connect bool // the method is CONNECT: a 2xx makes a tunnel
	// Secrets are the octet ranges in the head, relative to its first octet, of
	// the values of Authorization, Proxy-Authorization and Cookie. Valid until
	// the next Begin.
	Secrets [][2]int
}

// Encoder makes request heads: Begin, Field for each field of the caller,
// End. The zero value is ready, and an Encoder that is used again allocates
// nothing. After a Fault every call until the next Begin gives it again, and
// the caller throws away everything behind its old len(dst).
type Encoder struct {
	dst     []byte
	start   int // len(dst) in Begin
	plan    Plan
	host    string  // the last one that was checked: on one connection always the same
	tail    []byte  // what follows the fields of an ordinary request to host, see generate
	seen    nameSet // special fields that the caller gave
	facts   Facts
	offered bool // Connection named upgrade
	open    bool
	fault   *Fault
}

// Plan gives an empty plan to be filled in for Begin, in memory of the Encoder.
func (e *Encoder) Plan() *Plan {
	e.plan = Plan{}
	return &e.plan
}

// Begin checks the plan, remembers len(dst) and appends the request line
// (RFC 9112 section 3).
func (e *Encoder) Begin(dst []byte, p *Plan) *Fault {
	e.dst, e.start, e.open, e.fault = dst, len(dst), true, nil
	if p != &e.plan {
		e.plan = *p
	}
	e.seen, e.offered = 0, false
	e.facts.Close, e.facts.Upgrade, e.facts.Connect = false, false, p.Method == "CONNECT"
	e.facts.Secrets = e.facts.Secrets[:0]
	const line = len("  HTTP/1.1\r\n")
	if n := line + len(p.Method) + len(p.Target); n > MaxRequestHead {
		return e.refuse(tooLarge("request head", "target", len(p.Target)))
	}
	if f := checkPlan(p, e.host); f != nil {
		return e.refuse(f)
	}
	if e.host != p.Host {
		e.host, e.tail = p.Host, e.tail[:0]
	}
	b := append(dst, p.Method...)
	b = append(b, ' ')
	b = append(b, p.Target...)
	e.dst = append(b, " HTTP/1.1\r\n"...)
	return nil
}

// Field appends a field of the caller.
func (e *Encoder) Field(name, value string) *Fault {
	if !e.open {
		return e.closed()
	}
	if len(e.dst)-e.start+len(name)+len(value)+4 > MaxRequestHead {
		return e.refuse(tooLarge("request head", "field", len(name)+len(value)))
	}
	id := nameOf(name)
	if f := checkField(id, name, value); f != nil {
		return e.refuse(f)
	}
	if id != nameOther {
		return e.special(id, name, value)
	}
	e.dst = appendField(e.dst, name, value)
	return nil
}

// End appends the generated fields and the empty line. The order is that of
// the original: Expect, Content-Length or Transfer-Encoding, Content-MD5,
// Host, Accept-Encoding, Proxy-Authorization, Connection.
func (e *Encoder) End() ([]byte, Facts, *Fault) {
	if !e.open {
		return e.dst, Facts{}, e.closed()
	}
	if e.seen.has(nameUpgrade) && !e.offered {
		return e.undo(refusal("Upgrade needs the connection option upgrade (RFC 9110 section 7.8); add Connection: upgrade", ""))
	}
	e.facts.Upgrade = e.seen.has(nameUpgrade)
	e.generate()
	if n := len(e.dst) - e.start; n > MaxRequestHead {
		return e.undo(tooLarge("request head", "head", n))
	}
	dst := e.dst
	e.dst, e.open = nil, false
	e.plan = Plan{} // keep nothing of the caller
	return dst, e.facts, nil
}

// refuse ends the head with f, which later calls repeat. It is not inlined:
// what it needs of the stack would be part of every head's.
//
//go:noinline
func (e *Encoder) refuse(f *Fault) *Fault {
	e.dst, e.open, e.fault = e.dst[:e.start], false, f
	e.plan = Plan{}
	return f
}

func (e *Encoder) undo(f *Fault) ([]byte, Facts, *Fault) {
	e.refuse(f)
	return e.dst, Facts{}, f
}

// closed is the fault of a call outside Begin and End.
func (e *Encoder) closed() *Fault {
	if e.fault != nil {
		return e.fault
	}
	return &Fault{Kind: State, Text: "no message is being encoded; call Begin first"}
}

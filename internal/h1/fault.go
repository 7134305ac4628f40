package h1

// Kind says what sort of fault stopped the work, and by that what it means
// for the connection.
type Kind uint8

const (
	// Invalid: the peer broke the grammar or the framing rules. The connection is dead.
	Invalid Kind = iota + 1
	// Unsupported: well-formed, but not something whose end can be known. The
	// head is readable, the body is not.
	Unsupported
	// TooLarge: a limit of ours was passed. The connection is dead.
	TooLarge
	// Truncated: the stream ended where octets were needed.
	Truncated
	// Refused: what the caller asked to be sent is not allowed on the wire.
	// Nothing was written.
	Refused
	// State: the call does not fit the state of the connection. Nothing happened.
	State
	// Excess: more body octets than were announced. Nothing was written.
	Excess
)

// Fault is the only error type of this package. Rule is the number of the
// parsing rule that was broken (docs/supported-http.md), 0 where none applies.
type Fault struct {
	Kind Kind
	Rule int
	Text string // which rule, in words, with the RFC section where there is one
	Got  string // the octets at fault, shortened and quoted; never a credential
}

func (f *Fault) Error() string {
	if f.Got == "" {
		return f.Text
	}
	return f.Text + ": " + f.Got
}

// maxExcerpt bounds the octets of the peer or caller that an error repeats.
const maxExcerpt = 48

// excerpt shortens and quotes octets for an error text.
func excerpt[T string | []byte](p T) string {
	const hex = "0123456789abcdef"
	tail := ""
	if len(p) > maxExcerpt {
		p, tail = p[:maxExcerpt], "..."
	}
	b := []byte{'"'}
	for i := range len(p) {
		switch c := p[i]; {
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20 || c >= 0x7f:
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(append(append(b, '"'), tail...))
}

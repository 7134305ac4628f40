package dugong

import "io"

// A Request says what to send. SendRequest keeps nothing of it but Method,
// Path and Tag: after it has returned the caller may change and reuse the
// Request, its Header and its bytes. It is never changed by this package.
type Request struct {
	// Method is sent as it is; empty means GET. Methods are case-sensitive.
	Method string
	// Path is the request target: origin-form ("/a?b"), or "*" for OPTIONS, or
	// host:port for CONNECT, or absolute-form ("http://host/a?b") where the
	// address of the connection is that of a proxy; with Config.Proxy it is
	// made of the origin-form. Empty means "/". It must be percent-encoded.
	Path string
	// Host overrides the Host field, which otherwise names the address of the
	// connection.
	Host string
	// Header is sent in its order and spelling. Host and Content-Length in it
	// are replaced; a second one of these, Content-Length without a body,
	// Transfer-Encoding and Expect are refused (ErrInvalidRequest); Accept-Encoding:
	// identity and Connection: keep-alive are defaults that it overrides.
	Header Header
	// Body is what follows the header. The zero value means none.
	Body RequestBody
	// ExpectContinue asks the peer to look at the header first. It needs
	// BodyFollowing or BodyChunked: read the response, which is a 100 or
	// already the final one, and after a 100 write the body. (In Pipeline it
	// goes with BodyBytes and BodyReader, and the library does these steps.)
	// With an empty BodyFollowing nothing is asked, since nothing follows
	// (RFC 9110 section 10.1.1).
	ExpectContinue bool
	// Interim makes ReadResponse return each 1xx response to this request,
	// otherwise they are skipped.
	Interim bool
	// More says that another request follows at once, so that this one need
	// not leave by itself (like MSG_MORE). Flush, or a request without it,
	// sends all.
	More bool
	// ContentMD5 adds a Content-MD5 field, which the original always did; it
	// needs BodyBytes.
	ContentMD5 bool
	// Tag comes back in the Response and in Unanswered.
	Tag any
}

// A RequestBody is the body of a request, or the announcement of one. Make it
// by BodyBytes, BodyReader, BodyFollowing or BodyChunked; zero means none.
type RequestBody struct {
	kind   bodyKind
	bytes  []byte
	reader io.Reader
	length int64
}

type bodyKind uint8

const (
	bodyNone bodyKind = iota
	bodyBytes
	bodyReader
	bodyFollowing
	bodyChunked
)

// BodyBytes sends p, which is the caller's again when SendRequest returns (in
// Pipeline: when the sequence of requests goes on). After ErrPipelineFull and
// ErrEarlyResponse the body is still open: give p[Error.Written:] to Write. An
// empty p is a body of length 0.
func BodyBytes(p []byte) RequestBody {
	return RequestBody{kind: bodyBytes, bytes: p, length: int64(len(p))}
}

// BodyReader sends exactly n octets of r. If r has fewer, the request is cut
// off (io.ErrUnexpectedEOF) and the connection is dead for sending; if it has
// more, the request is complete and the call gives ErrExcessBodyData: so one
// octet more is asked for, with n = 0 too. If reading fails, the call gives
// ErrBodySource. A negative n is ErrInvalidRequest. r is read by the goroutine
// that sends, while no lock is held, 256 KiB at a time; it is not closed. After
// ErrPipelineFull and ErrEarlyResponse the body is still open: ReadFrom of the
// same r goes on. To send the request again give an r that is at its beginning.
func BodyReader(r io.Reader, n int64) RequestBody {
	return RequestBody{kind: bodyReader, reader: r, length: n}
}

// BodyFollowing announces n octets that follow through Write, ReadFrom or
// BodyWriter. Until they are complete nothing else can be sent. With n = 0 the
// body is complete at once; a negative n is ErrInvalidRequest.
func BodyFollowing(n int64) RequestBody { return RequestBody{kind: bodyFollowing, length: n} }

// BodyChunked announces a body of unknown length (Transfer-Encoding: chunked)
// that follows through Write, ReadFrom or BodyWriter and ends with EndBody,
// which may carry trailer fields.
func BodyChunked() RequestBody { return RequestBody{kind: bodyChunked, length: -1} }

// following reports whether the caller writes the body after SendRequest.
func (b *RequestBody) following() bool { return b.kind == bodyFollowing || b.kind == bodyChunked }

func (r *Request) method() string {
	if r.Method == "" {
		return "GET"
	}
	return r.Method
}

func (r *Request) target() string {
	if r.Path == "" {
		return "/"
	}
	return r.Path
}

// contradiction says what is wrong with a request before any octet of it is
// looked at, or "". Inside Pipeline the library writes the bodies itself.
func (r *Request) contradiction(inPipeline bool) string {
	b := &r.Body
	switch {
	case b.length < 0 && b.kind != bodyChunked:
		return "a negative body length; BodyChunked is for a length that is not known"
	case b.kind == bodyReader && b.reader == nil:
		return "BodyReader without a reader"
	case r.ContentMD5 && b.kind != bodyBytes:
		return "ContentMD5 needs BodyBytes: the sum goes out before the body"
	case r.ExpectContinue && !b.following() && !(inPipeline && b.kind != bodyNone):
		return "ExpectContinue needs BodyFollowing or BodyChunked: the body must wait for the answer"
	}
	return ""
}

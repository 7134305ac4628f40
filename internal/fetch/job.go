package fetch

import (
	"errors"
	"io"
	"time"

	"github.com/dugong-http/dugong"
)

// A Job is one document to fetch.
type Job struct {
	URL  string
	Sink Sink // where the body goes; nil: it is only counted and summed
	Tag  any  // comes back in the Result
	// Refused, if not nil, is why it must not be fetched: the job fails with
	// it in its turn. It is for sources that find out as they go.
	Refused error
}

// A Sink takes one document. Its methods are called by one goroutine at a
// time: Begin, and when the body is complete Commit, or else Abort. Each
// attempt begins anew.
type Sink interface {
	// Begin gives the writer for the body of this answer, nil if it is not
	// wanted: then neither Commit nor Abort follows.
	Begin(h Head) (io.Writer, error)
	Commit() error
	Abort()
}

// Head is what is known of an answer before its body.
type Head struct {
	Status int
	Length int64             // -1: unknown
	Header dugong.HeaderView // good during Begin
}

// A Result is what became of a Job.
type Result struct {
	Tag       any
	URL       string // without user information
	Status    int    // 0: there was no final answer
	Location  string // where a redirect (3xx) points, without user information
	Bytes     int64  // of the body that came
	SHA256    string // of the body, in hexadecimal; empty unless it is complete
	Start     time.Time
	FirstByte time.Time // when the head of the last answer was complete
	End       time.Time
	Attempts  int // how often the request was given to a connection
	Verdict   Verdict
	Conn      int // number of the connection, from 1; 0: there was none
	// Err is nil if there was a complete answer, of whatever status.
	Err error
}

// A Verdict says what is certain about a document's request.
type Verdict string

const (
	Answered       Verdict = "answered"        // completely
	NotProcessed   Verdict = "not processed"   // the server cannot have acted on it
	MaybeProcessed Verdict = "maybe processed" // it may have
)

// Temporary says that trying the failed document later makes sense. Errors of
// sinks are not judged: the library would take them for those of a connection.
func (r *Result) Temporary() bool {
	var e *dugong.Error
	return errors.As(r.Err, &e) && dugong.IsTemporary(e)
}

// Stats sum up a Run.
type Stats struct {
	Documents   int   // answered completely
	Bytes       int64 // of bodies, those of failed attempts included
	Connections int   // made
	Retries     int   // repetitions of requests that may have been processed
	Repeated    int   // repetitions of requests that certainly were not
	Failures    int   // without a complete answer
}

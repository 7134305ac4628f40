package h1

// The sending half as a table. A state says what may be sent next; an event
// is something that either half did. What the table does not hold cannot
// happen, or is the caller's mistake (Sending.Check tells which).
//
//	              Request  Body     Expect   Last      BodyEnd  Continue Final     Settled  Close  Break
//	Ready         Ready    BodyOpen Awaiting Settling                                       Ended  Broken
//	BodyOpen                                           then              BodyOpen           Ended  Broken
//	Awaiting                                                    BodyOpen Ended(1)           Ended  Broken
//	Settling                                                                       Ready    Ended  Broken
//	Ended                                                                Ended     Ended    Ended  Broken
//	Broken                                                               Broken    Broken   Broken Broken
//
// (1) A final answer to Expect while the body is unsent: some servers now take
// the next octets for the body, one takes the body for a request. So nothing
// follows on this connection (RFC 9110 section 10.1.1), unless the caller opted
// in: then Ready.

// SendState is what the sending half may do next.
type SendState uint8

const (
	Ready    SendState = iota // a request
	BodyOpen                  // the rest of the body of the last request
	Awaiting                  // nothing: a 100 (Continue) is awaited
	Settling                  // nothing until the last request is answered: close, CONNECT, Upgrade
	Ended                     // nothing any more: the peer closes, or must not be trusted with more
	Broken                    // nothing any more: sending failed
	numSendStates
)

var sendStateNames = [numSendStates]string{"ready", "body open", "awaiting 100", "settling", "ended", "broken"}

func (s SendState) String() string { return sendStateNames[s] }

// SendEvent is what moves the sending half.
type SendEvent uint8

const (
	SentRequest SendEvent = iota // a request was accepted whole
	SentHead                     // a request whose body follows
	SentExpect                   // a request whose body follows after a 100
	SentLast                     // a request after which nothing may follow
	BodyEnd                      // the body is complete
	Continue                     // 100 came, or its wait limit passed
	Final                        // a final head for the request that is open or awaiting
	Settled                      // the last request was answered, and the connection goes on
	PeerCloses                   // a response announced close, or must be taken so
	Break                        // sending failed
	numSendEvents
)

const (
	illegal SendState = numSendStates + iota
	afterBody
)

var sendTable = [numSendStates][numSendEvents]SendState{
	//           SentRequest SentHead SentExpect SentLast BodyEnd Continue Final Settled PeerCloses Break
	Ready:    {Ready, BodyOpen, Awaiting, Settling, illegal, illegal, illegal, illegal, Ended, Broken},
	BodyOpen: {illegal, illegal, illegal, illegal, afterBody, illegal, BodyOpen, illegal, Ended, Broken},
	Awaiting: {illegal, illegal, illegal, illegal, illegal, BodyOpen, Ended, illegal, Ended, Broken},
	Settling: {illegal, illegal, illegal, illegal, illegal, illegal, illegal, Ready, Ended, Broken},
	Ended:    {illegal, illegal, illegal, illegal, illegal, illegal, Ended, Ended, Ended, Broken},
	Broken:   {illegal, illegal, illegal, illegal, illegal, illegal, Broken, Broken, Broken, Broken},
}

// Sending is the sending half of a connection.
type Sending struct {
	State SendState
	then  SendState // where the end of the open body leads
	Left  int64     // octets that the open body still needs; -1: chunked, its end is said
	Early bool      // a final head came before the open body was complete
}

// Do moves the half. It reports false, and does nothing, where the table has
// no entry: check first.
func (s *Sending) Do(e SendEvent) bool {
	next := sendTable[s.State][e]
	switch {
	case next == illegal:
		return false
	case next == afterBody:
		next = s.then
	}
	s.State = next
	return true
}

// Open begins a body of left octets (ChunkedLength: chunked). Its end leads
// to Ready, or to Settling behind a last request.
func (s *Sending) Open(left int64, expect, last bool) {
	s.Left, s.Early, s.then = max(left, -1), false, Ready
	if last {
		s.then = Settling
	}
	if expect {
		s.Do(SentExpect)
	} else {
		s.Do(SentHead)
	}
}

// CloseAfterBody makes the end of the open body lead to Ended: its answer is
// already here and announced close.
func (s *Sending) CloseAfterBody() { s.then = Ended }

// Refused takes a final answer where a 100 was awaited. With reuse the body
// counts as not wanted, and requests may follow.
func (s *Sending) Refused(reuse bool) {
	if s.Do(Final); reuse && s.State == Ended {
		s.State = Ready
	}
}

// HasBody reports whether a body is open or awaits its 100.
func (s *Sending) HasBody() bool { return s.State == BodyOpen || s.State == Awaiting }

// CheckRequest says whether a request may be sent, as a Fault if not.
func (s *Sending) CheckRequest() *Fault {
	switch s.State {
	case BodyOpen:
		return &Fault{Kind: State, Text: "the body of the last request is not complete: write the rest of it first (and EndBody, if chunked), or Reset"}
	case Awaiting:
		return &Fault{Kind: State, Text: "the last request awaits 100 (Continue): read its response first"}
	case Settling:
		return &Fault{Kind: State, Text: "nothing may follow the last request (close, CONNECT or Upgrade) until it is answered"}
	case Ended:
		return &Fault{Kind: Truncated, Text: "the connection takes no more requests"}
	case Broken:
		return &Fault{Kind: Truncated, Text: "sending on this connection has failed"}
	}
	return nil
}

// CheckWrite says whether n more body octets may be written.
func (s *Sending) CheckWrite(n int) *Fault {
	switch {
	case s.State == Awaiting:
		return &Fault{Kind: State, Text: "the request awaits 100 (Continue): read its response first"}
	case s.State != BodyOpen:
		return &Fault{Kind: State, Text: "no request body is open"}
	case s.Left >= 0 && int64(n) > s.Left:
		return &Fault{Kind: Excess, Text: "more octets than the request announced"}
	}
	return nil
}

package h1

// An Exchange is one request on its way and what is known of its answer.
type Exchange struct {
	Method, Path string
	Tag          any
	Start        int64 // offset of its first octet in the stream of requests
	Status       int16 // of its final response, once the head is here
	Interim      bool  // the caller wants to see each 1xx
	Upgrade      bool  // 101 may come
	Last         bool  // nothing may follow until it is answered
	Close        bool  // it said Connection: close
}

// Asked is what framing must know of the request.
func (x *Exchange) Asked(untilClose bool) Asked {
	return Asked{Method: x.Method, Upgrade: x.Upgrade, UntilClose: untilClose}
}

// A Queue holds the exchanges whose responses are not complete, in the order
// of sending, which is the order of answering (RFC 9112 section 9.3.2). It
// joins the two halves of a connection: the sending one appends, the
// receiving one takes from the front.
// It must not be copied once it was used.
type Queue struct {
	ring  []Exchange // length zero or a power of two
	first int
	n     int
	one   [1]Exchange // the first ring: most connections have one request in flight
}

func (q *Queue) Len() int           { return q.n }
func (q *Queue) At(i int) *Exchange { return &q.ring[(q.first+i)&(len(q.ring)-1)] }
func (q *Queue) Front() *Exchange   { return q.At(0) }
func (q *Queue) Back() *Exchange    { return q.At(q.n - 1) }

// Push appends an empty exchange and returns it to be filled in. It is valid
// until the next Push.
func (q *Queue) Push() *Exchange {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.n++
	return q.Back()
}

func (q *Queue) grow() {
	if q.ring == nil {
		q.ring = q.one[:]
		return
	}
	ring := make([]Exchange, 2*len(q.ring))
	for i := range q.n {
		ring[i] = *q.At(i)
	}
	clear(q.ring) // one stays, and is to let go of what it referred to
	q.ring, q.first = ring, 0
}

// Pop takes the front away and lets go of what it referred to.
func (q *Queue) Pop() {
	*q.Front() = Exchange{}
	q.first = (q.first + 1) & (len(q.ring) - 1)
	q.n--
}

// Unpush takes the back away: the request was not accepted after all.
func (q *Queue) Unpush() {
	*q.Back() = Exchange{}
	q.n--
}

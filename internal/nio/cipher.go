package nio

import "sync"

// A cipherQueue holds sealed octets that wait for the socket, and remembers
// which plain octets they stand for. Its memory is borrowed while there are any.
type cipherQueue struct {
	buf   *[]byte // nil: nothing waits
	off   int     // octets of buf that the socket has taken
	added int64   // sealed octets ever added
	left  int64   // sealed octets ever taken by the socket
	done  seal    // the newest seal that has left as a whole
	open  []seal
}

// A seal is what one Write of crypto/tls made: plain octets up to plain are
// in the sealed octets up to sealed.
type seal struct{ plain, sealed int64 }

// keptSealed bounds the memory that waits for the next who has something to send.
const keptSealed = 4 * maxSealed

var sealedBuffers = sync.Pool{New: func() any { return new([]byte) }}

func (q *cipherQueue) add(p []byte) {
	if len(p) == 0 {
		return
	}
	if q.buf == nil {
		q.buf = sealedBuffers.Get().(*[]byte)
	}
	*q.buf = append(*q.buf, p...)
	q.added += int64(len(p))
}

func (q *cipherQueue) waiting() bool { return q.buf != nil }
func (q *cipherQueue) next() []byte  { return (*q.buf)[q.off:] }

func (q *cipherQueue) taken(n int) {
	q.off += n
	q.left += int64(n)
	if q.off < len(*q.buf) {
		return
	}
	if cap(*q.buf) <= keptSealed {
		*q.buf = (*q.buf)[:0]
		sealedBuffers.Put(q.buf)
	}
	q.buf, q.off = nil, 0
}

// mark is called when everything up to the plain octet was added.
func (q *cipherQueue) mark(plain int64) {
	q.settle()
	q.open = append(q.open, seal{plain, q.added})
}

// settle forgets the seals that have left as a whole.
func (q *cipherQueue) settle() {
	i := 0
	for i < len(q.open) && q.open[i].sealed <= q.left {
		q.done = q.open[i]
		i++
	}
	q.open = append(q.open[:0], q.open[i:]...)
}

// handed rounds up: once the first octet of a seal has left, all plain octets
// in it may be under way.
func (q *cipherQueue) handed() int64 {
	q.settle()
	if len(q.open) > 0 && q.left > q.done.sealed {
		return q.open[0].plain
	}
	return q.done.plain
}

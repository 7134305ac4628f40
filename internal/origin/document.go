package origin

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"sync"
)

// Documents are synthetic documents, numbered from 0. All are of one size, and
// no two are equal.
type Documents struct {
	Count int
	Size  int64

	once sync.Once
	sums []sum
}

type sum struct {
	once sync.Once
	hex  string
}

// Reader gives the content of document i.
func (d *Documents) Reader(i int) io.Reader {
	return io.LimitReader(&stream{rand: rand.NewPCG(uint64(i), 0xd000)}, d.Size)
}

// Sum is the SHA-256 of document i in hexadecimal. It is made once.
func (d *Documents) Sum(i int) string {
	d.once.Do(func() { d.sums = make([]sum, d.Count) })
	s := &d.sums[i]
	s.once.Do(func() {
		h := sha256.New()
		io.Copy(h, d.Reader(i))
		s.hex = hex.EncodeToString(h.Sum(nil))
	})
	return s.hex
}

// A stream is random octets without end, the same for the same seed.
type stream struct {
	rand *rand.PCG
	word [8]byte
	left int // octets of word that are not used
}

func (s *stream) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if s.left == 0 && len(p)-n >= 8 {
			binary.LittleEndian.PutUint64(p[n:], s.rand.Uint64())
			n += 8
			continue
		}
		if s.left == 0 {
			binary.LittleEndian.PutUint64(s.word[:], s.rand.Uint64())
			s.left = 8
		}
		m := copy(p[n:], s.word[8-s.left:])
		n, s.left = n+m, s.left-m
	}
	return n, nil
}

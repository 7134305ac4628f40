package nio

import "sync"

// A Buffer is memory for what a read brings. It is borrowed only while it
// holds something, so that a connection that waits has none.
type Buffer [64 << 10]byte

var buffers = sync.Pool{New: func() any { return new(Buffer) }}

// GetBuffer borrows a Buffer.
func GetBuffer() *Buffer { return buffers.Get().(*Buffer) }

// PutBuffer gives it back. Nobody may use it after that.
func PutBuffer(b *Buffer) { buffers.Put(b) }

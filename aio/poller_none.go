//go:build !unix

package aio

// newPoller: there are no descriptors to poll here, so every task blocks.
func newPoller() (p poller, blocking bool, err error) { return newBell(), true, nil }

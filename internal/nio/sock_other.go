//go:build !unix

package nio

import "net"

// newSock gives nothing here: the platform has no non-blocking try on a
// socket of package net, so every connection is pumped.
func newSock(net.Conn) Stream { return nil }

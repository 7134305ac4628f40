// Package dial makes a connection: it resolves the name, races the addresses,
// passes the proxy and does the TLS handshake, in this order, and says exactly
// at which of these steps it failed and how.
//
// Whatever fails, the socket is closed and no octet of a request has been
// sent. Each step has the inactivity timeout for itself; the context bounds
// them all.
package dial

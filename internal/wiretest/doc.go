// Package wiretest is what all tests of the library share: scripted peers that
// show the octets on the wire, the modes in which one test body runs, a
// certificate authority made at run time, a look for goroutines and
// descriptors left over, and nginx for tests against a real server.
//
// A scripted peer is a server whose answers are written down in the test:
//
//	srv := wiretest.Serve(t, m, func(p *wiretest.Peer) {
//		p.Expect("GET /a HTTP/1.1\r\n", "Host: ...\r\n\r\n")
//		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "ok")
//		p.ExpectEOF()
//	})
//	... connect to srv.Addr ...
//
// The rules:
//   - The i-th connection runs the i-th script. A connection too many, a
//     script that never got its connection, and one that did not finish fail
//     the test.
//   - A script that does not see what it expects fails the test, resets the
//     connection so that the client is not left waiting, and ends.
//   - A script that returns closes the connection. End it with ExpectEOF or
//     ExpectClosed unless the server is meant to close first.
//   - No wait is longer than the guard; the guard says what was waited for.
//   - The order of what a client does and what a script does is made with
//     channels, never with time.
//
// The package imports only the standard library, so that every package of the
// library can use it in its tests.
package wiretest

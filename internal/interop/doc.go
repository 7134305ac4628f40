// Package interop runs the library against servers and proxies that people
// use, as they are installed on this machine: nginx, Apache httpd, HAProxy and
// others. It consists of tests only, with the build tag interop:
//
//	make interop        the set that also .ci/run has
//	make interop-all    those that are large or slow to install as well
//
// Nothing is installed here. Each server is started with a configuration of
// its own in a temporary folder, on free ports of the loopback, and ended by
// its process. One that is missing is a printed skip, or a failure where the
// environment variable DUGONG_REQUIRE names it.
//
// # What is checked
//
// Every server gets the same table of rows, and every row is run by several
// drivers (a Conn in one loop, a Conn with a sender and a reader, the
// RoundTripper in three settings, the command dugong get). Each request has a
// number of its own in its target. Each body is compared by checksum, and when
// the server has been stopped its access log is compared with what the drivers
// say became of each request: none that was called NotProcessed may be in it,
// none that is not idempotent may be in it twice, each that was answered must be.
//
// # Whose fault a red cell is
//
// A server that does not do what the row wants has a deviation: a replay over
// raw sockets, without the library, that must show the same. It is run each
// time. A cell that fails without one is ours, and fails the test.
//
// With DUGONG_SERVERS=FILE the tables that a run has found are written there;
// docs/servers.md is made so.
package interop

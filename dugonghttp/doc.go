// Package dugonghttp is an http.RoundTripper on package dugong: net/http's
// client with HTTP/1.1 connections that know what became of each request, and
// that pipeline where it is safe.
//
//	client := &http.Client{Transport: &dugonghttp.Transport{}}
//
// The fields of [Transport] have the names and meanings of http.Transport
// wherever that has them. HTTP/2 is not spoken; where TLS negotiates it all the
// same, TLSNextProto hands the connection over as in net/http.
//
// # What a failed request says
//
// The error of a request that was not answered says whether the server can
// have acted on it: see [Verdict].
package dugonghttp

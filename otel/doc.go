// Package dugongotel tells OpenTelemetry what a dugonghttp.Transport does.
//
// Metrics of the HTTP semantic conventions, under their names: of each request
// http.client.request.duration and http.client.active_requests; of each attempt
// http.client.request.body.size and http.client.response.body.size, in octets
// as they were transferred; of each origin http.client.open_connections, idle
// and active, those that are being made included in the latter.
//
// Metrics of our own, where the conventions have nothing:
//
//	dugong.client.retries          repetitions, by verdict on the attempt before
//	dugong.client.failures         attempts that failed, by verdict and error.type
//	dugong.client.pipeline.ahead   how many requests were on the connection when
//	                               an attempt was sent
//	dugong.client.pipeline.wait    how long those took to be answered (head-of-line
//	                               wait), in seconds; only of attempts with some ahead
//	dugong.client.pipeline.depth   how many requests may be on one connection now
//	dugong.client.io               octets without TLS, by network.io.direction;
//	                               see dugonghttp.Traffic
//
// A request is one span, from RoundTrip to the end of its response's body (to
// the return of RoundTrip where there is none, or after 101), however often it
// was sent. Each repetition is an event in it, dugong.retry, with the number of
// the attempt, the verdict on the one before and its error.type. A span that
// ends in an error carries dugong.verdict.
package dugongotel

package dugongotel

import (
	"errors"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
)

// instruments are made once for a Transport.
type instruments struct {
	duration     httpconv.ClientRequestDuration
	active       httpconv.ClientActiveRequests
	requestSize  httpconv.ClientRequestBodySize
	responseSize httpconv.ClientResponseBodySize
	conns        httpconv.ClientOpenConnectionsObservable

	retries  metric.Int64Counter
	failures metric.Int64Counter
	ahead    metric.Int64Histogram
	wait     metric.Float64Histogram
	depth    metric.Int64ObservableGauge
	io       metric.Int64Counter
}

func newInstruments(m metric.Meter) (*instruments, error) {
	i, errs := new(instruments), [11]error{}
	i.duration, errs[0] = httpconv.NewClientRequestDuration(m)
	i.active, errs[1] = httpconv.NewClientActiveRequests(m)
	i.requestSize, errs[2] = httpconv.NewClientRequestBodySize(m)
	i.responseSize, errs[3] = httpconv.NewClientResponseBodySize(m)
	i.conns, errs[4] = httpconv.NewClientOpenConnectionsObservable(m)
	i.retries, errs[5] = m.Int64Counter("dugong.client.retries", metric.WithUnit("{retry}"),
		metric.WithDescription("Number of repetitions of requests, by the verdict on the attempt before."))
	i.failures, errs[6] = m.Int64Counter("dugong.client.failures", metric.WithUnit("{attempt}"),
		metric.WithDescription("Number of attempts on a connection that failed."))
	i.ahead, errs[7] = m.Int64Histogram("dugong.client.pipeline.ahead", metric.WithUnit("{request}"),
		metric.WithDescription("Requests on the connection when an attempt was sent."),
		metric.WithExplicitBucketBoundaries(0, 1, 2, 4, 8, 16, 32, 64))
	i.wait, errs[8] = m.Float64Histogram("dugong.client.pipeline.wait", metric.WithUnit("s"),
		metric.WithDescription("How long the requests ahead took to be answered."),
		metric.WithExplicitBucketBoundaries(0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5))
	i.depth, errs[9] = m.Int64ObservableGauge("dugong.client.pipeline.depth", metric.WithUnit("{request}"),
		metric.WithDescription("How many requests may be on one connection."))
	i.io, errs[10] = m.Int64Counter("dugong.client.io", metric.WithUnit("By"),
		metric.WithDescription("Octets sent and received, without TLS."))
	return i, errors.Join(errs[:]...)
}

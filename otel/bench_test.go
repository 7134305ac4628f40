package dugongotel_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/dugong-http/dugong/dugonghttp"
	dugongotel "github.com/dugong-http/dugong/otel"
)

// What reporting costs: none, turned off, metrics and spans.
func BenchmarkGet(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
	defer server.Close()
	off := &dugongotel.Config{MeterProvider: metricnoop.NewMeterProvider(), TracerProvider: tracenoop.NewTracerProvider()}
	on := &dugongotel.Config{
		MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())),
		TracerProvider: sdktrace.NewTracerProvider(),
	}
	for name, cfg := range map[string]*dugongotel.Config{"without": nil, "off": off, "on": on} {
		b.Run(name, func(b *testing.B) {
			base := &dugonghttp.Transport{}
			defer base.CloseIdleConnections()
			c := &http.Client{Transport: base}
			if cfg != nil {
				tr, err := dugongotel.New(base, cfg)
				if err != nil {
					b.Fatal(err)
				}
				defer tr.Close()
				c.Transport = tr
			}
			b.ReportAllocs()
			for b.Loop() {
				resp, err := c.Get(server.URL)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
}

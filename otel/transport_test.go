package dugongotel_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/dugong-http/dugong/dugonghttp"
	dugongotel "github.com/dugong-http/dugong/otel"
)

// A lab has a server, a client that reports, and what was reported.
type lab struct {
	url    string
	client *http.Client
	reader *sdkmetric.ManualReader
	spans  *tracetest.SpanRecorder
	retry  int // calls of the hook that was there before
}

func newLab(t *testing.T, h http.HandlerFunc, p propagation.TextMapPropagator) *lab {
	l := &lab{reader: sdkmetric.NewManualReader(), spans: tracetest.NewSpanRecorder()}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	l.url = server.URL
	base := &dugonghttp.Transport{HeadOfLineLimit: -1, OnRetry: func(dugonghttp.Retry) { l.retry++ }}
	tr, err := dugongotel.New(base, &dugongotel.Config{
		MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(l.reader)),
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(l.spans)),
		Propagator:     p,
	})
	if err != nil {
		t.Fatal(err)
	}
	l.client = &http.Client{Transport: tr}
	t.Cleanup(func() {
		l.client.CloseIdleConnections()
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func (l *lab) do(t *testing.T, method, path, body string) {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, l.url+path, r)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return // the spans tell
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}

// points gives the points of all metrics as "name attribute=value ... = n"
// without server and scheme; of a histogram n is "count/sum", and "count" where
// the sum is a time.
func (l *lab) points(t *testing.T) map[string]string {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := l.reader.Collect(context.Background(), &data); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range data.ScopeMetrics {
		for _, m := range s.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range d.DataPoints {
					got[name(m.Name, p.Attributes)] = fmt.Sprint(p.Value)
				}
			case metricdata.Gauge[int64]:
				for _, p := range d.DataPoints {
					got[name(m.Name, p.Attributes)] = fmt.Sprint(p.Value)
				}
			case metricdata.Histogram[int64]:
				for _, p := range d.DataPoints {
					got[name(m.Name, p.Attributes)] = fmt.Sprint(p.Count, "/", p.Sum)
				}
			case metricdata.Histogram[float64]:
				for _, p := range d.DataPoints {
					got[name(m.Name, p.Attributes)] = fmt.Sprint(p.Count)
				}
			default:
				t.Errorf("%s is a %T", m.Name, d)
			}
		}
	}
	return got
}

func name(metric string, set attribute.Set) string {
	for _, kv := range set.ToSlice() {
		switch k := string(kv.Key); k {
		case "server.address", "server.port", "url.scheme", "network.protocol.version":
		default:
			metric += " " + k[strings.LastIndex(k, ".")+1:] + "=" + kv.Value.String()
		}
	}
	return metric
}

// A known workload, with a loss that is made up for and one that is not, comes
// out in numbers and spans.
func TestWorkload(t *testing.T) {
	var mu sync.Mutex
	died := false
	l := newLab(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.URL.Path == "/dies" && !died:
			died = true
			panic(http.ErrAbortHandler)
		case r.URL.Path == "/order":
			panic(http.ErrAbortHandler)
		case r.URL.Path == "/missing":
			http.NotFound(w, r) // 19 octets
		default:
			io.Copy(w, r.Body)
			io.WriteString(w, "hello")
		}
	}, nil)
	l.do(t, "GET", "/a?key=secret", "")
	l.do(t, "POST", "/b", "12345678")
	l.do(t, "GET", "/missing", "")
	l.do(t, "GET", "/dies", "")
	l.do(t, "POST", "/order?key=secret", "one")
	got := l.points(t)
	for key, want := range map[string]string{
		"http.client.request.duration method=GET status_code=200":               "2",
		"http.client.request.duration method=POST status_code=200":              "1",
		"http.client.request.duration type=404 method=GET status_code=404":      "1",
		"http.client.request.duration type=connection_closed method=POST":       "1",
		"http.client.active_requests method=GET":                                "0",
		"http.client.active_requests method=POST":                               "0",
		"http.client.request.body.size method=POST status_code=200":             "1/8",
		"http.client.request.body.size method=POST":                             "1/3",
		"http.client.response.body.size method=GET status_code=200":             "2/10",
		"http.client.response.body.size method=POST status_code=200":            "1/13",
		"http.client.response.body.size method=GET status_code=404":             "1/19",
		"http.client.open_connections state=idle":                               "0",
		"http.client.open_connections state=active":                             "0",
		"dugong.client.retries verdict=maybe_processed":                         "1",
		"dugong.client.failures verdict=maybe_processed type=connection_closed": "2",
		"dugong.client.pipeline.ahead":                                          "6/0",
		"dugong.client.pipeline.depth":                                          "2",
	} {
		v, ok := got[key]
		if !ok || v != want {
			t.Errorf("%s: got %q, want %s", key, v, want)
		}
	}
	if t.Failed() {
		for k, v := range got {
			t.Log(k, " = ", v)
		}
	}
	if l.retry != 1 {
		t.Errorf("the hook that was there before was called %d times, want once", l.retry)
	}
	checkSpans(t, l)
}

func checkSpans(t *testing.T, l *lab) {
	t.Helper()
	spans := l.spans.Ended()
	if len(spans) != 5 {
		t.Fatalf("%d spans, want 5", len(spans))
	}
	for i, want := range []string{
		"GET Unset 200 []", "POST Unset 200 []", "GET Error 404 []",
		"GET Unset 200 [dugong.retry 2 maybe_processed connection_closed]", "POST Error  []",
	} {
		s := spans[i]
		at := values(s.Attributes())
		events := []string{}
		for _, e := range s.Events() {
			v := values(e.Attributes)
			events = append(events, strings.Join([]string{e.Name, v["dugong.attempt"], v["dugong.verdict"], v["error.type"]}, " "))
		}
		if got := fmt.Sprint(s.Name(), " ", s.Status().Code, " ", at["http.response.status_code"], " ", events); got != want {
			t.Errorf("span %d: got %s, want %s", i, got, want)
		}
	}
	if at := values(spans[0].Attributes()); at["url.full"] != l.url+"/a" {
		t.Errorf("url.full is %s", at["url.full"])
	}
	for _, s := range spans {
		if text := fmt.Sprint(values(s.Attributes()), s.Status(), s.Events()); strings.Contains(text, "secret") {
			t.Errorf("a query is in the span: %s", text)
		}
	}
	if at := values(spans[4].Attributes()); at["dugong.verdict"] != "maybe_processed" || spans[4].Status().Code != codes.Error {
		t.Errorf("the loss: %v, %v", at, spans[4].Status())
	}
}

func values(list []attribute.KeyValue) map[string]string {
	m := map[string]string{}
	for _, kv := range list {
		m[string(kv.Key)] = kv.Value.String()
	}
	return m
}

// The span's context goes with the request only where a Propagator is given,
// and the caller's request stays as it was.
func TestPropagator(t *testing.T) {
	for _, p := range []propagation.TextMapPropagator{nil, propagation.TraceContext{}} {
		var header string
		l := newLab(t, func(_ http.ResponseWriter, r *http.Request) { header = r.Header.Get("Traceparent") }, p)
		req, err := http.NewRequestWithContext(t.Context(), "GET", l.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := l.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		want := ""
		if s := l.spans.Ended()[0].SpanContext(); p != nil {
			want = "00-" + s.TraceID().String() + "-" + s.SpanID().String() + "-01"
		}
		if header != want || len(req.Header) != 0 || resp.Request != req {
			t.Errorf("sent %q, want %q; the caller's request has %v", header, want, req.Header)
		}
	}
}

package dugongotel_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"sync"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/dugong-http/dugong/dugonghttp"
	dugongotel "github.com/dugong-http/dugong/otel"
)

// A request that waits behind another one counts as that, and a body that
// breaks off is the error of its span.
func TestWaitAndBrokenBody(t *testing.T) {
	begun, goOn := make(chan bool), make(chan bool)
	l := newLab(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			begun <- true
			<-goOn
		case "/cut":
			w.Header().Set("Content-Length", "100000")
			io.WriteString(w, "only this")
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
	}, nil)
	for range 4 { // the origin earns a depth of 2
		l.do(t, "GET", "/", "")
	}
	var wg sync.WaitGroup
	wg.Go(func() { l.do(t, "GET", "/slow", "") })
	<-begun
	wrote := make(chan bool)
	wg.Go(func() {
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { close(wrote) },
		})
		req, err := http.NewRequestWithContext(ctx, "GET", l.url+"/behind", nil)
		if err != nil {
			t.Error(err)
			return
		}
		resp, err := l.client.Do(req)
		if err != nil {
			t.Error(err)
			return
		}
		resp.Body.Close()
	})
	<-wrote
	goOn <- true
	wg.Wait()
	l.do(t, "GET", "/cut", "")
	got := l.points(t)
	for key, want := range map[string]string{
		"http.client.request.duration method=GET status_code=200":                        "6",
		"http.client.request.duration type=connection_closed method=GET status_code=200": "1",
		"dugong.client.pipeline.ahead":                                                   "7/1",
		"dugong.client.pipeline.wait":                                                    "1",
		"http.client.active_requests method=GET":                                         "0",
	} {
		if got[key] != want {
			t.Errorf("%s: got %q, want %s", key, got[key], want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

func Example() {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	reader := sdkmetric.NewManualReader() // a program has an exporter here
	tr, err := dugongotel.New(&dugonghttp.Transport{}, &dugongotel.Config{
		MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)),
	})
	if err != nil {
		panic(err)
	}
	defer tr.Close()
	client := &http.Client{Transport: tr}
	defer client.CloseIdleConnections()
	resp, err := client.Get(server.URL)
	if err != nil {
		panic(err)
	}
	resp.Body.Close()
}

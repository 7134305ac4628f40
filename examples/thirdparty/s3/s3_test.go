package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/examples/thirdparty/internal/watch"
	"github.com/dugong-http/dugong/examples/thirdparty/s3"
)

const key, secret, bucket = "key", "secret", "bucket"

// serve starts an S3 server in memory that checks signatures: a field or a
// target that changed on its way would be refused.
func serve(t *testing.T, around func(http.Handler) http.Handler) *watch.Server {
	h := gofakes3.New(s3mem.New(), gofakes3.WithV4Auth(map[string]string{key: secret})).Server()
	return watch.Serve(t, around(h))
}

func plain(h http.Handler) http.Handler { return h }

// store makes a client with an empty bucket.
func store(t *testing.T, server *watch.Server, tr *dugonghttp.Transport) *minio.Client {
	c, err := s3.New(strings.TrimPrefix(server.URL, "http://"), key, secret, tr)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.MakeBucket(t.Context(), bucket, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t *testing.T, c *minio.Client, name string, size int, o minio.PutObjectOptions) {
	info, err := c.PutObject(t.Context(), bucket, name, bytes.NewReader(watch.Bytes(name, size)), int64(size), o)
	if err != nil || info.Size != int64(size) {
		t.Errorf("put %s: %d octets, %v", name, info.Size, err)
	}
}

func wantObject(t *testing.T, c *minio.Client, name string, size int) {
	got, err := get(t.Context(), c, name)
	if err != nil || !bytes.Equal(got, watch.Bytes(name, size)) {
		t.Errorf("get %s: %d octets, %v: not the object", name, len(got), err)
	}
}

func get(ctx context.Context, c *minio.Client, name string) ([]byte, error) {
	o, err := c.GetObject(ctx, bucket, name, minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	defer o.Close()
	return io.ReadAll(o)
}

// Small objects: written, listed, read all at once over one connection, and
// removed.
func TestSmall(t *testing.T) {
	watch.EachDepth(t, func(t *testing.T, tr *dugonghttp.Transport, deep int) {
		tr.MaxConnsPerHost = 1
		server := serve(t, plain)
		c := store(t, server, tr)
		const n = 40
		for i := range n {
			put(t, c, fmt.Sprint("small/", i), 100*i, minio.PutObjectOptions{})
		}
		for i := range 4 {
			wantObject(t, c, fmt.Sprint("small/", i), 100*i)
		}
		server.Hold(deep)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() { wantObject(t, c, fmt.Sprint("small/", i), 100*i) })
		}
		wg.Wait()
		var names []string
		for o := range c.ListObjects(t.Context(), bucket, minio.ListObjectsOptions{Prefix: "small/", MaxKeys: 7}) {
			if o.Err != nil {
				t.Error(o.Err)
			}
			names = append(names, o.Key)
		}
		for _, name := range names {
			if err := c.RemoveObject(t.Context(), bucket, name, minio.RemoveObjectOptions{}); err != nil {
				t.Error(err)
			}
		}
		if len(names) != n || server.Conns() != 1 {
			t.Errorf("%d objects over %d connections, want %d over 1", len(names), server.Conns(), n)
		}
		server.CheckDepth(t, deep)
	})
}

// Large objects: in one piece, in parts, read whole and in ranges.
func TestLarge(t *testing.T) {
	watch.EachDepth(t, func(t *testing.T, tr *dugonghttp.Transport, _ int) {
		var parts atomic.Int32
		c := store(t, serve(t, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Has("partNumber") {
					parts.Add(1)
				}
				h.ServeHTTP(w, r)
			})
		}), tr)
		const size = 11<<20 + 1 // two parts of 5 MiB and one of 1 MiB and an octet
		var wg sync.WaitGroup
		wg.Go(func() { put(t, c, "whole", size, minio.PutObjectOptions{DisableMultipart: true}) })
		wg.Go(func() { put(t, c, "parts", size, minio.PutObjectOptions{PartSize: 5 << 20, NumThreads: 3}) })
		wg.Wait()
		for _, name := range []string{"whole", "parts"} {
			wg.Go(func() { wantObject(t, c, name, size) })
		}
		wg.Wait()
		info, err := c.StatObject(t.Context(), bucket, "parts", minio.StatObjectOptions{})
		if err != nil || info.Size != size || parts.Load() != 3 {
			t.Errorf("%d octets in %d parts, %v; want %d in 3", info.Size, parts.Load(), err, size)
		}
		o, err := c.GetObject(t.Context(), bucket, "parts", minio.GetObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer o.Close()
		p := make([]byte, 1000)
		if _, err := o.ReadAt(p, 7<<20); err != nil || !bytes.Equal(p, watch.Bytes("parts", size)[7<<20:][:1000]) {
			t.Errorf("a range: %v, not that part of the object", err)
		}
	})
}

// What the server says about a failure arrives as minio-go's own errors; a
// lost connection is made up for; an end by the caller is told as that.
func TestFailures(t *testing.T) {
	watch.EachDepth(t, func(t *testing.T, tr *dugonghttp.Transport, _ int) {
		abort := make(chan bool, 1)
		stuck := make(chan bool, 1)
		server := serve(t, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/stuck") {
					stuck <- true
					<-r.Context().Done()
					return
				}
				select {
				case <-abort:
					panic(http.ErrAbortHandler)
				default:
					h.ServeHTTP(w, r)
				}
			})
		})
		c := store(t, server, tr)
		put(t, c, "there", 1000, minio.PutObjectOptions{})
		if _, err := get(t.Context(), c, "missing"); minio.ToErrorResponse(err).Code != "NoSuchKey" {
			t.Errorf("a missing object: %v, want NoSuchKey", err)
		}
		abort <- true
		wantObject(t, c, "there", 1000)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-stuck
			cancel()
		}()
		if _, err := get(ctx, c, "stuck"); !errors.Is(err, context.Canceled) {
			t.Errorf("after the caller's end: %v, want %v", err, context.Canceled)
		}
		wantObject(t, c, "there", 1000)
	})
}

package dugong_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
	"golang.org/x/net/html"
)

// The original runs its example programs against a local file server. What they
// show is shown here with the library alone.

// fileServer serves a folder and returns its address.
func fileServer(t *testing.T, m wiretest.Mode, dir string) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.FileServer(http.Dir(dir)))
	if m.TLS {
		srv.TLS = wiretest.ServerTLS(0, 0)
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

// folder makes a folder with some files and returns it with their names.
func folder(t *testing.T) (dir string, names []string) {
	t.Helper()
	dir = t.TempDir()
	for i := range 40 {
		name := fmt.Sprintf("file%d.txt", i)
		if err := os.WriteFile(filepath.Join(dir, name), text(1000*i), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return dir, names
}

// TestPipeline1: all files of a folder, pipelined by one goroutine that sends and
// one that reads.
func TestPipeline1(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		dir, names := folder(t)
		r := newRig(t, m, fileServer(t, m, dir), dugong.Config{ReaderWaits: true})
		sent := r.spawn(func(r *rig) error {
			for _, name := range names {
				if err := r.SendRequest(r.ctx, &dugong.Request{Path: "/" + name}); err != nil {
					return err
				}
			}
			return r.Flush(r.ctx)
		})
		for i, name := range names {
			r.wantBody(r.read("/"+name, 200), text(1000*i))
		}
		if err := sent(); err != nil {
			t.Fatal(err)
		}
		r.wantPending(0)
	})
}

// TestHttpcat: the bodies of several requests, copied to a writer one after the
// other; a status other than 200 is told with its reason.
func TestHttpcat(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		dir, names := folder(t)
		r := newRig(t, m, fileServer(t, m, dir), dugong.Config{})
		var out, want bytes.Buffer
		for i, name := range names {
			r.get("/" + name)
			if n, err := io.Copy(&out, r.read("/"+name, 200).Body); n != int64(1000*i) || err != nil {
				t.Fatalf("copied %d octets of %s: %v", n, name, err)
			}
			want.Write(text(1000 * i))
		}
		r.same(out.Bytes(), want.Bytes())
		r.get("/missing")
		if resp := r.read("/missing", 404); resp.Reason != "Not Found" {
			t.Errorf("reason %q", resp.Reason)
		}
	})
}

// TestExtractLinks: the body streams into a parser, which finds the links of the
// page that the file server makes of a folder.
func TestExtractLinks(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		dir, names := folder(t)
		addr := fileServer(t, m, dir)
		r := newRig(t, m, addr, dugong.Config{})
		r.get("/")
		resp := r.read("/", 200)
		if kind := resp.Header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
			t.Fatalf("Content-Type %q", kind)
		}
		found := map[string]bool{}
		for _, link := range links(t, &url.URL{Scheme: "http", Host: addr, Path: "/"}, resp.Body) {
			found[link] = true
		}
		for _, name := range names {
			if !found["http://"+addr+"/"+name] {
				t.Errorf("no link to %s in %v", name, found)
			}
		}
		r.wantPending(0)
	})
}

// links lists the absolute targets of all a elements.
func links(t *testing.T, base *url.URL, page io.Reader) (all []string) {
	t.Helper()
	for z := html.NewTokenizer(page); ; {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				t.Fatalf("parsing: %v", z.Err())
			}
			return all
		case html.StartTagToken:
			token := z.Token()
			for _, a := range token.Attr {
				if token.Data == "a" && a.Key == "href" {
					ref, err := base.Parse(a.Val)
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, ref.String())
				}
			}
		}
	}
}

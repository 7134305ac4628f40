package dugong_test

import (
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/dugong-http/dugong"
)

// A body of no octets that follows may be written like any other: by nothing.
func TestContractEmptyFollowing(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		put := &dugong.Request{Method: "PUT", Path: "/a", Body: dugong.BodyFollowing(0)}
		r.send(put)
		w := r.BodyWriter()
		if n, err := io.Copy(w, strings.NewReader("")); n != 0 || err != nil {
			r.t.Errorf("an empty source: %d, %v", n, err)
		}
		if err := w.Close(); err != nil {
			r.t.Error(err)
		}
		r.wantBody(r.read("/a", 200), []byte("/a"))
		put.Path = "/b"
		r.send(put)
		_, err := r.ReadFrom(strings.NewReader("x"))
		r.wantErr(err, dugong.ErrExcessBodyData)
		r.wantBody(r.read("/b", 200), []byte("/b"))
		r.exchange("/c", "/c")
	}, serving(3))
}

// One of several attempts that may go well later is enough.
func TestContractTemporarySeveral(t *testing.T) {
	permanent, passing := syscall.EACCES, syscall.ECONNREFUSED
	for _, c := range []struct {
		err  error
		want bool
	}{
		{errors.Join(permanent, passing), true},
		{errors.Join(passing, permanent), true},
		{errors.Join(permanent, permanent), false},
	} {
		if got := dugong.IsTemporary(c.err); got != c.want {
			t.Errorf("IsTemporary(%q) = %v", c.err, got)
		}
	}
}

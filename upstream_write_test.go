package dugong_test

import (
	"testing"

	"github.com/dugong-http/dugong"
)

// following is a request whose body of n octets follows.
func following(path string, n int64) *dugong.Request {
	return &dugong.Request{Method: "PUT", Path: path, Body: dugong.BodyFollowing(n)}
}

func TestWriteToomuch(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.send(following("/a", 42))
		n, err := r.Write(data(43))
		r.wantErr(err, dugong.ErrExcessBodyData)
		if n != 0 {
			r.t.Errorf("%d octets of too many were accepted", n)
		}
		r.write(data(42)) // nothing was sent, so this fits
		r.read("/a", 204)
	}, mock)
}

func TestWriteToolittle(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.send(following("/a", 42))
		r.write(data(42)[:24])
		r.wantErr(r.SendRequest(r.ctx, &dugong.Request{Method: "GET", Path: "/b"}), dugong.ErrState)
		r.write(data(42)[24:])
		r.read("/a", 204)
	}, mock)
}

func TestWriteToolittle2(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.send(following("/a", 42))
		r.write(data(42)[:24])
		r.wantPending(0)
		_, err := r.ReadResponse(r.ctx)
		r.wantErr(err, dugong.ErrState)
		r.write(data(42)[24:])
		r.wantPending(1)
		r.read("/a", 204)
	}, mock)
}

func TestWriteToolittle3(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.get("/send_10_bytes")
		r.send(following("/a", 42))
		r.write(data(42)[:24])
		r.wantBody(r.read("/send_10_bytes", 200), data(10))
		_, err := r.ReadResponse(r.ctx)
		r.wantErr(err, dugong.ErrState)
		r.write(data(42)[24:])
		r.read("/a", 204)
	}, mock)
}

// TestPut: the checksum, which the original always made for bytes, is made when
// asked for; one that the caller gives is kept.
func TestPut(t *testing.T) {
	wrong := dugong.Header{{Name: "content-md5", Value: md5Field([]byte("something else"))}}
	eachConn(t, func(r *rig) {
		r.send(&dugong.Request{Method: "PUT", Path: "/a", Body: dugong.BodyBytes(data(500)), ContentMD5: true})
		resp := r.read("/a", 204)
		if resp.Length != 0 || resp.Reason != "Ok, but no content" {
			r.t.Errorf("length %d, reason %q", resp.Length, resp.Reason)
		}
		r.wantPending(0)
		for _, generate := range []bool{true, false} {
			r.send(&dugong.Request{Method: "PUT", Path: "/b", Header: wrong, Body: dugong.BodyBytes(data(500)), ContentMD5: generate})
			resp := r.read("/b", 400)
			if _, err := resp.Body.Discard(); err != nil || resp.Reason != "MD5 mismatch" {
				r.t.Errorf("reason %q, %v", resp.Reason, err)
			}
		}
		if len(wrong) != 1 || wrong[0].Name != "content-md5" {
			r.t.Errorf("the caller's header was changed: %+v", wrong)
		}
	}, mock)
}

func TestPutSeparate(t *testing.T) {
	eachConn(t, func(r *rig) {
		header := dugong.Header{{Name: "X-Reused", Value: "yes"}}
		for _, c := range []struct {
			md5    string
			status int
		}{{"", 204}, {md5Field(data(1024)), 204}, {md5Field([]byte("something else")), 400}} {
			h := header.Clone()
			if c.md5 != "" {
				h = append(h, dugong.Field{Name: "Content-MD5", Value: c.md5})
			}
			req := following("/a", 1024)
			req.Header = h
			r.send(req)
			r.write(data(1024)[:1000])
			r.write(data(1024)[1000:])
			if _, err := r.read("/a", c.status).Body.Discard(); err != nil {
				r.t.Error(err)
			}
			r.wantPending(0)
		}
	}, mock)
}

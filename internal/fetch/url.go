package fetch

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/dugong-http/dugong"
)

// MaxURL bounds a URL, in octets: far beyond what servers take.
const MaxURL = 64 << 10

// A Target is a URL taken apart.
type Target struct {
	URL    string // without user information and fragment
	Secure bool   // https
	Addr   string // as dugong.New takes it
	Path   string // path and query, as they go on the wire
	Auth   string // value of Authorization made of the user information, or ""
	url    *url.URL
}

// Parse takes a URL apart, or says as a *BadInput why it cannot be fetched.
func Parse(raw string) (*Target, error) {
	why := badOctets(raw)
	if why != "" {
		return nil, &BadInput{Excerpt(raw), why}
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, &BadInput{Excerpt(raw), unparsable(raw, err)}
	}
	if why = badParts(u); why == "" {
		why = badUser(u.User)
	}
	if why != "" {
		return nil, &BadInput{Excerpt(raw), why}
	}
	t := &Target{Secure: u.Scheme == "https", Addr: u.Host, Path: u.RequestURI()}
	if u.User != nil {
		password, _ := u.User.Password()
		t.Auth = "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	t.url, t.URL = u, u.String()
	if _, err := dugong.New(t.Addr, t.plainConfig()); err != nil {
		return nil, &BadInput{Excerpt(raw), reason(err)}
	}
	return t, nil
}

// badOctets is checked before anything is parsed, so that nothing long or
// unprintable goes any further.
func badOctets(raw string) string {
	if raw == "" {
		return "the URL is empty; write http://host/path"
	}
	if len(raw) > MaxURL {
		return fmt.Sprintf("the URL is longer than the %d octets that are allowed; shorten it", MaxURL)
	}
	for i := range len(raw) {
		switch c := raw[i]; {
		case c == '\r' || c == '\n':
			return fmt.Sprintf("a URL has no line break in it (at offset %d); remove it", i)
		case c <= ' ' || c >= 0x7f:
			return fmt.Sprintf("a URL consists of visible ASCII (RFC 3986 section 2), not octet 0x%02x at offset %d; percent-encode it", c, i)
		}
	}
	return ""
}

// unparsable repeats what net/url says, unless that could show a password.
func unparsable(raw string, err error) string {
	var e *url.Error
	if strings.Contains(raw, "@") || !errors.As(err, &e) {
		return "it is not a URL (RFC 3986); write http://host/path, and percent-encode what is special in a user name or password"
	}
	return e.Err.Error() + "; write http://host/path"
}

func badParts(u *url.URL) string {
	switch {
	case u.Scheme == "":
		return "a URL begins with its scheme; write http:// or https:// before it"
	case u.Scheme != "http" && u.Scheme != "https":
		return "the scheme is neither http nor https; only these can be fetched"
	case u.Host == "":
		return "the URL names no host; write " + u.Scheme + "://host/path"
	}
	return ""
}

// badUser holds RFC 7617 section 2. The text never shows the values.
func badUser(u *url.Userinfo) string {
	if u == nil {
		return ""
	}
	password, _ := u.Password()
	if strings.Contains(u.Username(), ":") {
		return "a user name with a colon cannot be sent by Basic authentication (RFC 7617 section 2); use -H 'Authorization: ...'"
	}
	for _, c := range []byte(u.Username() + password) {
		if c < ' ' || c == 0x7f {
			return "user name or password has a control character (RFC 7617 section 2); remove it"
		}
	}
	return ""
}

// location makes a URL of a Location field (RFC 9110 section 10.2.2), without
// user information.
func (t *Target) location(field string) string {
	u, err := url.Parse(field)
	if err != nil {
		return Excerpt(field)
	}
	u = t.url.ResolveReference(u)
	u.User = nil
	return u.String()
}

// key tells origins apart. Credentials are not mixed on one connection.
func (t *Target) key() string {
	return fmt.Sprintf("%t %s %s", t.Secure, strings.ToLower(t.Addr), t.Auth)
}

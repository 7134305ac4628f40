package fetch

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dugong-http/dugong"
)

// BadInput is a value that cannot be used: no attempt is made with it.
type BadInput struct {
	Value string // shortened, without credentials; may be empty
	Why   string // the rule, and what to do
}

func (b *BadInput) Error() string {
	if b.Value == "" {
		return b.Why
	}
	return fmt.Sprintf("%q: %s", b.Value, b.Why)
}

// A BadOption is what is wrong with the options of a run.
type BadOption struct {
	Option string // the field of Options
	*BadInput
}

func (b *BadOption) Unwrap() error { return b.BadInput }

func badHeader(value, why string) *BadOption {
	return &BadOption{"Header", &BadInput{value, why}}
}

// reason takes out of an error of the library what it says about the value.
func reason(err error) string {
	var e *dugong.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	text := e.Detail
	if e.Err != nil {
		text = strings.TrimPrefix(text+": "+e.Err.Error(), ": ")
	}
	return text
}

// Excerpt makes a value fit to be shown: at most 80 octets of it, and nothing
// of what may be user information.
func Excerpt(value string) string {
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok {
		scheme, rest = "", value
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 && (ok || strings.Contains(rest[:i], ":")) {
		rest = "..." + rest[i:]
	}
	if ok {
		rest = scheme + "://" + rest
	}
	const most = 80
	if len(rest) > most {
		rest = strings.ToValidUTF8(rest[:most], "") + "..."
	}
	return rest
}

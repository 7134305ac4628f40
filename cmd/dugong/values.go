package main

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"github.com/dugong-http/dugong/internal/fetch"
)

// The values of flags are parsed here, since the words of kong's own mappers
// name neither the rule nor the remedy. kong puts the flag's name before them.

// valueMappers are the options for kong.
func valueMappers() []kong.Option {
	return []kong.Option{
		kong.TypeMapper(reflect.TypeFor[time.Duration](), mapper(setDuration)),
		kong.KindMapper(reflect.Int, mapper(setInt)),
		kong.KindMapper(reflect.Int64, mapper(setInt)),
		kong.KindMapper(reflect.String, mapper(setString)),
	}
}

// A setter sets v to what text says; its error is the rule and the remedy.
type setter func(v reflect.Value, text string) error

func setDuration(v reflect.Value, text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("it is not a time; give a number with its unit (ms, s, m or h), like 30s or 1m30s")
	}
	v.SetInt(int64(d))
	return nil
}

func setInt(v reflect.Value, text string) error {
	n, err := strconv.ParseInt(text, 10, v.Type().Bits())
	switch {
	case errors.Is(err, strconv.ErrRange):
		return errors.New("the number has too many digits; give a smaller one")
	case err != nil:
		return errors.New("it is not a whole number; give one in digits, like 2")
	}
	v.SetInt(n)
	return nil
}

func setString(v reflect.Value, text string) error {
	v.SetString(text)
	return nil
}

// mapper takes one value off the command line. An empty one, as of a variable
// of the shell that is not set, is not taken for a flag that is not there.
func mapper(set setter) kong.MapperFunc {
	return func(ctx *kong.DecodeContext, v reflect.Value) error {
		t, err := ctx.Scan.PopValue("")
		text := t.String()
		switch {
		case t.IsEOL():
			return errors.New("the value is missing; give one after the flag")
		case err != nil && !negative(v, text):
			return fmt.Errorf("the value is missing, since %q begins like a flag; to give it as the value, write it after =", fetch.Excerpt(text))
		case text == "" && ctx.Value.Flag != nil:
			return errors.New(`"": the value is empty; give one, or leave the flag out`)
		}
		if err := set(v, text); err != nil {
			return fmt.Errorf("%q: %w", fetch.Excerpt(text), err)
		}
		return nil
	}
}

// negative: what begins like a flag is a number or a time below zero. Where
// none may be, the check of the range says so, and what may be instead.
func negative(v reflect.Value, text string) bool {
	return v.CanInt() && len(text) > 1 && text[0] == '-' && text[1] >= '0' && text[1] <= '9'
}

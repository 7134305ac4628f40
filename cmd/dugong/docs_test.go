package main

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// docs/cli.md has, in the section of each command, each of its flags, and the
// default values that the model has.
func TestDocumentation(t *testing.T) {
	text := read(t, "../../docs/cli.md")
	var model cli
	for _, cmd := range newParser(&model, streams{}).Model.Children {
		_, section, ok := strings.Cut(text, "\n## `dugong "+cmd.Name+"`\n")
		if !ok {
			t.Errorf("no section for %s", cmd.Name)
			continue
		}
		section, _, _ = strings.Cut(section, "\n## ")
		for _, f := range cmd.Flags {
			name := fmt.Sprintf("`--%s` |", f.Name)
			if f.Short != 0 {
				name = fmt.Sprintf("| `-%c`, %s", f.Short, name)
			}
			_, line, ok := strings.Cut(section, name)
			if !ok {
				t.Errorf("%s: no line of a table with %s", cmd.Name, name)
				continue
			}
			line, _, _ = strings.Cut(line, "\n")
			if f.Default != "" && f.Default != "-1" && !strings.Contains(strings.ReplaceAll(line, "`", ""), "Default "+f.Default) {
				t.Errorf("%s %s: the default %s is not in %q", cmd.Name, name, f.Default, line)
			}
		}
	}
}

// The exit codes of the help are those of the table.
func TestExitCodesAreDocumented(t *testing.T) {
	text := read(t, "../../docs/cli.md")
	for _, code := range []int{exitOK, exitTemporary, exitUsage, exitPermanent, exitStatus, exitInterrupted} {
		if !strings.Contains(text, fmt.Sprintf("\n| %d | ", code)) {
			t.Errorf("%d is not in docs/cli.md", code)
		}
		if !strings.Contains(exitCodes, fmt.Sprintf("%d ", code)) {
			t.Errorf("%d is not in the help", code)
		}
	}
}

// Every field of the report is described.
func TestReportIsDocumented(t *testing.T) {
	text := read(t, "../../docs/cli.md")
	for _, v := range []any{report{}, record{}} {
		for _, name := range jsonNames(v) {
			if !strings.Contains(text, "`"+name+"`") {
				t.Errorf("the field %s is not in docs/cli.md", name)
			}
		}
	}
}

func jsonNames(v any) (names []string) {
	typ := reflect.TypeOf(v)
	for i := range typ.NumField() {
		if name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}

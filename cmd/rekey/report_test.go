package main

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// No name or message from elsewhere steers the terminal or passes for a report.
func TestReportIsLegible(t *testing.T) {
	for _, err := range []error{
		errors.New("a\x1b]0;title\x07\nrekey: all good"),
		&os.PathError{Op: "open", Path: "x\x1b[2J\xff\u202e", Err: os.ErrNotExist},
	} {
		var out strings.Builder
		(&app{stderr: &out, output: "text"}).report("", err)
		if text := out.String(); strings.ContainsAny(text, "\x1b\x07\u202e") || !utf8.ValidString(text) || strings.Contains(text, "\nrekey:") {
			t.Errorf("%q", text)
		}
	}
}

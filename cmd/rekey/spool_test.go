package main

import (
	"bytes"
	"io"
	"os"
	"testing"
)

// A spool gives back what it got, as often as it is asked, and has no name.
func TestSpool(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for _, n := range []int{0, 1, spoolMemory, spoolMemory + 1, 3 * spoolMemory} {
		want := noise(n)
		var s spool
		if _, err := copyAll(&s, bytes.NewReader(want)); err != nil {
			t.Fatal(err)
		}
		if inFile := s.file != nil; inFile != (n > spoolMemory) {
			t.Errorf("%d bytes: in a file: %v", n, inFile)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("%d bytes: %v, %v", n, entries, err)
		}
		for range 2 {
			if got, err := io.ReadAll(s.reader()); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes: %d came back, %v", n, len(got), err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Nowhere to keep a long message is an error that says so.
func TestSpoolNowhere(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/none")
	var s spool
	if _, err := s.Write(make([]byte, spoolMemory+1)); err == nil {
		t.Error("no error")
	}
}

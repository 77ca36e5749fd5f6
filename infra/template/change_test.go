package template

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// change sets what lies at a path in a template to JSON, or removes it where the
// JSON is "". A path's parts are names, indices, "+" for after the last element of
// an array, and Sids of statements.
type change struct{ stack, path, json string }

// changed reads the assembly with the changes made to it.
func changed(t *testing.T, dir string, changes ...change) *Assembly {
	t.Helper()
	read, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var stacks []*Stack
	for _, s := range read.Stacks {
		for _, c := range changes {
			if c.stack == s.Name {
				apply(t, s.Document, c)
			}
		}
		again, err := newStack(s.Name, s.Document)
		if err != nil {
			t.Fatal(err)
		}
		again.Account, again.Region = s.Account, s.Region
		stacks = append(stacks, again)
	}
	return New(stacks...)
}

func apply(t *testing.T, document map[string]any, c change) {
	t.Helper()
	var value any
	if c.json != "" {
		if err := json.Unmarshal([]byte(c.json), &value); err != nil {
			t.Fatalf("%s: %v", c.json, err)
		}
	}
	parts := strings.Split(c.path, "/")
	var step func(v any, parts []string) any
	step = func(v any, parts []string) any {
		if len(parts) == 0 {
			return value
		}
		switch v := v.(type) {
		case []any:
			i := index(v, parts[0])
			switch {
			case i == len(v) && parts[0] == "+":
				return append(v, step(nil, parts[1:]))
			case i < 0 || i >= len(v):
				t.Fatalf("%s: there is no %s", c.path, parts[0])
			case len(parts) == 1 && c.json == "":
				return slices.Delete(v, i, i+1)
			}
			v[i] = step(v[i], parts[1:])
			return v
		case map[string]any:
			_, there := v[parts[0]]
			switch {
			case !there && (len(parts) > 1 || c.json == ""):
				t.Fatalf("%s: there is no %s", c.path, parts[0])
			case len(parts) == 1 && c.json == "":
				delete(v, parts[0])
			default:
				v[parts[0]] = step(v[parts[0]], parts[1:])
			}
			return v
		}
		t.Fatalf("%s: there is nothing below %s", c.path, parts[0])
		return nil
	}
	step(document, parts)
}

// index gives the index of an array's element by number, "+" or Sid.
func index(v []any, part string) int {
	if part == "+" {
		return len(v)
	}
	if i, err := strconv.Atoi(part); err == nil {
		return i
	}
	return slices.IndexFunc(v, func(e any) bool { return object(e)["Sid"] == part })
}

const handmade = "testdata/assembly"

// expect wants a finding with all of the parts, and prints all where there is none.
func expect(t *testing.T, found []Finding, check string, parts ...string) {
	t.Helper()
	for _, f := range found {
		text := f.String()
		if f.Check == check && !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(text, p) }) {
			return
		}
	}
	t.Errorf("no finding of %s has all of %q, and these are there:", check, parts)
	for _, f := range found {
		t.Logf("  %s", f)
	}
}

// write puts a file into a new directory.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

package world_test

import (
	"slices"
	"strings"
	"testing"

	"rekey/lab/world"
)

func self(s string) string { return s }

// walk reads a listing page by page; change is called between two pages.
func walk(t *testing.T, list string, change func(page int, list []string) []string) string {
	t.Helper()
	all, got := strings.Fields(list), []string{}
	var token *string
	for page := 1; ; page++ {
		some, next, ok := world.Page(&world.Call{}, all, self, token, new(int32(2)), 100)
		if !ok {
			t.Fatalf("page %d: the token of the page before is refused", page)
		}
		got = append(got, some...)
		if token = next; token == nil {
			return strings.Join(got, " ")
		}
		all = change(page, slices.Clone(all))
	}
}

func TestPage(t *testing.T) {
	for name, c := range map[string]struct {
		change func(page int, list []string) []string
		want   string
	}{
		"nothing": {func(_ int, list []string) []string { return list }, "a b c d e"},
		"one before is deleted": {func(page int, list []string) []string {
			return slices.DeleteFunc(list, func(s string) bool { return page == 1 && s == "a" })
		}, "a b c d e"},
		"the last one given is deleted": {func(page int, list []string) []string {
			return slices.DeleteFunc(list, func(s string) bool { return page == 1 && s == "b" })
		}, "a b c d e"},
		"the next one is deleted": {func(page int, list []string) []string {
			return slices.DeleteFunc(list, func(s string) bool { return page == 1 && s == "c" })
		}, "a b d e"},
		"one before is added": {func(page int, list []string) []string {
			if page == 1 {
				list = slices.Insert(list, 1, "aa")
			}
			return list
		}, "a b c d e"},
		"one behind is added": {func(page int, list []string) []string {
			if page == 1 {
				list = append(list, "f")
			}
			return list
		}, "a b c d e f"},
		"all are deleted": {func(int, []string) []string { return nil }, "a b"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := walk(t, "a b c d e", c.change); got != c.want {
				t.Errorf("listed were %s, want %s", got, c.want)
			}
		})
	}
}

func TestForeignTokens(t *testing.T) {
	for _, token := range []string{"", "bogus", "!", "MA", "MXxh=", "fGE", "LTF8YQ"} {
		if _, _, ok := world.Page(&world.Call{}, []string{"a", "b"}, self, &token, nil, 100); ok {
			t.Errorf("the token %q is taken", token)
		}
	}
}

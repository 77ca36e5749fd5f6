package decrypt_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// Every class of failure that a program can be told is in the runbook and in the
// README.
func TestRunbookKnowsEveryClass(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "failure.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var classes []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Class" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			classes = append(classes, text)
		}
		return true
	})
	if len(classes) < 10 {
		t.Fatalf("failure.go has only the classes %q", classes)
	}
	for _, doc := range []string{"RUNBOOK.md", "../../README.md"} {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range classes {
			if !strings.Contains(string(text), c) {
				t.Errorf("%s does not speak of the class %s", doc, c)
			}
		}
	}
}

package template

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Finding is one thing that must not be deployed as it is.
type Finding struct {
	Check     string // one of the names in the package's documentation
	Stack     string
	Resource  string // logical id, "" where the finding is of a whole stack
	Path      string // of the construct that made the resource, from Metadata aws:cdk:path
	Statement string // Sid, or "#2" where there is none
	Problem   string // what is wrong
	Do        string // what to do about it
}

func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.Stack)
	if f.Resource != "" {
		b.WriteString(": " + f.Resource)
	}
	if f.Path != "" {
		b.WriteString(" (" + f.Path + ")")
	}
	if f.Statement != "" {
		b.WriteString(", statement " + f.Statement)
	}
	fmt.Fprintf(&b, ": %s: %s [%s]", f.Problem, f.Do, f.Check)
	return b.String()
}

// report collects findings, each once.
type report struct {
	findings []Finding
}

// add records what is wrong with a resource, in a statement of it or with "" in
// the whole of it.
func (r *report) add(check string, at *Resource, sid, do, problem string, args ...any) {
	f := Finding{Check: check, Stack: at.Stack.Name, Resource: at.ID, Path: at.Path(), Statement: sid, Problem: fmt.Sprintf(problem, args...), Do: do}
	if !slices.Contains(r.findings, f) {
		r.findings = append(r.findings, f)
	}
}

func (r *report) sorted() []Finding {
	slices.SortStableFunc(r.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Stack, b.Stack), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Statement, b.Statement), cmp.Compare(a.Problem, b.Problem))
	})
	return r.findings
}

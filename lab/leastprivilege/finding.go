package leastprivilege

import "fmt"

// Kind is what was found.
type Kind string

const (
	// TooWide: the statement allows by a pattern, or on more than calls are about.
	TooWide Kind = "too wide"
	// Unused: no path used what the statement allows.
	Unused Kind = "not used"
	// NotNeeded: without the statement all paths pass.
	NotNeeded Kind = "not needed"
	// NotBounding: without the statement's condition all paths pass.
	NotBounding Kind = "has a condition that bounds nothing"
	// Refused: a call that no path expects to be refused.
	Refused Kind = "refused"
	// Failed: a path does not pass with the unchanged templates.
	Failed Kind = "failed"
	// NotJudged: something that cannot be proved this way.
	NotJudged Kind = "not judged"
	// NotExcusing: an exemption, or an expected refusal, that nothing needs.
	NotExcusing Kind = "excuses nothing"
)

// Finding is one thing that a proof lacks.
type Finding struct {
	Kind Kind
	// Statement is the one that it is about; of what was refused, the nearest. It is
	// zero where there is none.
	Statement Statement
	// Action is what the finding is about, or "".
	Action string
	// Detail says what was seen, and what to do about it.
	Detail string
}

// String names resource and statement.
func (f Finding) String() string {
	if f.Statement == (Statement{}) {
		return fmt.Sprintf("%s: %s", f.Kind, f.Detail)
	}
	return fmt.Sprintf("%s: %s: %s", f.Statement, f.Kind, f.Detail)
}

// Exemption excuses a statement from being found so, for a reason.
type Exemption struct {
	Kind Kind // TooWide, Unused, NotNeeded or NotBounding
	// Stack and Statement, its Sid, say which; Resource, a logical id, where those
	// are not enough.
	Stack, Resource, Statement string
	// Action is the one that is excused; "" for the statement as a whole.
	Action string
	// Reason says why no path can show it.
	Reason string
}

func (e Exemption) excuses(f Finding) bool {
	return f.Statement != (Statement{}) && e.Kind == f.Kind && e.Stack == f.Statement.Stack && e.Statement == f.Statement.Name &&
		(e.Resource == "" || e.Resource == f.Statement.Resource) && (e.Action == "" || e.Action == f.Action)
}

// excused leaves out what is excused, and adds the exemptions that excuse nothing;
// those of what is found by taking away only where that was tried.
func excused(findings []Finding, exemptions []Exemption, tried bool) []Finding {
	needed := make([]bool, len(exemptions))
	var left []Finding
	for _, f := range findings {
		excused := false
		for i, e := range exemptions {
			if e.Reason != "" && e.excuses(f) {
				needed[i], excused = true, true
			}
		}
		if !excused {
			left = append(left, f)
		}
	}
	for i, e := range exemptions {
		if !needed[i] && (tried || e.Kind != NotNeeded && e.Kind != NotBounding) {
			left = append(left, Finding{Kind: NotExcusing, Detail: fmt.Sprintf("the exemption %+v: leave it out, or give it its reason", e)})
		}
	}
	return left
}

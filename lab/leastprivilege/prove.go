package leastprivilege

import "context"

// T is what Prove's callers have: a *testing.T.
type T interface {
	Helper()
	Context() context.Context
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
}

// Prove fails a test for everything that the proof of a suite lacks. What fails
// without each statement it logs.
func Prove(t T, s Suite) {
	t.Helper()
	p, err := s.Examine(t.Context())
	if err != nil {
		t.Errorf("%v", err)
	}
	for _, n := range p.Needs {
		t.Logf("%s", n)
	}
	for _, f := range p.Findings {
		t.Errorf("%s", f)
	}
}

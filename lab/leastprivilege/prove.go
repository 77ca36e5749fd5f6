package leastprivilege

import "context"

// T is what Prove's callers have: a *testing.T.
type T interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
}

// Prove fails a test for everything that the proof of a suite lacks.
func Prove(t T, s Suite) {
	t.Helper()
	findings, err := s.Examine(t.Context())
	if err != nil {
		t.Errorf("%v", err)
	}
	for _, f := range findings {
		t.Errorf("%s", f)
	}
}

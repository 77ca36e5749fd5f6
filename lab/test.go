package lab

// T is what New's callers in tests have: a *testing.T or *testing.B.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Cleanup(func())
}

// ForTest is New for a test: when the test ends, the lab fails it for every call
// that it could not serve as AWS does, and for everything in its own state that
// must not be; and its functions end.
func ForTest(t T, o Options) *Lab {
	t.Helper()
	l := New(o)
	t.Cleanup(func() {
		t.Helper()
		defer l.Close()
		for _, call := range l.Unfaithful() {
			t.Errorf("the lab could not serve %s", call)
		}
		for _, what := range l.World.Violations() {
			t.Errorf("the lab's state is broken: %s", what)
		}
	})
	return l
}

// Close ends what runs outside the lab's own process: functions.
func (l *Lab) Close() { l.Lambda.Close() }

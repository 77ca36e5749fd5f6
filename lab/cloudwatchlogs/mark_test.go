package cloudwatchlogs

import (
	"testing"
	"time"
)

// A token is good for a day, and also where the wall was set back after it was
// made.
func TestTokensAge(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	token := mark{7, 9}.token(true, now)
	for later, want := range map[time.Duration]bool{0: true, tokenAge: true, tokenAge + time.Millisecond: false, -time.Hour: true} {
		m, forward, ok := parseMark(token, now.Add(later))
		if ok != want || ok && (m != mark{7, 9} || !forward) {
			t.Errorf("%v later it is read as %v, %v, %v", later, m, forward, ok)
		}
	}
}

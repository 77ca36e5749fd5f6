package rotate

import (
	"strconv"
	"time"
)

// date is a day as plans show it.
func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return strconv.Itoa(n) + " days"
}

// short is enough of an id of key material to find it.
func short(id string) string { return id[:min(len(id), 12)] }

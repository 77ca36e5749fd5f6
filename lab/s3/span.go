package s3

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// span is the part of a body that is answered: bytes from, up to and without
// to. partial says that a part was asked for, be it all of it.
type span struct {
	from, to, whole int64
	partial         bool
}

// spanOf reads Range or partNumber. A range that is none, or several ones, are
// answered with the whole object; one that has nothing of it is refused
// (recorded).
func spanOf(asked *string, part *int32, size int64) (span, error) {
	whole := span{0, size, size, false}
	switch {
	case asked != nil && part != nil:
		return whole, invalidRequest("Cannot specify both Range header and partNumber query parameter")
	case part != nil && *part != 1:
		return whole, fail(http.StatusRequestedRangeNotSatisfiable, "InvalidPartNumber", "The requested partnumber is not satisfiable",
			"PartNumberRequested", decimal(int64(*part)), "ActualPartCount", "1")
	case part != nil:
		whole.partial = size > 0
		return whole, nil
	case asked == nil:
		return whole, nil
	}
	from, to, ok := parseRange(*asked, size)
	switch {
	case !ok:
		return whole, nil
	case from >= size:
		return whole, fail(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable",
			"RangeRequested", *asked, "ActualObjectSize", decimal(size))
	}
	return span{from, min(to, size), size, true}, nil
}

// parseRange reads one range of bytes; to is behind its last.
func parseRange(text string, size int64) (from, to int64, ok bool) {
	one, found := strings.CutPrefix(text, "bytes=")
	first, last, dash := strings.Cut(one, "-")
	if !found || !dash {
		return 0, 0, false
	}
	if first == "" {
		n, err := strconv.ParseUint(last, 10, 63)
		if err != nil {
			return 0, 0, false
		}
		if n == 0 {
			return size, size, true // nothing
		}
		return max(0, size-int64(n)), size, true
	}
	a, err := strconv.ParseUint(first, 10, 63)
	if err != nil {
		return 0, 0, false
	}
	if last == "" {
		return int64(a), size, true
	}
	z, err := strconv.ParseUint(last, 10, 62)
	if err != nil || z < a {
		return 0, 0, false
	}
	return int64(a), int64(z) + 1, true
}

func (p span) contentRange() *string {
	if !p.partial {
		return nil
	}
	return new("bytes " + decimal(p.from) + "-" + decimal(p.to-1) + "/" + decimal(p.whole))
}

// first gives what the request asks for in the answer's header, or else what the
// object has, nil for nothing.
func first(asked *string, has string) *string {
	if asked != nil {
		return asked
	}
	return nonEmpty(has)
}

func expires(asked, has *time.Time) *string {
	if asked != nil {
		has = asked
	}
	if has == nil {
		return nil
	}
	return new(has.UTC().Format(http.TimeFormat))
}

func count(tags []types.Tag) *int32 {
	if len(tags) == 0 {
		return nil
	}
	return new(int32(len(tags)))
}

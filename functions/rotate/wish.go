package rotate

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The tags that say what is to be done with a key. They win over the defaults.
const (
	// TagRotate is how the key is rotated: one of the Ways, "on" for the one that is
	// right for its kind, or "off".
	TagRotate = "rekey:rotate"
	// TagEvery is the longest that the key may encrypt with the same material: 90d,
	// 13w, 3mo (of 30 days) or 1y (of 365 days).
	TagEvery = "rekey:every"
	// TagNotify is the ARN of an SNS topic that is told of this key too.
	TagNotify = "rekey:notify"
	// TagAccept names, separated by spaces, what the owner of the key accepts of a
	// plan that asks for it (Plan.Asks).
	TagAccept = "rekey:accept"
	// TagExternalKey is the id of the key that waits in the external key manager for the
	// successor of a key in an external key store (XksKeyId).
	TagExternalKey = "rekey:next-external-key"
)

// The tags that the function leaves.
const (
	// TagSuccessorOf is on a successor: the id of the key that it was made for.
	TagSuccessorOf = "rekey:successor-of"
	// TagSuccessorJob is on a successor: it proves which job has made it.
	TagSuccessorJob = "rekey:successor-job"
	// TagSucceededBy is on a key whose aliases have moved: the id of its successor.
	TagSucceededBy = "rekey:succeeded-by"
)

// Way is a way to rotate a key.
type Way string

// The ways.
const (
	None      Way = ""
	Automatic Way = "automatic" // KMS does it, by a period
	OnDemand  Way = "on-demand" // kms:RotateKeyOnDemand
	Import    Way = "import"    // new imported material, then on demand
	Successor Way = "successor" // another key, to which the aliases are moved
)

// Wish is what is wanted of a key.
type Wish struct {
	// Off: it is not to be rotated.
	Off bool
	// Way is the wanted way; None for the one that is right for the key's kind.
	Way Way
	// Every is how long material may be current, in days.
	Every int
	// Notify is a further topic, or "".
	Notify string
	// Accepts are the names of what is accepted.
	Accepts []string
	// Now: it is due at once, whatever its age. No tag says so: a request does.
	Now bool
	// ExternalKey is the XksKeyId of a successor, or "".
	ExternalKey string
}

// Bounds of Every in days. Below a day nothing can be kept; above it no policy is
// meant.
const (
	leastDays = 1
	mostDays  = 3650
)

// externalKeyForm is that of API reference, CreateKey, XksKeyId.
var externalKeyForm = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,128}$`)

// ErrWish is wrapped by every error of a tag that says what nobody can do.
var ErrWish = errors.New("the key's tags ask for what is not known")

// wishOf reads a key's tags over the defaults. A tag that is wrong is an error,
// which names it: nothing is done with a key whose owner was not understood.
func wishOf(tags map[string]string, defaults Wish) (Wish, error) {
	w := defaults
	var wrong []error
	if text, ok := tags[TagRotate]; ok {
		off, way, err := ParseWay(text)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%w: tag %s: %w", ErrWish, TagRotate, err))
		}
		w.Off, w.Way = off, way
	}
	if text, ok := tags[TagEvery]; ok {
		days, err := ParseEvery(text)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%w: tag %s: %w", ErrWish, TagEvery, err))
		}
		w.Every = days
	}
	if text, ok := tags[TagNotify]; ok {
		if !topicForm.MatchString(text) {
			wrong = append(wrong, fmt.Errorf("%w: tag %s: %q is not the ARN of a standard SNS topic", ErrWish, TagNotify, text))
		}
		w.Notify = text
	}
	if text, ok := tags[TagExternalKey]; ok {
		if !externalKeyForm.MatchString(text) {
			wrong = append(wrong, fmt.Errorf("%w: tag %s: %q is not the id of a key in an external key manager", ErrWish, TagExternalKey, text))
		}
		w.ExternalKey = text
	}
	w.Accepts = append(w.Accepts[:len(w.Accepts):len(w.Accepts)], strings.Fields(tags[TagAccept])...)
	return w, errors.Join(wrong...)
}

// ParseWay reads how a key is to be rotated: on, off, or a way.
func ParseWay(text string) (off bool, way Way, err error) {
	switch Way(text) {
	case "off":
		return true, None, nil
	case "on":
		return false, None, nil
	case Automatic, OnDemand, Import, Successor:
		return false, Way(text), nil
	}
	return false, None, fmt.Errorf("%q is none of on, off, %s, %s, %s and %s", text, Automatic, OnDemand, Import, Successor)
}

// units are those of a period, in days.
var units = []struct {
	name string
	days int
}{{"mo", 30}, {"d", 1}, {"w", 7}, {"y", 365}}

// ParseEvery reads a period, such as 90d, 13w, 3mo or 1y, as days.
func ParseEvery(text string) (int, error) {
	for _, u := range units {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > mostDays || n*u.days < leastDays || n*u.days > mostDays {
			break
		}
		return n * u.days, nil
	}
	return 0, fmt.Errorf("%q is not a period such as 90d, 13w, 3mo or 1y, of at most %d days", text, mostDays)
}

// period is Every as a duration.
func (w Wish) period() time.Duration { return time.Duration(w.Every) * day }

// accepts says whether something was accepted by its name.
func (w Wish) accepts(name string) bool {
	for _, a := range w.Accepts {
		if a == name {
			return true
		}
	}
	return false
}

const day = 24 * time.Hour

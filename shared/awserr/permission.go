package awserr

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"
)

// Need is a permission that was missing, as the service told it.
type Need struct {
	Action   string // such as kms:DescribeKey, spelt as the service spells it
	Resource string // its ARN or name; "" where it was not told
	Reason   string // "because no identity-based policy allows …", "with an explicit deny in …"; "" where not told
}

// String is "kms:DescribeKey on arn:…", or "" for none.
func (n Need) String() string {
	if n.Resource == "" {
		return n.Action
	}
	return n.Action + " on " + n.Resource
}

// Explicit says that a statement denies it, so that allowing it is not enough.
func (n Need) Explicit() bool { return strings.Contains(n.Reason, "explicit deny") }

// Permission reads which permission an error of class Denied says is missing. It
// is the zero Need where that is not told, as KMS does where it does not say
// whether a key exists, and many services for callers of other accounts.
//
// The words are those of IAM's User Guide, "Troubleshoot access denied error
// messages": "User: ARN is not authorized to perform: ACTION on resource: ARN
// because …" or "with an explicit deny in …". S3 puts the resource in quotes
// (S3 User Guide, "Troubleshoot access denied errors"); KMS has "on the resource
// associated with this ciphertext" where a ciphertext named the key (IAM Identity
// Center User Guide, on customer managed keys).
func Permission(err error) Need {
	var api smithy.APIError
	if Classify(err) != Denied || !errors.As(err, &api) {
		return Need{}
	}
	_, rest, ok := strings.Cut(api.ErrorMessage(), "not authorized to perform: ")
	if !ok {
		return Need{}
	}
	action, rest, _ := strings.Cut(rest, " ")
	n := Need{Action: strings.TrimRight(action, ".,")}
	if !strings.Contains(n.Action, ":") {
		return Need{}
	}
	n.Resource, n.Reason = resource(rest)
	return n
}

// resource reads what comes after the action: the resource, then the reason. An
// S3 key in quotes may have anything in it, quotes too.
func resource(text string) (name, reason string) {
	before, after, told := strings.Cut(text, "on resource: ")
	last := strings.LastIndex(after, `"`)
	switch {
	case !told:
		_, reason = end(before)
	case last > 0 && strings.HasPrefix(after, `"`):
		name = after[1:last]
		_, reason = end(after[last+1:])
	default:
		name, reason = end(after)
	}
	return name, reason
}

// end cuts a text where a reason begins, or, in EC2's words, the next sentence.
func end(text string) (before, reason string) {
	at := len(text)
	for _, word := range []string{"because ", "with an explicit deny", ". "} {
		if i := strings.Index(text, word); i >= 0 {
			at = min(at, i)
		}
	}
	if reason = text[at:]; strings.HasPrefix(reason, ". ") {
		reason = ""
	}
	return strings.Trim(text[:at], ` ."`), reason
}

package s3

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// policyLimit is the greatest size of a bucket policy in bytes (S3 User Guide,
// "Bucket policies").
const policyLimit = 20 * 1024

// statement is what S3 itself looks at in a statement of a bucket policy.
type statement struct {
	Effect                  string
	Principal, NotPrincipal json.RawMessage
	Action, NotAction       words
	Resource, NotResource   words
	Condition               map[string]map[string]words
}

// words is an element that is one value or a list of them. Numbers and Booleans
// stand for their text.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	var many []any
	if json.Unmarshal(b, &many) != nil {
		many = make([]any, 1)
		if err := json.Unmarshal(b, &many[0]); err != nil {
			return err
		}
	}
	for _, one := range many {
		if s, ok := one.(string); ok {
			*w = append(*w, s)
			continue
		}
		b, err := json.Marshal(one)
		if err != nil {
			return err
		}
		*w = append(*w, string(b))
	}
	return nil
}

func malformedPolicy(message string) error {
	return fail(http.StatusBadRequest, "MalformedPolicy", message)
}

// parsePolicy reads a policy for a bucket, and refuses it as S3 does. The
// wordings are recorded, or reported by whoever got them.
func (s *Service) parsePolicy(b *bucket, source string) (*world.Policy, []statement, error) {
	if !strings.HasPrefix(source, "{") || !json.Valid([]byte(source)) {
		return nil, nil, malformedPolicy("Policies must be valid JSON and the first byte must be '{'")
	}
	if len(source) > policyLimit {
		return nil, nil, malformedPolicy("Policy exceeds the maximum allowed document size.")
	}
	statements, err := shape(source)
	if err != nil {
		return nil, nil, err
	}
	policy, err := world.ParsePolicy(keypolicy.ResourcePolicy, source)
	if err != nil {
		return nil, nil, malformedPolicy(worded(err))
	}
	for _, st := range statements {
		if err := fits(b, st); err != nil {
			return nil, nil, err
		}
	}
	if s.world.Bind(policy) != "" {
		return nil, nil, malformedPolicy("Invalid principal in policy")
	}
	return policy, statements, nil
}

// shape checks that what a policy must have is there.
func shape(source string) ([]statement, error) {
	var document struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(source), &document); err != nil {
		return nil, malformedPolicy("Policies must be valid JSON and the first byte must be '{'")
	}
	if document.Statement == nil {
		return nil, malformedPolicy("Missing required field Statement")
	}
	var statements []statement
	if json.Unmarshal(document.Statement, &statements) != nil {
		statements = make([]statement, 1)
		if err := json.Unmarshal(document.Statement, &statements[0]); err != nil {
			return nil, malformedPolicy("Policy has invalid format") // assumption: the wording
		}
	}
	for _, st := range statements {
		for _, field := range []struct {
			name    string
			missing bool
		}{
			{"Effect", st.Effect == ""},
			{"Principal", st.Principal == nil && st.NotPrincipal == nil},
			{"Action", st.Action == nil && st.NotAction == nil},
			{"Resource", st.Resource == nil && st.NotResource == nil},
		} {
			if field.missing {
				return nil, malformedPolicy("Missing required field " + field.name)
			}
		}
		if st.Effect == "Allow" && st.NotPrincipal != nil { // reported by S3's own test suite of Ceph; assumption: the wording
			return nil, malformedPolicy("Allow with NotPrincipal is not allowed.")
		}
	}
	return statements, nil
}

// worded is what S3 says of the element that the parser could not read.
func worded(err error) string {
	for _, w := range []struct{ element, says string }{
		{" Principal: ", "Invalid principal in policy"},
		{" NotPrincipal: ", "Invalid principal in policy"},
		{" Action: ", "Policy has invalid action"},
		{" Resource: ", "Policy has invalid resource"},
		{": Version must", "The policy must contain a valid version string"},
	} {
		if strings.Contains(err.Error(), w.element) {
			return w.says
		}
	}
	return err.Error() // S3 words it in another way
}

// fits refuses a statement that cannot apply to anything in the bucket. A
// statement with NotAction or NotResource is let through.
func fits(b *bucket, st statement) error {
	kinds := kind(0)
	for _, resource := range st.Resource {
		k := resourceKind(b, resource)
		if k == 0 {
			return malformedPolicy("Policy has invalid resource")
		}
		kinds |= k
	}
	for _, pattern := range st.Action {
		found := actionKinds(pattern)
		switch {
		case found == 0:
			return malformedPolicy("Policy has invalid action")
		case st.Resource != nil && found&kinds == 0:
			return malformedPolicy("Action does not apply to any resource(s) in statement")
		}
	}
	for _, keys := range st.Condition {
		for key := range keys {
			if err := conditionFits(strings.ToLower(key), st.Action); err != nil {
				return err
			}
		}
	}
	return nil
}

// conditionFits refuses a condition on what none of the statement's actions, or
// not every one, brings.
func conditionFits(key string, actions words) error {
	if !strings.HasPrefix(key, "s3:") {
		return nil
	}
	if !world.KnownCondition(key) {
		return malformedPolicy("Policy has an invalid condition key")
	}
	only := keysOf(key)
	for _, pattern := range actions {
		if only != nil && !slices.ContainsFunc(only, func(action string) bool { return matches(strings.ToLower(pattern), "s3:"+strings.ToLower(action)) }) {
			return malformedPolicy("Conditions do not apply to combination of actions and resources in statement")
		}
	}
	return nil
}

// resourceKind says what of the bucket a resource names: 0 for nothing of it.
func resourceKind(b *bucket, resource string) kind {
	name, ok := strings.CutPrefix(resource, "arn:aws:s3:::")
	if !ok {
		return 0
	}
	bucket, _, object := strings.Cut(name, "/")
	switch {
	case !matches(bucket, b.name):
		return 0
	case object:
		return ofObjects
	case strings.Contains(bucket, "*"):
		return ofBucket | ofObjects
	}
	return ofBucket
}

// matches holds a text against a pattern with * and ?.
func matches(pattern, s string) bool {
	star, again := -1, 0 // the last asterisk, and where in s what follows it is tried
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, again = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			again++
			p, i = star+1, again
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

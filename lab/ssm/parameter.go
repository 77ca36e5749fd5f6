package ssm

import (
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// parameter is one parameter with the versions that are kept of it.
type parameter struct {
	owner    home
	name     string // as it was made
	arn      string
	tags     map[string]string
	versions []*version // in order; the last is what a name means
}

// version is what a parameter was since one PutParameter.
type version struct {
	number      int64
	kind        types.ParameterType
	tier        types.ParameterTier
	value       []byte // of a SecureString what KMS, or the data key, made of it
	keyID       string // of a SecureString, as it was given
	description string
	pattern     string
	user        string
	modified    time.Time
	labels      map[string]bool
}

func (p *parameter) latest() *version { return p.versions[len(p.versions)-1] }

// numbered gives a version by its number, nil where it is not kept.
func (p *parameter) numbered(n int64) *version {
	for _, v := range p.versions {
		if v.number == n {
			return v
		}
	}
	return nil
}

// labelled gives the version that has a label, nil where none has.
func (p *parameter) labelled(label string) *version {
	for _, v := range p.versions {
		if v.labels[label] {
			return v
		}
	}
	return nil
}

// pick gives the version that a request means. Both wordings are reported, in
// getmoto/moto pull request 3977, for a version; that of a label is assumed to
// be the like.
func (p *parameter) pick(r reference) (*version, error) {
	v, what := p.latest(), ""
	if n, isNumber := r.version(); isNumber {
		v, what = p.numbered(n), "version"
	} else if r.selector != "" {
		v, what = p.labelled(r.selector), "label"
	}
	if v == nil {
		return nil, versionNotFound(what, r.selector, r.name)
	}
	return v, nil
}

func versionNotFound(what, which, name string) error {
	return &types.ParameterVersionNotFound{Message: new("Systems Manager could not find " + what + " " + which + " of " + name + ". Verify the " + what + " and try again.")}
}

// labelList gives a version's labels in order. An empty list is told (User
// Guide, "Working with parameter labels", in its example of the history).
func (v *version) labelList() []string {
	return append([]string{}, slices.Sorted(maps.Keys(v.labels))...)
}

// entry is what DescribeParameters tells of a parameter. A list without
// policies is told (API reference, DescribeParameters, in its example).
func (p *parameter) entry() types.ParameterMetadata {
	v := p.latest()
	e := types.ParameterMetadata{
		Name: &p.name, ARN: &p.arn, Type: v.kind, Tier: v.tier, Version: v.number, DataType: new("text"),
		LastModifiedDate: new(v.modified), LastModifiedUser: &v.user, Policies: []types.ParameterInlinePolicy{},
	}
	e.KeyId, e.Description, e.AllowedPattern = given(v.keyID), given(v.description), given(v.pattern)
	return e
}

// given leaves out what was never given.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

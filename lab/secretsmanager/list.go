package secretsmanager

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/world"
)

// listSecrets lists by the date of creation unless SortBy says otherwise (API
// reference). That the oldest comes first unless SortOrder says otherwise is
// assumed. The lab's list is never behind, as that of AWS may be by minutes.
func (s *Service) listSecrets(c *world.Call, in *secretsmanager.ListSecretsInput) (*secretsmanager.ListSecretsOutput, error) {
	if err := authorizeAll(c, "ListSecrets"); err != nil {
		return nil, err
	}
	all, err := s.filtered(homeOf(c), in.Filters, in.IncludePlannedDeletion != nil && *in.IncludePlannedDeletion)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, order(in.SortBy))
	if in.SortOrder == types.SortOrderTypeDesc {
		slices.Reverse(all)
	}
	some, next, err := page(c, all, func(x *secret) string { return x.arn }, in.NextToken, in.MaxResults, 100)
	if err != nil {
		return nil, err
	}
	out := &secretsmanager.ListSecretsOutput{SecretList: []types.SecretListEntry{}, NextToken: next}
	for _, x := range some {
		out.SecretList = append(out.SecretList, x.entry())
	}
	return out, nil
}

func order(by types.SortByType) func(a, b *secret) int {
	switch by {
	case types.SortByTypeName:
		return func(a, b *secret) int { return cmp.Compare(a.name, b.name) }
	case types.SortByTypeLastAccessedDate:
		return func(a, b *secret) int { return a.accessed.Compare(b.accessed) }
	case types.SortByTypeLastChangedDate:
		return func(a, b *secret) int { return a.changed.Compare(b.changed) }
	}
	return func(a, b *secret) int { return a.created.Compare(b.created) }
}

// filtered gives the secrets that pass every filter, by the date of creation,
// and by ARN where that is the same.
func (s *Service) filtered(h home, filters []types.Filter, marked bool) ([]*secret, error) {
	if err := checkFilters(filters); err != nil {
		return nil, err
	}
	var found []*secret
	for _, x := range s.here(h) {
		if !marked && !x.deletion.IsZero() {
			continue
		}
		if !slices.ContainsFunc(filters, func(f types.Filter) bool { return !x.passes(f) }) {
			found = append(found, x)
		}
	}
	slices.SortFunc(found, func(a, b *secret) int {
		return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.arn, b.arn))
	})
	return found, nil
}

// checkFilters refuses what cannot be decided here: no secret of the lab
// belongs to a service. The wording for a filter that lacks
// something is ours.
func checkFilters(filters []types.Filter) error {
	for _, f := range filters {
		switch {
		case f.Key == types.FilterNameStringTypeOwningService:
			return world.Unimplemented("the filter " + string(f.Key))
		case f.Key == "" || len(f.Values) == 0:
			return invalidParameter("A filter must have a Key and Values.")
		}
	}
	return nil
}

// passes says whether a secret has one of a filter's values, and none of those
// behind an exclamation mark (API reference, Filter). How the two kinds go
// together in one filter is assumed.
func (x *secret) passes(f types.Filter) bool {
	wanted, has := false, false
	for _, v := range f.Values {
		if no, negated := strings.CutPrefix(v, "!"); negated {
			if x.matches(f.Key, no) {
				return false
			}
			continue
		}
		wanted = true
		has = has || x.matches(f.Key, v)
	}
	return has || !wanted
}

// matches follows the table of the API reference, Filter: a prefix, of the
// description in any case; for "all" each word of the value anywhere in the
// name, the description or the tags, in any case. That all words must be there
// is assumed.
func (x *secret) matches(key types.FilterNameStringType, v string) bool {
	prefix := func(s string) bool { return strings.HasPrefix(s, v) }
	switch key {
	case types.FilterNameStringTypeName:
		return prefix(x.name)
	case types.FilterNameStringTypePrimaryRegion:
		return (x.primary != nil || len(x.replicas) > 0) && prefix(string(x.primaryRegion()))
	case types.FilterNameStringTypeDescription:
		return strings.HasPrefix(strings.ToLower(x.description), strings.ToLower(v))
	case types.FilterNameStringTypeTagKey:
		return slices.ContainsFunc(x.tags, func(t types.Tag) bool { return prefix(*t.Key) })
	case types.FilterNameStringTypeTagValue:
		return slices.ContainsFunc(x.tags, func(t types.Tag) bool { return prefix(*t.Value) })
	}
	attributes := x.name + "\x00" + x.description
	for _, t := range x.tags {
		attributes += "\x00" + *t.Key + "\x00" + *t.Value
	}
	attributes = strings.ToLower(attributes)
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(v)), func(word string) bool { return !strings.Contains(attributes, word) })
}

package ssm

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// describeParameters is authorized for *, and its refusal says so (reported:
// terraform-aws-modules/terraform-aws-iam issue 347). The order, by name, is the
// lab's; AWS has none.
func (s *Service) describeParameters(c *world.Call, in *ssm.DescribeParametersInput) (*ssm.DescribeParametersOutput, error) {
	switch {
	case len(in.Filters) > 0:
		return nil, world.Unimplemented("the deprecated Filters of DescribeParameters")
	case asked(in.Shared):
		return nil, world.Unimplemented("parameters shared with other accounts")
	}
	if err := checkFilters(in.ParameterFilters, describing); err != nil {
		return nil, err
	}
	a := world.Access{Action: "ssm:DescribeParameters", Resource: "*", ResourceAccount: c.Account()}
	if d, err := c.Decide(a); err != nil || d.Effect != keypolicy.Allowed {
		return nil, cmp.Or(err, denied(strings.Replace(c.Denial(a, d), a.Action, a.Action+" on resource: *", 1)))
	}
	all := slices.DeleteFunc(world.Sorted(s.here(homeOf(c)).parameters), func(p *parameter) bool { return p.filtered(in.ParameterFilters) == nil })
	some, next, err := page(c, all, func(p *parameter) string { return p.arn }, in.NextToken, in.MaxResults, 50)
	if err != nil {
		return nil, err
	}
	out := &ssm.DescribeParametersOutput{Parameters: []types.ParameterMetadata{}, NextToken: next}
	for _, p := range some {
		out.Parameters = append(out.Parameters, p.entry())
	}
	return out, nil
}

// filtering says whose filters they are: the operations take different keys.
type filtering string

const (
	describing filtering = "DescribeParameters"
	byPath     filtering = "GetParametersByPath"
)

// options of each key (API reference, ParameterStringFilter). The first is the
// one that is meant where the request has none, which is assumed.
var options = map[filtering]map[string][]string{
	describing: {
		"Name": {"Equals", "BeginsWith", "Contains"}, "Type": {"Equals", "BeginsWith"}, "KeyId": {"Equals", "BeginsWith"},
		"Tier": {"Equals", "BeginsWith"}, "DataType": {"Equals", "BeginsWith"}, "tag": {"Equals", "BeginsWith"}, "Path": {"OneLevel", "Recursive"},
	},
	byPath: {"Type": {"Equals", "BeginsWith"}, "KeyId": {"Equals", "BeginsWith"}, "Label": {"Equals"}},
}

// checkFilters refuses a filter that the operation does not take. The wording,
// and that a key may be given once, are assumed.
func checkFilters(filters []types.ParameterStringFilter, of filtering) error {
	seen := map[string]bool{}
	for _, f := range filters {
		key, _, _ := strings.Cut(*f.Key, ":")
		valid, known := options[of][key]
		switch {
		case !known:
			return &types.InvalidFilterKey{Message: new("The filter key is not valid for " + string(of) + ": " + *f.Key)}
		case seen[*f.Key]:
			return invalid("The filter key " + *f.Key + " can only be specified once.")
		case f.Option != nil && !slices.Contains(valid, *f.Option):
			return &types.InvalidFilterOption{Message: new("The filter option is not valid for " + *f.Key + ": " + *f.Option)}
		case len(f.Values) == 0 && key != "tag":
			return &types.InvalidFilterValue{Message: new("The filter " + *f.Key + " has no value.")}
		}
		seen[*f.Key] = true
	}
	return nil
}

// filtered gives the version that passes all filters, nil where none does: the
// latest, or the one that has a label that is asked for.
func (p *parameter) filtered(filters []types.ParameterStringFilter) *version {
	v := p.latest()
	for _, f := range filters {
		if *f.Key != "Label" {
			continue
		}
		i := slices.IndexFunc(p.versions, func(v *version) bool {
			return slices.ContainsFunc(f.Values, func(label string) bool { return v.labels[label] })
		})
		if i < 0 {
			return nil
		}
		v = p.versions[i]
	}
	if slices.ContainsFunc(filters, func(f types.ParameterStringFilter) bool { return !p.passes(v, f) }) {
		return nil
	}
	return v
}

func (p *parameter) passes(v *version, f types.ParameterStringFilter) bool {
	key, tag, _ := strings.Cut(*f.Key, ":")
	option := ""
	if f.Option != nil {
		option = *f.Option
	}
	switch key {
	case "Label":
		return true // looked at already
	case "Path":
		return slices.ContainsFunc(f.Values, func(path string) bool { return p.under(path, option == "Recursive") })
	case "tag":
		value, has := p.tags[tag]
		return has && (len(f.Values) == 0 || among(f.Values, option, value))
	case "Name":
		// With or without the slash before it: see reference.key.
		bare := strings.TrimPrefix(p.name, "/")
		return among(f.Values, option, p.name) || among(f.Values, option, bare) || among(f.Values, option, "/"+bare)
	case "KeyId":
		return v.keyID != "" && among(f.Values, option, v.keyID)
	case "Tier":
		return among(f.Values, option, string(v.tier))
	case "DataType":
		return among(f.Values, option, "text")
	}
	return among(f.Values, option, string(v.kind))
}

func among(values []string, option, s string) bool {
	return slices.ContainsFunc(values, func(v string) bool {
		switch option {
		case "BeginsWith":
			return strings.HasPrefix(s, v)
		case "Contains":
			return strings.Contains(s, v)
		}
		return s == v
	})
}

// under says whether a parameter is below a path, or one level below it.
func (p *parameter) under(path string, deep bool) bool {
	prefix := strings.TrimPrefix(strings.TrimSuffix(path, "/")+"/", "/")
	rest, under := strings.CutPrefix(strings.TrimPrefix(p.name, "/"), prefix)
	return under && (deep || !strings.Contains(rest, "/"))
}

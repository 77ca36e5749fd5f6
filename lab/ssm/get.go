package ssm

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/world"
)

func (s *Service) getParameter(c *world.Call, in *ssm.GetParameterInput) (*ssm.GetParameterOutput, error) {
	r, err := parse(c, *in.Name)
	if err != nil {
		return nil, err
	}
	p, err := s.read(c, r, in.WithDecryption)
	if err != nil {
		return nil, err
	}
	return &ssm.GetParameterOutput{Parameter: p}, nil
}

// read authorizes the reading of one parameter, and reads it.
func (s *Service) read(c *world.Call, r reference, decrypted *bool) (*types.Parameter, error) {
	t := s.find(c, r)
	if err := s.authorize(c, t, nil); err != nil {
		return nil, err
	}
	if strings.HasPrefix(r.name, secretsPrefix) {
		return s.secret(c, r, decrypted)
	}
	if t.parameter == nil {
		return nil, notFound()
	}
	v, err := t.pick(r)
	if err != nil {
		return nil, err
	}
	return s.answer(c, t.parameter, v, r, decrypted)
}

// answer is what a request is told of a parameter: the name as the request had
// it, but by an ARN the parameter's own (recorded: test_get_parameter_by_arn,
// test_parameters_with_path), and the selector behind a colon (reported:
// ansible/ansible pull request 61022).
func (s *Service) answer(c *world.Call, p *parameter, v *version, r reference, decrypted *bool) (*types.Parameter, error) {
	value, err := s.value(c, p, v, decrypted)
	if err != nil {
		return nil, err
	}
	out := &types.Parameter{
		Name: &r.name, ARN: &p.arn, Type: v.kind, Value: value, Version: v.number, DataType: new("text"), LastModifiedDate: new(v.modified),
	}
	if r.isARN {
		out.Name = &p.name
	}
	if r.selector != "" {
		out.Selector = new(":" + r.selector)
	}
	return out, nil
}

// getParameters reads each parameter that there is, and tells which there are
// not. A denial of one is a denial of all. They are listed by name (API
// reference).
func (s *Service) getParameters(c *world.Call, in *ssm.GetParametersInput) (*ssm.GetParametersOutput, error) {
	refs := map[string]reference{}
	for _, given := range in.Names {
		r, err := parse(c, given)
		if err != nil {
			return nil, err
		}
		if _, twice := refs[given]; twice {
			return nil, world.Unimplemented("a GetParameters that asks for " + given + " twice")
		}
		refs[given] = r
		if err := s.authorize(c, s.find(c, r), nil); err != nil {
			return nil, err
		}
	}
	out := &ssm.GetParametersOutput{Parameters: []types.Parameter{}, InvalidParameters: []string{}}
	for _, given := range in.Names {
		p, err := s.found(c, refs[given], in.WithDecryption)
		switch {
		case err != nil:
			return nil, err
		case p == nil:
			out.InvalidParameters = append(out.InvalidParameters, given)
		default:
			out.Parameters = append(out.Parameters, *p)
		}
	}
	slices.SortStableFunc(out.Parameters, func(a, b types.Parameter) int { return cmp.Compare(*a.Name, *b.Name) })
	return out, nil
}

// found reads a parameter that the caller may read; nil where it, or the version
// asked for, does not exist.
func (s *Service) found(c *world.Call, r reference, decrypted *bool) (*types.Parameter, error) {
	if strings.HasPrefix(r.name, secretsPrefix) {
		p, err := s.secret(c, r, decrypted)
		if none := new(types.ParameterNotFound); errors.As(err, &none) {
			return nil, nil
		}
		return p, err
	}
	t := s.find(c, r)
	if t.parameter == nil {
		return nil, nil
	}
	v, err := t.pick(r)
	if err != nil {
		return nil, nil
	}
	return s.answer(c, t.parameter, v, r, decrypted)
}

// pathPage is how many parameters GetParametersByPath gives at once.
const pathPage = 10

// getParametersByPath is authorized for the path, and not for what is below it
// (User Guide, "How Parameter Store authorizes parameter retrieval"). Its ARN
// has the path as the request has it (reported: aws-ia/
// terraform-aws-control_tower_account_factory issue 174).
func (s *Service) getParametersByPath(c *world.Call, in *ssm.GetParametersByPathInput) (*ssm.GetParametersByPathOutput, error) {
	path := strings.TrimSpace(*in.Path)
	if !pathForm.MatchString(path) {
		return nil, invalid(badPath)
	}
	if strings.HasPrefix(path, "/aws/") {
		return nil, world.Unimplemented("public parameters and references: " + path)
	}
	ctx := map[string][]string{}
	if in.Recursive != nil {
		ctx["ssm:Recursive"] = []string{strconv.FormatBool(*in.Recursive)}
	}
	if err := s.authorize(c, target{nil, reference{home: homeOf(c), name: path}}, ctx); err != nil {
		return nil, err
	}
	all, err := s.below(c, path, in)
	if err != nil {
		return nil, err
	}
	some, next, err := page(c, all, func(f finding) string { return f.p.name }, in.NextToken, in.MaxResults, pathPage)
	if err != nil {
		return nil, err
	}
	out := &ssm.GetParametersByPathOutput{Parameters: []types.Parameter{}, NextToken: next}
	for _, f := range some {
		p, err := s.answer(c, f.p, f.v, reference{name: f.p.name}, in.WithDecryption)
		if err != nil {
			return nil, err
		}
		out.Parameters = append(out.Parameters, *p)
	}
	return out, nil
}

// finding is one version of one parameter.
type finding struct {
	p *parameter
	v *version
}

// below finds what is below a path, by name. A filter by label finds the version
// that has it.
func (s *Service) below(c *world.Call, path string, in *ssm.GetParametersByPathInput) ([]finding, error) {
	if err := checkFilters(in.ParameterFilters, byPath); err != nil {
		return nil, err
	}
	prefix := strings.TrimPrefix(strings.TrimSuffix(path, "/")+"/", "/")
	var all []finding
	for key, p := range s.here(homeOf(c)).parameters {
		rest, under := strings.CutPrefix(key, prefix)
		if !under || strings.Contains(rest, "/") && !asked(in.Recursive) {
			continue
		}
		if v := p.filtered(in.ParameterFilters); v != nil {
			all = append(all, finding{p, v})
		}
	}
	slices.SortFunc(all, func(a, b finding) int { return cmp.Compare(a.p.name, b.p.name) })
	return all, nil
}

// getParameterHistory tells of all versions that are kept, the oldest first
// (User Guide, "Working with parameter versions", in its example).
func (s *Service) getParameterHistory(c *world.Call, in *ssm.GetParameterHistoryInput) (*ssm.GetParameterHistoryOutput, error) {
	r, err := parse(c, *in.Name)
	if err != nil {
		return nil, err
	}
	if r.selector != "" {
		return nil, world.Unimplemented("the history of one version of a parameter")
	}
	t := s.find(c, r)
	if err := s.authorize(c, t, nil); err != nil {
		return nil, err
	}
	if t.parameter == nil {
		return nil, notFound()
	}
	some, next, err := page(c, t.versions, func(v *version) string { return strconv.FormatInt(v.number, 10) }, in.NextToken, in.MaxResults, 50)
	if err != nil {
		return nil, err
	}
	out := &ssm.GetParameterHistoryOutput{Parameters: []types.ParameterHistory{}, NextToken: next}
	for _, v := range some {
		value, err := s.value(c, t.parameter, v, in.WithDecryption)
		if err != nil {
			return nil, err
		}
		out.Parameters = append(out.Parameters, types.ParameterHistory{
			Name: &t.parameter.name, Type: v.kind, Tier: v.tier, Value: value, Version: v.number, DataType: new("text"),
			LastModifiedDate: new(v.modified), LastModifiedUser: &v.user, Labels: v.labelList(), Policies: []types.ParameterInlinePolicy{},
			KeyId: given(v.keyID), Description: given(v.description), AllowedPattern: given(v.pattern),
		})
	}
	return out, nil
}

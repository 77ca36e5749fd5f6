package ssm

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/world"
)

// versionLimit is how many versions are kept (API reference,
// ParameterMaxVersionLimitExceeded).
const versionLimit = 100

// putParameter makes a parameter, or a new version of one.
func (s *Service) putParameter(c *world.Call, in *ssm.PutParameterInput) (*ssm.PutParameterOutput, error) {
	name, err := checkPut(in)
	if err != nil {
		return nil, err
	}
	t := s.find(c, reference{home: homeOf(c), name: name})
	if err := s.authorizePut(c, t, in); err != nil {
		return nil, err
	}
	if t.parameter != nil && !asked(in.Overwrite) {
		return nil, &types.ParameterAlreadyExists{Message: new("The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")}
	}
	v, kept, err := s.next(c, t, in)
	if err != nil {
		return nil, err
	}
	if v.kind == types.ParameterTypeSecureString {
		if v.value, err = s.seal(c, t.reference.arn(), v, []byte(*in.Value)); err != nil {
			return nil, err
		}
	}
	p, operation := t.parameter, "Update"
	if p == nil {
		operation = "Create"
		p = &parameter{owner: t.home, name: name, arn: t.reference.arn(), tags: map[string]string{}}
		for _, tag := range in.Tags {
			p.tags[*tag.Key] = *tag.Value
		}
		s.make(t.home).parameters[t.key()] = p
	}
	p.versions = append(kept, v)
	s.tell(operation, p)
	return &ssm.PutParameterOutput{Version: v.number, Tier: v.tier}, nil
}

// checkPut checks what the request says by itself, and gives its name. Reported:
// the wording for tags with Overwrite, in getmoto/moto issue 4283. Assumed: that
// for an empty value, a nested parameter and a KeyId that is not needed.
func checkPut(in *ssm.PutParameterInput) (string, error) {
	switch {
	case in.Policies != nil:
		return "", world.Unimplemented("parameter policies")
	case in.DataType != nil && *in.DataType != "" && *in.DataType != "text":
		return "", world.Unimplemented("parameters of data type " + *in.DataType)
	}
	name, err := owned(*in.Name)
	switch {
	case err != nil:
		return "", err
	case len(in.Tags) > 0 && asked(in.Overwrite):
		return "", invalid("Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.")
	case *in.Value == "":
		return "", invalid("1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1")
	case strings.Contains(*in.Value, "{{") && strings.Contains(*in.Value, "}}"):
		return "", invalid(`Parameter value can't nest another parameter. Do not use "{{}}" in the value.`)
	case in.KeyId != nil && in.Type != "" && in.Type != types.ParameterTypeSecureString:
		return "", invalid("KeyId is required for SecureString type parameter only.")
	}
	return name, checkTags(in.Tags)
}

// authorizePut asks about the parameter's ARN, also a future one. Tags need
// ssm:AddTagsToResource too (reported: pepperize/cdk-ssm-parameters-cross-region
// issue 442). That ssm:Overwrite is absent where the request does not say it is
// assumed.
func (s *Service) authorizePut(c *world.Call, t target, in *ssm.PutParameterInput) error {
	ctx := requestTags(in.Tags)
	if in.Overwrite != nil {
		ctx["ssm:Overwrite"] = []string{strconv.FormatBool(*in.Overwrite)}
	}
	if err := s.authorize(c, t, ctx); err != nil || len(in.Tags) == 0 {
		return err
	}
	return s.authorizeAs(c, "ssm:AddTagsToResource", t, requestTags(in.Tags))
}

// next makes the version that a request asks for, its value not yet encrypted,
// and gives those that stay beside it. What a request leaves out stays as it
// was: the description (reported: hashicorp/terraform-provider-aws, internal/
// service/ssm/parameter.go, sends it only where it changed), and, assumed, the
// pattern; but not the key, which is then the AWS managed one (KMS Developer
// Guide, "How AWS Systems Manager Parameter Store uses AWS KMS").
func (s *Service) next(c *world.Call, t target, in *ssm.PutParameterInput) (*version, []*version, error) {
	v := &version{
		number: 1, kind: in.Type, value: []byte(*in.Value), user: c.Caller.ARN(), modified: c.Time, labels: map[string]bool{},
	}
	var kept []*version
	var err error
	if t.parameter != nil {
		old := t.latest()
		v.number, v.description, v.pattern = old.number+1, old.description, old.pattern
		if v.kind == "" {
			v.kind = old.kind
		}
		kept, err = t.room()
	} else {
		err = checkSize(t.reference)
	}
	if err != nil {
		return nil, nil, err
	}
	if in.Description != nil {
		v.description = *in.Description
	}
	if in.AllowedPattern != nil {
		v.pattern = *in.AllowedPattern
	}
	if err := checkKind(t, v.kind); err != nil {
		return nil, nil, err
	}
	if v.tier, err = s.tierOf(t, in); err != nil {
		return nil, nil, err
	}
	if v.kind == types.ParameterTypeSecureString {
		v.keyID = managedAlias
		if in.KeyId != nil {
			v.keyID = *in.KeyId
		}
	}
	return v, kept, matches(v.pattern, *in.Value)
}

// checkKind refuses to make a parameter without a type (wording assumed), and to
// change it within a hierarchy (API reference, HierarchyTypeMismatchException).
// Outside of one it changes (reported: hashicorp/terraform-provider-aws, in its
// acceptance test TestAccSSMParameter_updateType).
func checkKind(t target, kind types.ParameterType) error {
	switch {
	case kind == "":
		return invalid("A parameter type is required when you create a parameter.")
	case t.parameter != nil && kind != t.latest().kind && strings.Contains(t.key(), "/"):
		return &types.HierarchyTypeMismatchException{Message: new("Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.")}
	}
	return nil
}

// room gives the versions that stay when one more is added: the oldest makes
// room, unless it has a label (API reference, ParameterMaxVersionLimitExceeded,
// with its wording).
func (p *parameter) room() ([]*version, error) {
	if len(p.versions) < versionLimit {
		return p.versions, nil
	}
	if oldest := p.versions[0]; len(oldest.labels) > 0 {
		return nil, &types.ParameterMaxVersionLimitExceeded{Message: new("You attempted to create a new version of " + p.name +
			" by calling the PutParameter API with the overwrite flag. Version " + strconv.FormatInt(oldest.number, 10) +
			", the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.")}
	}
	return p.versions[1:], nil
}

// matches holds a value to a pattern. AWS's expressions are Java's, and whether
// they must match the whole value is not written anywhere: where Go's cannot
// tell, or where it would make a difference, the lab says so. The wording is
// assumed.
func matches(pattern, value string) error {
	if pattern == "" {
		return nil
	}
	part, err := regexp.Compile(pattern)
	var bad *syntax.Error
	switch {
	case errors.As(err, &bad) && (bad.Code == syntax.ErrInvalidPerlOp || bad.Code == syntax.ErrInvalidEscape || bad.Code == syntax.ErrInvalidRepeatOp):
		return world.Unimplemented("the regular expression " + pattern)
	case err != nil:
		return &types.InvalidAllowedPatternException{Message: new("The allowed pattern " + pattern + " is not a valid regular expression.")}
	}
	whole := regexp.MustCompile(`\A(?:` + pattern + `)\z`).MatchString(value)
	if whole != part.MatchString(value) {
		return world.Unimplemented("an AllowedPattern that matches only a part of the value: " + pattern)
	}
	if !whole {
		return &types.ParameterPatternMismatchException{Message: new("Parameter value, cannot be validated against allowedPattern: " + pattern)}
	}
	return nil
}

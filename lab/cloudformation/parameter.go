package cloudformation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// parameter is what a template asks its user for (CloudFormation User Guide,
// "CloudFormation template Parameters syntax").
type parameter struct {
	Type                  string
	Default               *string
	AllowedValues         []string
	AllowedPattern        string
	MinLength             *int
	MaxLength             *int
	MinValue              *float64
	MaxValue              *float64
	NoEcho                bool
	Description           string
	ConstraintDescription string
}

// values gives the parameters' values: those that are given, else their
// defaults.
func (d *Deployer) values(ctx context.Context, declared map[string]parameter, given map[string]string) (map[string]any, error) {
	var unknown, missing []string
	for name := range given {
		if _, ok := declared[name]; !ok {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 { // reported wording, in aws-cdk
		return nil, templateError("Parameters: [%s] do not exist in the template", strings.Join(slices.Sorted(slices.Values(unknown)), ", "))
	}
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		p := declared[name]
		text, ok := given[name]
		if !ok && p.Default == nil {
			missing = append(missing, name)
			continue
		}
		if !ok {
			text = *p.Default
		}
		v, err := d.valueOf(ctx, p, text)
		if errors.Is(err, errNumber) { // recorded wording
			return nil, templateError("Parameter '%s' must be a number.", name)
		}
		if err != nil {
			return nil, templateError("Parameters/%s: %w", name, err)
		}
		out[name] = v
	}
	if len(missing) > 0 { // recorded wording
		return nil, templateError("Parameters: [%s] must have values", strings.Join(missing, ", "))
	}
	return out, nil
}

// valueOf checks a parameter's value, and gives what a Ref to it stands for. The
// constraints of a parameter of Systems Manager are those of its name.
func (d *Deployer) valueOf(ctx context.Context, p parameter, text string) (any, error) {
	if err := p.allows(text); err != nil {
		return nil, err
	}
	switch p.Type {
	case "String":
		return text, nil
	case "Number":
		return text, number(text)
	case "List<Number>":
		l := commas(text)
		for _, e := range l {
			if err := number(e.(string)); err != nil {
				return nil, err
			}
		}
		return l, nil
	case "CommaDelimitedList":
		return commas(text), nil
	case "AWS::SSM::Parameter::Value<String>":
		return d.stored(ctx, text)
	case "AWS::SSM::Parameter::Value<List<String>>", "AWS::SSM::Parameter::Value<CommaDelimitedList>":
		t, err := d.stored(ctx, text)
		return commas(t), err
	}
	return nil, fmt.Errorf("the type %q is not known here", p.Type)
}

func (d *Deployer) stored(ctx context.Context, name string) (string, error) {
	out, err := d.api.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if err != nil {
		return "", fmt.Errorf("get the parameter %s of Systems Manager: %w", name, err)
	}
	if out.Parameter.Type == "SecureString" { // the type's documentation: not supported
		return "", fmt.Errorf("the parameter %s of Systems Manager is a SecureString, which a template cannot take", name)
	}
	return *out.Parameter.Value, nil
}

var errNumber = errors.New("it is no number")

// numberForm is that of integers and floats (CloudFormation User Guide,
// "CloudFormation template Parameters syntax", Number).
var numberForm = regexp.MustCompile(`^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$`)

func number(text string) error {
	if !numberForm.MatchString(text) {
		return errNumber
	}
	return nil
}

// commas reads a list; blanks around its members do not count.
func commas(text string) []any {
	out := []any{}
	if text == "" {
		return out
	}
	for _, e := range strings.Split(text, ",") {
		out = append(out, strings.TrimSpace(e))
	}
	return out
}

// allows checks a value against the constraints. Those of a list are of each of
// its members.
func (p parameter) allows(text string) error {
	values := []string{text}
	if p.Type == "CommaDelimitedList" || p.Type == "List<Number>" {
		values = nil
		for _, e := range commas(text) {
			values = append(values, e.(string))
		}
	}
	for _, v := range values {
		if err := p.allowsOne(v); err != nil {
			if p.ConstraintDescription != "" {
				return fmt.Errorf("%w: %s", err, p.ConstraintDescription)
			}
			return err
		}
	}
	return nil
}

func (p parameter) allowsOne(v string) error {
	n, err := strconv.ParseFloat(v, 64)
	isNumber := err == nil
	switch {
	case p.AllowedValues != nil && !slices.Contains(p.AllowedValues, v):
		return fmt.Errorf("the value must be one of %s", strings.Join(p.AllowedValues, ", "))
	case p.MinLength != nil && utf8.RuneCountInString(v) < *p.MinLength:
		return fmt.Errorf("the value must contain at least %d characters", *p.MinLength)
	case p.MaxLength != nil && utf8.RuneCountInString(v) > *p.MaxLength:
		return fmt.Errorf("the value must contain at most %d characters", *p.MaxLength)
	case p.MinValue != nil && (!isNumber || n < *p.MinValue):
		return fmt.Errorf("the value must be a number not less than %v", *p.MinValue)
	case p.MaxValue != nil && (!isNumber || n > *p.MaxValue):
		return fmt.Errorf("the value must be a number not greater than %v", *p.MaxValue)
	}
	if p.AllowedPattern == "" {
		return nil
	}
	pattern, err := regexp.Compile(`^(?:` + p.AllowedPattern + `)$`)
	if err != nil {
		return fmt.Errorf("AllowedPattern: %w", err)
	}
	if !pattern.MatchString(v) {
		return fmt.Errorf("the value must match pattern %s", p.AllowedPattern)
	}
	return nil
}

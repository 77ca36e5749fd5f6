package cloudformation

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

type ssmParameterProperties struct {
	AllowedPattern *string
	DataType       *string
	Description    *string
	Name           *string
	Policies       *string
	Tags           map[string]string
	Tier           types.ParameterTier
	Type           types.ParameterType
	Value          *string
}

// ssmParameter is AWS::SSM::Parameter: Ref is its name.
var ssmParameter = define(putParameter, "Arn", "Type", "Value")

func putParameter(ctx context.Context, c *creation, p ssmParameterProperties) (*resource, error) {
	if p.Type != types.ParameterTypeString && p.Type != types.ParameterTypeStringList { // the type's documentation
		return nil, templateError("Type: %q is neither String nor StringList, and CloudFormation makes no other", p.Type)
	}
	name := "CFN-" + c.id + "-" + c.suffix() // the form of recorded names
	if p.Name != nil {
		name = *p.Name
	}
	var own []tag
	for _, k := range sortedKeys(p.Tags) {
		own = append(own, tag{k, p.Tags[k]})
	}
	_, err := c.ssm.PutParameter(ctx, &ssm.PutParameterInput{
		Name: &name, Value: p.Value, Type: p.Type, AllowedPattern: p.AllowedPattern, DataType: p.DataType, Description: p.Description,
		Policies: p.Policies, Tier: p.Tier,
		Tags: tagList(c.tags(own), func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }),
	})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.ssm.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: &name})
		return err
	})
	return made(name, map[string]string{"Arn": c.arn("ssm", "parameter/"+strings.TrimPrefix(name, "/")), "Type": string(p.Type), "Value": *p.Value})
}

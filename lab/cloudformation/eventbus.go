package cloudformation

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

type eventBusProperties struct {
	DeadLetterConfig *types.DeadLetterConfig
	Description      *string
	EventSourceName  *string
	KmsKeyIdentifier *string
	LogConfig        *types.LogConfig
	Name             string
	Policy           document
	Tags             []tag
}

// eventBus is AWS::Events::EventBus: Ref is its name.
var eventBus = define(createEventBus, "Arn", "Name", "Policy")

func createEventBus(ctx context.Context, c *creation, p eventBusProperties) (*resource, error) {
	policy, err := textOf(p.Policy)
	if err != nil {
		return nil, err
	}
	out, err := c.events.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{
		Name: &p.Name, DeadLetterConfig: p.DeadLetterConfig, Description: p.Description, EventSourceName: p.EventSourceName,
		KmsKeyIdentifier: p.KmsKeyIdentifier, LogConfig: p.LogConfig, Tags: c.eventTags(p.Tags),
	})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.events.DeleteEventBus(ctx, &eventbridge.DeleteEventBusInput{Name: &p.Name})
		return err
	})
	if policy != nil {
		if _, err := c.events.PutPermission(ctx, &eventbridge.PutPermissionInput{EventBusName: &p.Name, Policy: policy}); err != nil {
			return nil, err
		}
	}
	return made(p.Name, map[string]string{"Arn": *out.EventBusArn, "Name": p.Name, "Policy": aws.ToString(policy)})
}

type eventBusPolicyProperties struct {
	Action       *string
	Condition    *types.Condition
	EventBusName *string
	Principal    *string
	Statement    map[string]any
	StatementId  string
}

// eventBusPolicy is AWS::Events::EventBusPolicy: one statement of a bus's policy.
// That its Ref is the bus, | and the statement's id is assumed.
var eventBusPolicy = define(putBusPermission)

func putBusPermission(ctx context.Context, c *creation, p eventBusPolicyProperties) (*resource, error) {
	in := &eventbridge.PutPermissionInput{EventBusName: p.EventBusName, Action: p.Action, Condition: p.Condition, Principal: p.Principal, StatementId: &p.StatementId}
	if p.Statement != nil {
		if p.Action != nil || p.Principal != nil || p.Condition != nil {
			return nil, templateError("Statement stands in place of Action, Principal and Condition")
		}
		policy, err := c.busPolicyWith(ctx, p)
		if err != nil {
			return nil, err
		}
		in = &eventbridge.PutPermissionInput{EventBusName: p.EventBusName, Policy: policy}
	}
	if _, err := c.events.PutPermission(ctx, in); err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.events.RemovePermission(ctx, &eventbridge.RemovePermissionInput{EventBusName: p.EventBusName, StatementId: &p.StatementId})
		return err
	})
	bus := aws.ToString(p.EventBusName)
	if bus == "" {
		bus = "default"
	}
	return made(bus+"|"+p.StatementId, nil)
}

// busPolicyWith gives the bus's policy with one statement more, under its id.
func (c *creation) busPolicyWith(ctx context.Context, p eventBusPolicyProperties) (*string, error) {
	bus, err := c.events.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: p.EventBusName})
	if err != nil {
		return nil, err
	}
	policy := struct {
		Version   string
		Statement []any
	}{Version: "2012-10-17"}
	if bus.Policy != nil {
		if err := json.Unmarshal([]byte(*bus.Policy), &policy); err != nil {
			return nil, err
		}
	}
	statement := maps.Clone(p.Statement)
	statement["Sid"] = p.StatementId
	policy.Statement = append(policy.Statement, statement)
	return textOf(policy)
}

package cloudformation

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

type permissionProperties struct {
	Action                *string
	EventSourceToken      *string
	FunctionName          *string
	FunctionUrlAuthType   types.FunctionUrlAuthType
	InvokedViaFunctionUrl *bool
	Principal             *string
	PrincipalOrgID        *string
	SourceAccount         *string
	SourceArn             *string
}

// permission is AWS::Lambda::Permission. Its Ref and Id are the statement's id,
// a generated name.
var permission = define(addPermission, "Id")

func addPermission(ctx context.Context, c *creation, p permissionProperties) (*resource, error) {
	statement := c.name(100)
	_, err := c.lambda.AddPermission(ctx, &lambda.AddPermissionInput{
		Action: p.Action, EventSourceToken: p.EventSourceToken, FunctionName: p.FunctionName, FunctionUrlAuthType: p.FunctionUrlAuthType,
		InvokedViaFunctionUrl: p.InvokedViaFunctionUrl, Principal: p.Principal, PrincipalOrgID: p.PrincipalOrgID, SourceAccount: p.SourceAccount,
		SourceArn: p.SourceArn, StatementId: &statement,
	})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.lambda.RemovePermission(ctx, &lambda.RemovePermissionInput{FunctionName: p.FunctionName, StatementId: &statement})
		return err
	})
	return made(statement, map[string]string{"Id": statement})
}

package cloudformation

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

type layerVersionProperties struct {
	CompatibleArchitectures []types.Architecture
	CompatibleRuntimes      []types.Runtime
	Content                 lambdaCode
	Description             *string
	LayerName               *string
	LicenseInfo             *string
}

// layerVersion is AWS::Lambda::LayerVersion: Ref is the ARN of the version. That
// a layer without a name gets STACK-LOGICALID-SUFFIX is assumed.
var layerVersion = define(publishLayer, "LayerVersionArn")

func publishLayer(ctx context.Context, c *creation, p layerVersionProperties) (*resource, error) {
	name := c.named(p.LayerName, 140)
	out, err := c.lambda.PublishLayerVersion(ctx, &lambda.PublishLayerVersionInput{
		CompatibleArchitectures: p.CompatibleArchitectures, CompatibleRuntimes: p.CompatibleRuntimes, Description: p.Description,
		Content:   &types.LayerVersionContentInput{S3Bucket: p.Content.S3Bucket, S3Key: p.Content.S3Key, S3ObjectVersion: p.Content.S3ObjectVersion},
		LayerName: &name, LicenseInfo: p.LicenseInfo,
	})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.lambda.DeleteLayerVersion(ctx, &lambda.DeleteLayerVersionInput{LayerName: &name, VersionNumber: &out.Version})
		return err
	})
	return made(*out.LayerVersionArn, map[string]string{"LayerVersionArn": *out.LayerVersionArn})
}

type layerVersionPermissionProperties struct {
	Action, LayerVersionArn, OrganizationId, Principal *string
}

// layerVersionPermission is AWS::Lambda::LayerVersionPermission. That its Ref and
// Id are the ARN of the version, # and the statement's id is assumed.
var layerVersionPermission = define(addLayerPermission, "Id")

func addLayerPermission(ctx context.Context, c *creation, p layerVersionPermissionProperties) (*resource, error) {
	layer, version, err := splitLayer(p.LayerVersionArn)
	if err != nil {
		return nil, err
	}
	statement := c.name(100)
	_, err = c.lambda.AddLayerVersionPermission(ctx, &lambda.AddLayerVersionPermissionInput{
		Action: p.Action, LayerName: &layer, OrganizationId: p.OrganizationId, Principal: p.Principal, StatementId: &statement, VersionNumber: &version,
	})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.lambda.RemoveLayerVersionPermission(ctx, &lambda.RemoveLayerVersionPermissionInput{LayerName: &layer, StatementId: &statement, VersionNumber: &version})
		return err
	})
	id := *p.LayerVersionArn + "#" + statement
	return made(id, map[string]string{"Id": id})
}

// splitLayer gives the ARN of a layer and the number of its version.
func splitLayer(arn *string) (layer string, version int64, err error) {
	if arn == nil {
		return "", 0, fmt.Errorf("LayerVersionArn is missing")
	}
	at := strings.LastIndexByte(*arn, ':')
	if at < 0 {
		return "", 0, fmt.Errorf("LayerVersionArn: %s is no ARN of a layer's version", *arn)
	}
	if version, err = strconv.ParseInt((*arn)[at+1:], 10, 64); err != nil {
		return "", 0, fmt.Errorf("LayerVersionArn: %s is no ARN of a layer's version", *arn)
	}
	return (*arn)[:at], version, nil
}

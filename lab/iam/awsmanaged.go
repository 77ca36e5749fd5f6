package iam

import (
	"crypto/sha256"
	"encoding/base32"
	"maps"
	"slices"
	"sync"
	"time"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// awsDocuments are policies that AWS manages, as the AWS Managed Policy
// Reference gives them: the version that stood when this was written, and when
// the policy was made and last changed; AdministratorAccess is as zoph-io/MAMIP
// keeps AWS's own answer. Older versions are left out, and so is the policy's
// unique id, which is none of AWS's.
var awsDocuments = []struct {
	path, name, version, created, updated, text string
}{
	{"/", "AdministratorAccess", "v1", "2015-02-06T18:39:00Z", "2015-02-06T18:39:00Z",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`},
	{"/", "PowerUserAccess", "v12", "2015-02-06T18:39:00Z", "2026-02-12T17:59:00Z",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["account:GetAccountInformation","account:GetGovCloudAccountInformation","account:GetPrimaryEmail","account:ListRegions","iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeEffectivePolicy","organizations:DescribeOrganization"],"Resource":"*"}]}`},
	{"/", "AmazonS3FullAccess", "v2", "2015-02-06T18:40:00Z", "2021-09-27T20:16:00Z",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],"Resource":"*"}]}`},
	{"/", "AmazonS3ReadOnlyAccess", "v3", "2015-02-06T18:40:00Z", "2023-08-10T21:31:00Z",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*","s3-object-lambda:List*"],"Resource":"*"}]}`},
	{"/", "AWSKeyManagementServicePowerUser", "v2", "2015-02-06T18:40:00Z", "2017-03-07T00:55:00Z",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:CreateAlias","kms:CreateKey","kms:DeleteAlias","kms:Describe*","kms:GenerateRandom","kms:Get*","kms:List*","kms:TagResource","kms:UntagResource","iam:ListGroups","iam:ListRoles","iam:ListUsers"],"Resource":"*"}]}`},
	{"/", "SecretsManagerReadWrite", "v6", "2018-04-04T18:05:00Z", "2026-08-25T23:37:00Z",
		`{"Version":"2012-10-17","Statement":[{"Sid":"BasePermissions","Effect":"Allow","Action":["secretsmanager:*","cloudformation:CreateChangeSet","cloudformation:DescribeChangeSet","cloudformation:DescribeStackResource","cloudformation:DescribeStacks","cloudformation:ExecuteChangeSet","docdb-elastic:GetCluster","docdb-elastic:ListClusters","ec2:DescribeSecurityGroups","ec2:DescribeSubnets","ec2:DescribeVpcs","kms:DescribeKey","kms:ListAliases","kms:ListKeys","lambda:ListFunctions","rds:DescribeDBClusters","rds:DescribeDBInstances","redshift:DescribeClusters","redshift-serverless:ListWorkgroups","redshift-serverless:GetNamespace","tag:GetResources"],"Resource":"*"},{"Sid":"LambdaPermissions","Effect":"Allow","Action":["lambda:AddPermission","lambda:CreateFunction","lambda:GetFunction","lambda:InvokeFunction","lambda:UpdateFunctionConfiguration"],"Resource":"arn:aws:lambda:*:*:function:SecretsManager*"},{"Sid":"SARPermissions","Effect":"Allow","Action":["serverlessrepo:CreateCloudFormationChangeSet","serverlessrepo:GetApplication"],"Resource":"arn:aws:serverlessrepo:*:*:applications/SecretsManager*"},{"Sid":"S3Permissions","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::awsserverlessrepo-changesets*","arn:aws:s3:::secrets-manager-rotation-apps-*/*"]},{"Sid":"CloudFormationTagOnCreate","Effect":"Allow","Action":["cloudformation:TagResource","cloudformation:UntagResource"],"Resource":"*","Condition":{"StringEquals":{"cloudformation:CreateAction":["CreateChangeSet","ExecuteChangeSet"]}}}]}`},
	{"/service-role/", "AWSLambdaBasicExecutionRole", "v1", "2015-04-09T15:03:00Z", "2015-04-09T15:03:00Z",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}`},
	{"/service-role/", "AWSLambdaSQSQueueExecutionRole", "v1", "2018-06-14T21:50:00Z", "2018-06-14T21:50:00Z",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sqs:ReceiveMessage","sqs:DeleteMessage","sqs:GetQueueAttributes","logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}`},
}

// awsPolicies are they, by ARN. They do not change, so all worlds share them.
var awsPolicies = sync.OnceValue(func() map[string]*managed {
	all := map[string]*managed{}
	for _, d := range awsDocuments {
		created, err := time.Parse(time.RFC3339, d.created)
		if err != nil {
			panic(err)
		}
		updated, err := time.Parse(time.RFC3339, d.updated)
		if err != nil {
			panic(err)
		}
		m := &managed{
			arn: "arn:aws:iam::aws:policy" + d.path + d.name, name: d.name, id: uniqueID(d.name), path: d.path, created: created, updated: updated,
			standing: &version{d.version, world.MustPolicy(keypolicy.IdentityPolicy, d.text), updated},
		}
		m.versions = []*version{m.standing}
		all[m.arn] = m
	}
	return all
})

// uniqueID makes an id of the form that AWS's have.
func uniqueID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "ANPA" + base32.StdEncoding.EncodeToString(sum[:])[:17]
}

// awsManaged finds a policy that AWS manages. There are a thousand of them, so
// that the lab does not have one says nothing.
func awsManaged(arn string) (*managed, error) {
	if m := awsPolicies()[arn]; m != nil {
		return m, nil
	}
	return nil, world.Unimplemented("the policy " + arn + ", which AWS manages; it has only " + list())
}

// knownAWS are all that the lab has, by ARN.
func knownAWS() []*managed { return world.Sorted(awsPolicies()) }

func list() (arns string) {
	for _, arn := range slices.Sorted(maps.Keys(awsPolicies())) {
		if arns != "" {
			arns += ", "
		}
		arns += arn
	}
	return arns
}

package cloudformation_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// got gives what a call answers, and ends the test if it fails.
func got[In, Out, Option any](b *bench, call func(ctx ctx, in In, options ...Option) (Out, error), in In) Out {
	b.Helper()
	out, err := call(b.Context(), in)
	if err != nil {
		b.Fatal(err)
	}
	return out
}

// has wants a text to match a pattern.
func (b *bench) has(what, text, pattern string) {
	b.Helper()
	if !regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(text) {
		b.Errorf("%s is %q, which does not match %s", what, text, pattern)
	}
}

func TestReplicaKey(t *testing.T) {
	b := newBench(t)
	primary := b.deploy("Primary", resources(`{"Key": {"Type": "AWS::KMS::Key", "Properties": {"MultiRegion": true, "EnableKeyRotation": true, "KeyPolicy": `+keyPolicy+`}}}`))
	text := `{"Parameters": {"Primary": {"Type": "String"}}, "Resources": {
		"Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/there", "TargetKeyId": {"Ref": "Replica"}}},
		"Replica": {"Type": "AWS::KMS::ReplicaKey", "Properties": {"PrimaryKeyArn": {"Ref": "Primary"}, "Description": "there", "Enabled": false, "KeyPolicy": ` + keyPolicy + `}}}}`
	there := b.deployer(account, "eu-north-1")
	s, err := there.Deploy(t.Context(), b.template("Replica", text), map[string]string{"Primary": b.attribute(primary, "Key", "Arn")})
	if err != nil {
		t.Fatal(err)
	}
	equal(b, "the key id", s.Physical("Replica"), primary.Physical("Key"))
	b.has("the ARN", b.attribute(s, "Replica", "Arn"), `arn:aws:kms:eu-north-1:111122223333:key/mrk-.*`)
	k := got(b, kms.NewFromConfig(b.secure(account, "eu-north-1")).DescribeKey, &kms.DescribeKeyInput{KeyId: new("alias/there")}).KeyMetadata
	equal(b, "the state", k.KeyState, kmstypes.KeyStateDisabled)
	r := got(b, kms.NewFromConfig(b.config).GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: new(primary.Physical("Key"))})
	equal(b, "rotation", r.KeyRotationEnabled, true)
}

func TestIAM(t *testing.T) {
	b := newBench(t)
	s := b.deploy("People", resources(`{
		"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": `+trust+`, "Path": "/ours/", "Description": "d", "MaxSessionDuration": 7200,
			"ManagedPolicyArns": [{"Ref": "Managed"}], "PermissionsBoundary": {"Ref": "Managed"}, "Tags": [{"Key": "k", "Value": "v"}],
			"Policies": [{"PolicyName": "inline", "PolicyDocument": `+allow+`}]}},
		"Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Path": "/ours/", "Roles": [{"Ref": "Role"}]}},
		"Policy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "more", "PolicyDocument": `+allow+`, "Roles": [{"Ref": "Role"}]}},
		"Managed": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"Path": "/ours/", "PolicyDocument": `+allow+`}},
		"Attached": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": "named", "PolicyDocument": `+allow+`, "Roles": [{"Ref": "Role"}]}}}`))
	c := iam.NewFromConfig(b.config)
	name := s.Physical("Role")
	b.has("the role", name, `People-Role-\w{12}`)
	r := got(b, c.GetRole, &iam.GetRoleInput{RoleName: &name}).Role
	equal(b, "Arn", b.attribute(s, "Role", "Arn"), *r.Arn)
	b.has("Arn", *r.Arn, `arn:aws:iam::111122223333:role/ours/`+name)
	equal(b, "RoleId", b.attribute(s, "Role", "RoleId"), *r.RoleId)
	equal(b, "the boundary", *r.PermissionsBoundary.PermissionsBoundaryArn, s.Physical("Managed"))
	equal(b, "the tag", *r.Tags[0].Value, "v")
	equal(b, "the session", *r.MaxSessionDuration, 7200)
	b.has("the managed policy", s.Physical("Managed"), `arn:aws:iam::111122223333:policy/ours/People-Managed-\w{12}`)
	equal(b, "PolicyArn", b.attribute(s, "Managed", "PolicyArn"), s.Physical("Managed"))
	equal(b, "the named policy", s.Physical("Attached"), "arn:aws:iam::111122223333:policy/named")
	profile := got(b, c.GetInstanceProfile, &iam.GetInstanceProfileInput{InstanceProfileName: new(s.Physical("Profile"))}).InstanceProfile
	b.has("the instance profile", *profile.InstanceProfileName, `People-Profile-\w{12}`)
	equal(b, "its ARN", b.attribute(s, "Profile", "Arn"), *profile.Arn)
	equal(b, "its role", *profile.Roles[0].RoleName, name)
	inline := got(b, c.ListRolePolicies, &iam.ListRolePoliciesInput{RoleName: &name}).PolicyNames
	equal(b, "the inline policies", strings.Join(inline, " "), "inline more")
	equal(b, "the attached policies", len(got(b, c.ListAttachedRolePolicies, &iam.ListAttachedRolePoliciesInput{RoleName: &name}).AttachedPolicies), 2)
}

// Policies of users and groups, which are not made here.
func TestIAMPoliciesOfUsersAndGroups(t *testing.T) {
	b := newBench(t)
	c := iam.NewFromConfig(b.config)
	got(b, c.CreateUser, &iam.CreateUserInput{UserName: new("u")})
	got(b, c.CreateGroup, &iam.CreateGroupInput{GroupName: new("g")})
	text := resources(`{
		"Inline": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "PolicyDocument": ` + allow + `, "Users": ["u"], "Groups": ["g"]}},
		"Managed": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": ` + allow + `, "Users": ["u"], "Groups": ["g"]}},
		"Last": {"Type": "AWS::SSM::Parameter", "DependsOn": ["Inline", "Managed"], "Properties": {"Type": "String", "Value": "LAST"}}}`)
	_, err := b.d.Deploy(t.Context(), b.template("S", strings.Replace(text, `"LAST"`, `""`, 1)), nil)
	b.refused(err, "no value", "CREATE_FAILED")
	if strings.Contains(err.Error(), "ROLLBACK_FAILED") {
		t.Error(err)
	}
	equal(b, "the user's policies", len(got(b, c.ListUserPolicies, &iam.ListUserPoliciesInput{UserName: new("u")}).PolicyNames), 0)
	equal(b, "the group's inline policies", len(got(b, c.ListGroupPolicies, &iam.ListGroupPoliciesInput{GroupName: new("g")}).PolicyNames), 0)
	equal(b, "the group's policies", len(got(b, c.ListAttachedGroupPolicies, &iam.ListAttachedGroupPoliciesInput{GroupName: new("g")}).AttachedPolicies), 0)
	b.deploy("S", text)
	equal(b, "the user's policies", len(got(b, c.ListUserPolicies, &iam.ListUserPoliciesInput{UserName: new("u")}).PolicyNames), 1)
	equal(b, "the group's policies", len(got(b, c.ListGroupPolicies, &iam.ListGroupPoliciesInput{GroupName: new("g")}).PolicyNames), 1)
	equal(b, "the user's managed policies", len(got(b, c.ListAttachedUserPolicies, &iam.ListAttachedUserPoliciesInput{UserName: new("u")}).AttachedPolicies), 1)
	_, err = b.d.Deploy(t.Context(), b.template("Nobody", resources(`{"P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "PolicyDocument": `+allow+`}}}`)), nil)
	b.refused(err, "a policy of nobody", "At least one of [Groups,Roles,Users] must be non-empty.")
}

func TestLogGroup(t *testing.T) {
	b := newBench(t)
	s := b.deploy("Logs", resources(`{"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/ours/a", "RetentionInDays": 7, "Tags": [{"Key": "k", "Value": "v"}]}},
		"Plain": {"Type": "AWS::Logs::LogGroup"}}`))
	equal(b, "Ref", s.Physical("Group"), "/ours/a")
	equal(b, "Arn", b.attribute(s, "Group", "Arn"), "arn:aws:logs:eu-west-1:111122223333:log-group:/ours/a:*")
	b.has("the other", s.Physical("Plain"), `Logs-Plain-\w{12}`)
	g := got(b, cloudwatchlogs.NewFromConfig(b.config).DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: new("/ours/")}).LogGroups
	if len(g) != 1 || *g[0].Arn != b.attribute(s, "Group", "Arn") || *g[0].RetentionInDays != 7 {
		t.Errorf("there are %v", g)
	}
}

func TestSQS(t *testing.T) {
	b := newBench(t)
	s := b.deploy("Queues", resources(`{
		"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60, "SqsManagedSseEnabled": true, "Tags": [{"Key": "k", "Value": "v"}],
			"RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3}}},
		"Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead", "MessageRetentionPeriod": 1209600}},
		"Policy": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": {"Version": "2012-10-17", "Statement": [
			{"Sid": "Ours", "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}}]}}}}`))
	b.has("the queue", b.attribute(s, "Queue", "QueueName"), `Queues-Queue-\w{12}`)
	b.has("its URL", s.Physical("Queue"), `http.*/111122223333/`+b.attribute(s, "Queue", "QueueName"))
	equal(b, "QueueUrl", b.attribute(s, "Queue", "QueueUrl"), s.Physical("Queue"))
	equal(b, "Arn", b.attribute(s, "Dead", "Arn"), "arn:aws:sqs:eu-west-1:111122223333:dead")
	a := got(b, sqs.NewFromConfig(b.config).GetQueueAttributes, &sqs.GetQueueAttributesInput{QueueUrl: new(s.Physical("Queue")), AttributeNames: []sqstypes.QueueAttributeName{"All"}}).Attributes
	equal(b, "QueueArn", a["QueueArn"], b.attribute(s, "Queue", "Arn"))
	equal(b, "VisibilityTimeout", a["VisibilityTimeout"], "60")
	b.has("RedrivePolicy", a["RedrivePolicy"], `.*:dead".*3.*`)
	b.has("Policy", a["Policy"], `.*"Ours".*`)
}

func TestSNS(t *testing.T) {
	b := newBench(t)
	s := b.deploy("Topics", resources(`{
		"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "ours", "Subscription": [{"Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]}}]}},
		"Fifo": {"Type": "AWS::SNS::Topic", "Properties": {"FifoTopic": true}},
		"Queue": {"Type": "AWS::SQS::Queue"},
		"Policy": {"Type": "AWS::SNS::TopicPolicy", "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": {"Version": "2012-10-17", "Statement": [
			{"Sid": "Ours", "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": {"Ref": "Topic"}}]}}},
		"Mail": {"Type": "AWS::SNS::Subscription", "Properties": {"TopicArn": {"Ref": "Topic"}, "Protocol": "email", "Endpoint": "a@example.com"}},
		"Filtered": {"Type": "AWS::SNS::Subscription", "Properties": {"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Other", "Arn"]},
			"RawMessageDelivery": true, "FilterPolicy": {"kind": ["a"]}}},
		"Other": {"Type": "AWS::SQS::Queue"}}`))
	b.has("Ref", s.Physical("Topic"), `arn:aws:sns:eu-west-1:111122223333:`+b.attribute(s, "Topic", "TopicName"))
	b.has("the FIFO topic", s.Physical("Fifo"), `.*\.fifo`)
	c := sns.NewFromConfig(b.config)
	b.has("Policy", got(b, c.GetTopicAttributes, &sns.GetTopicAttributesInput{TopicArn: new(s.Physical("Topic"))}).Attributes["Policy"], `.*"Ours".*`)
	equal(b, "the subscriptions", len(got(b, c.ListSubscriptionsByTopic, &sns.ListSubscriptionsByTopicInput{TopicArn: new(s.Physical("Topic"))}).Subscriptions), 3)
	a := got(b, c.GetSubscriptionAttributes, &sns.GetSubscriptionAttributesInput{SubscriptionArn: new(s.Physical("Filtered"))}).Attributes
	equal(b, "raw", a["RawMessageDelivery"], "true")
	equal(b, "the filter", a["FilterPolicy"], `{"kind":["a"]}`)
	equal(b, "the mail waits", got(b, c.GetSubscriptionAttributes, &sns.GetSubscriptionAttributesInput{SubscriptionArn: new(b.attribute(s, "Mail", "Arn"))}).Attributes["PendingConfirmation"], "true")
	_, err := b.d.Deploy(t.Context(), b.template("Away", resources(`{"S": {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "email", "Region": "us-east-1", "TopicArn": "x"}}}`)), nil)
	b.refused(err, "another Region", "subscriptions across Regions are not made here")
}

func TestEvents(t *testing.T) {
	b := newBench(t)
	s := b.deploy("Events", resources(`{
		"Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "ours"}},
		"First": {"Type": "AWS::Events::EventBusPolicy", "Properties": {"EventBusName": {"Ref": "Bus"}, "StatementId": "first", "Action": "events:PutEvents", "Principal": "444455556666"}},
		"Second": {"Type": "AWS::Events::EventBusPolicy", "DependsOn": "First", "Properties": {"EventBusName": {"Ref": "Bus"}, "StatementId": "second", "Statement":
			{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::555566667777:root"}, "Action": "events:PutEvents", "Resource": {"Fn::GetAtt": ["Bus", "Arn"]}}}},
		"Rule": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["ours"]}, "State": "ENABLED", "Targets": [
			{"Id": "t", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}, "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Dead", "Arn"]}},
			 "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3600}, "InputTransformer": {"InputPathsMap": {"a": "$.detail.a"}, "InputTemplate": "\"<a>\""}}]}},
		"OnBus": {"Type": "AWS::Events::Rule", "Properties": {"Name": "named", "EventBusName": {"Ref": "Bus"}, "EventPattern": {"source": ["ours"]}}},
		"Tick": {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(1 hour)"}},
		"Queue": {"Type": "AWS::SQS::Queue"}, "Dead": {"Type": "AWS::SQS::Queue"}}`))
	c := eventbridge.NewFromConfig(b.config)
	b.has("the rule", s.Physical("Rule"), `Events-Rule-\w{12}`)
	equal(b, "its ARN", b.attribute(s, "Rule", "Arn"), "arn:aws:events:eu-west-1:111122223333:rule/"+s.Physical("Rule"))
	target := got(b, c.ListTargetsByRule, &eventbridge.ListTargetsByRuleInput{Rule: new(s.Physical("Rule"))}).Targets[0]
	equal(b, "the dead letters", *target.DeadLetterConfig.Arn, b.attribute(s, "Dead", "Arn"))
	equal(b, "the attempts", *target.RetryPolicy.MaximumRetryAttempts, 2)
	equal(b, "the template", *target.InputTransformer.InputTemplate, `"<a>"`)
	equal(b, "the rule of the bus", s.Physical("OnBus"), "ours|named")
	equal(b, "its name", b.attribute(s, "OnBus", "RuleName"), "named")
	b.has("the ARN of the bus", b.attribute(s, "Bus", "Arn"), `arn:aws:events:eu-west-1:111122223333:event-bus/ours`)
	policy := *got(b, c.DescribeEventBus, &eventbridge.DescribeEventBusInput{Name: new("ours")}).Policy
	b.has("the bus's policy", policy, `.*"first".*"second".*`)
	_, err := b.d.Deploy(t.Context(), b.template("Both", resources(`{"P": {"Type": "AWS::Events::EventBusPolicy", "Properties": {"StatementId": "x", "Action": "events:PutEvents", "Statement": {}}}}`)), nil)
	b.refused(err, "both forms", "Statement stands in place of Action")
}

func TestScheduler(t *testing.T) {
	b := newBench(t)
	s := b.deploy("Schedules", resources(`{
		"Group": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "ours"}},
		"Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": {"GroupName": {"Ref": "Group"}, "FlexibleTimeWindow": {"Mode": "OFF"}, "State": "DISABLED",
			"ScheduleExpression": "cron(0 6 * * ? *)", "ScheduleExpressionTimezone": "Europe/Berlin", "StartDate": "2030-01-01T00:00:00Z",
			"Target": {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "Input": "hello", "RetryPolicy": {"MaximumRetryAttempts": "3"}}}},
		"Queue": {"Type": "AWS::SQS::Queue"},
		"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": `+strings.Replace(trust, "lambda", "scheduler", 1)+`}}}`))
	b.has("the schedule", s.Physical("Schedule"), `Schedules-Schedule-\w{12}`)
	g := got(b, scheduler.NewFromConfig(b.config).GetSchedule, &scheduler.GetScheduleInput{GroupName: new("ours"), Name: new(s.Physical("Schedule"))})
	equal(b, "Arn", b.attribute(s, "Schedule", "Arn"), *g.Arn)
	equal(b, "the zone", *g.ScheduleExpressionTimezone, "Europe/Berlin")
	equal(b, "the start", g.StartDate.Year(), 2030)
	equal(b, "the attempts", *g.Target.RetryPolicy.MaximumRetryAttempts, 3)
	equal(b, "the group's state", b.attribute(s, "Group", "State"), "ACTIVE")
	_, err := b.d.Deploy(t.Context(), b.template("Bad", resources(`{"S": {"Type": "AWS::Scheduler::Schedule", "Properties": {"EndDate": "tomorrow"}}}`)), nil)
	b.refused(err, "a bad time", `Resources/S/Properties/EndDate: "tomorrow" is not a time`)
}

func TestS3(t *testing.T) {
	b := newBench(t)
	s := b.deploy("Buckets", resources(`{
		"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {
			"BucketEncryption": {"ServerSideEncryptionConfiguration": [{"BucketKeyEnabled": true, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}}}]},
			"VersioningConfiguration": {"Status": "Enabled"}, "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
			"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true},
			"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": true}, "QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": {"Fn::GetAtt": ["Queue", "Arn"]},
				"Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}}}]},
			"Tags": [{"Key": "k", "Value": "v"}]}, "DependsOn": "QueuePolicy"},
		"Named": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "ours-by-name"}},
		"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Named"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [
			{"Sid": "TLS", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": {"Fn::GetAtt": ["Named", "Arn"]}, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}}},
		"Key": {"Type": "AWS::KMS::Key"},
		"Queue": {"Type": "AWS::SQS::Queue"},
		"QueuePolicy": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": {"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}}]}}}}`))
	name := s.Physical("Bucket")
	b.has("the bucket", name, `buckets-bucket-[a-z0-9]{12}`)
	for attribute, want := range map[string]string{
		"Arn": "arn:aws:s3:::" + name, "DomainName": name + ".s3.amazonaws.com", "RegionalDomainName": name + ".s3.eu-west-1.amazonaws.com",
		"DualStackDomainName": name + ".s3.dualstack.eu-west-1.amazonaws.com", "WebsiteURL": "http://" + name + ".s3-website-eu-west-1.amazonaws.com",
	} {
		equal(b, attribute, b.attribute(s, "Bucket", attribute), want)
	}
	c := s3.NewFromConfig(b.config, func(o *s3.Options) { o.UsePathStyle = true })
	rule := got(b, c.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: &name}).ServerSideEncryptionConfiguration.Rules[0]
	equal(b, "the key", *rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID, b.attribute(s, "Key", "Arn"))
	equal(b, "the bucket key", *rule.BucketKeyEnabled, true)
	equal(b, "versioning", got(b, c.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: &name}).Status, "Enabled")
	n := got(b, c.GetBucketNotificationConfiguration, &s3.GetBucketNotificationConfigurationInput{Bucket: &name})
	equal(b, "the filter", *n.QueueConfigurations[0].Filter.Key.FilterRules[0].Value, "in/")
	equal(b, "events", n.EventBridgeConfiguration != nil, true)
	equal(b, "the tag", *got(b, c.GetBucketTagging, &s3.GetBucketTaggingInput{Bucket: &name}).TagSet[0].Value, "v")
	b.has("the policy", *got(b, c.GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: new("ours-by-name")}).Policy, `.*"TLS".*`)
	_, err := b.d.Deploy(t.Context(), b.template("L", resources(`{"B": {"Type": "AWS::S3::Bucket", "Properties": {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 1}]}}}}`)), nil)
	b.refused(err, "what the lab's S3 lacks", "Resources/B/Properties/LifecycleConfiguration/Rules/0/ExpirationInDays: not known here")
	b.deploy("Versions", resources(`{"B": {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Enabled"}, "LifecycleConfiguration": {"Rules": [
		{"Id": "old", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 90}}]}}}}`))
}

func TestSecrets(t *testing.T) {
	b := newBench(t)
	s := b.deploy("Secrets", resources(`{
		"Given": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "given", "SecretString": "s", "Tags": [{"Key": "k", "Value": "v"}]}},
		"Drawn": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {"PasswordLength": 20, "ExcludePunctuation": true}}},
		"Within": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {"PasswordLength": 20, "ExcludePunctuation": true, "GenerateStringKey": "password", "SecretStringTemplate": "{\"user\": \"u\"}"}}},
		"Policy": {"Type": "AWS::SecretsManager::ResourcePolicy", "Properties": {"SecretId": {"Ref": "Given"}, "BlockPublicPolicy": true, "ResourcePolicy": {"Version": "2012-10-17", "Statement": [
			{"Sid": "Ours", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}}}}`))
	c := secretsmanager.NewFromConfig(b.config)
	value := func(id string) string {
		return *got(b, c.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretId: new(s.Physical(id))}).SecretString
	}
	b.has("Ref", s.Physical("Given"), `arn:aws:secretsmanager:eu-west-1:111122223333:secret:given-\w{6}`)
	b.has("a generated name", s.Physical("Drawn"), `arn:aws:secretsmanager:eu-west-1:111122223333:secret:Drawn-\w{12}-\w{6}`)
	equal(b, "the value", value("Given"), "s")
	b.has("the drawn value", value("Drawn"), `[A-Za-z0-9]{20}`)
	b.has("the value within", value("Within"), `\{"password":"[A-Za-z0-9]{20}","user":"u"\}`)
	equal(b, "the policy's Ref", s.Physical("Policy"), s.Physical("Given"))
	b.has("the policy", *got(b, c.GetResourcePolicy, &secretsmanager.GetResourcePolicyInput{SecretId: new("given")}).ResourcePolicy, `(?s).*"Ours".*`)
	for properties, want := range map[string]string{
		`{"SecretString": "s", "GenerateSecretString": {}}`:                                 "both GenerateSecretString and SecretString",
		`{"GenerateSecretString": {"GenerateStringKey": "k"}}`:                              "are given together",
		`{"GenerateSecretString": {"GenerateStringKey": "k", "SecretStringTemplate": "x"}}`: "GenerateSecretString/SecretStringTemplate",
	} {
		_, err := b.d.Deploy(t.Context(), b.template("Bad", resources(`{"S": {"Type": "AWS::SecretsManager::Secret", "Properties": `+properties+`}}`)), nil)
		b.refused(err, properties, want)
	}
}

func TestSSMParameter(t *testing.T) {
	b := newBench(t)
	s := b.deploy("S", resources(`{
		"Named": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "StringList", "Name": "/a/b", "Value": "x,y", "Description": "d", "Tags": {"k": "v"}}},
		"Plain": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}}`))
	equal(b, "Ref", s.Physical("Named"), "/a/b")
	equal(b, "Arn", b.attribute(s, "Named", "Arn"), "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b")
	b.has("a generated name", s.Physical("Plain"), `CFN-Plain-\w{12}`)
	p := got(b, ssm.NewFromConfig(b.config).GetParameter, &ssm.GetParameterInput{Name: new("/a/b")}).Parameter
	equal(b, "its ARN", *p.ARN, b.attribute(s, "Named", "Arn"))
	equal(b, "its value", *p.Value, "x,y")
	_, err := b.d.Deploy(t.Context(), b.template("Bad", resources(`{"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "SecureString", "Value": "x"}}}`)), nil)
	b.refused(err, "a SecureString", "neither String nor StringList")
}

// Types without effect can be referred to, and what they refer to must be there.
func TestTypesWithoutEffect(t *testing.T) {
	b := newBench(t)
	text := resources(`{
		"Topic": {"Type": "AWS::SNS::Topic"},
		"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [{"Ref": "Topic"}], "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 0,
			"MetricName": "Errors", "Namespace": "AWS/Lambda", "Dimensions": [{"Name": "FunctionName", "Value": "f"}], "Period": 60, "Statistic": "Sum"}},
		"All": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmName": "all", "AlarmRule": {"Fn::Sub": "ALARM(${Alarm})"}}},
		"Board": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardName": "ours", "DashboardBody": {"Fn::Sub": "${Alarm.Arn}"}}},
		"CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "x"}}}`)
	s := b.deploy("Quiet", text)
	b.has("the alarm", s.Physical("Alarm"), `Quiet-Alarm-\w{12}`)
	equal(b, "its ARN", b.attribute(s, "Alarm", "Arn"), "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:"+s.Physical("Alarm"))
	equal(b, "the composite alarm's ARN", b.attribute(s, "All", "Arn"), "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:all")
	equal(b, "the dashboard", s.Physical("Board"), "ours")
	for broken, want := range map[string]string{
		strings.Replace(text, `{"Ref": "Topic"}`, `{"Ref": "Tpoic"}`, 1): "Resources/Alarm/Properties/AlarmActions/0/Ref: Template format error: Unresolved resource dependencies [Tpoic]",
		strings.Replace(text, `"MetricName"`, `"Metric"`, 1):             "Resources/Alarm/Properties/Metric: not known here",
		strings.Replace(text, `${Alarm.Arn}`, `${Alarm.Nope}`, 1):        "Resource type AWS::CloudWatch::Alarm does not support attribute {Nope}",
	} {
		_, err := b.d.Deploy(t.Context(), b.template("Broken", broken), nil)
		b.refused(err, want, want)
	}
}

// A stack's tags are those of its resources, which may have others of the same
// key.
func TestStackTags(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	write(t, dir, map[string]any{
		"manifest.json": map[string]any{"version": "1", "artifacts": map[string]any{"S": map[string]any{"type": "aws:cloudformation:stack",
			"properties": map[string]any{"templateFile": "t.json", "tags": map[string]string{"a": "stack", "b": "stack"}}}}},
		"t.json": resources(`{"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": [{"Key": "b", "Value": "own"}]}}}`),
	})
	s, err := b.d.Deploy(t.Context(), b.assembly(dir).Stacks()[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	tags := got(b, sqs.NewFromConfig(b.config).ListQueueTags, &sqs.ListQueueTagsInput{QueueUrl: aws.String(s.Physical("Queue"))}).Tags
	if !maps.Equal(tags, map[string]string{"a": "stack", "b": "own"}) {
		t.Errorf("the tags are %v", tags)
	}
}

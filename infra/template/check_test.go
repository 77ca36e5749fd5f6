package template

import (
	"testing"
)

// The handmade assembly has one of everything that is checked, as it should be.
func TestNothingFound(t *testing.T) {
	for _, f := range changed(t, handmade).Check() {
		t.Error(f)
	}
}

// what is changed in the handmade assembly, and what must be said of it.
type wrong struct {
	name    string
	changes []change
	check   string
	says    []string
}

func test(t *testing.T, all []wrong) {
	t.Helper()
	for _, w := range all {
		t.Run(w.name, func(t *testing.T) {
			expect(t, changed(t, handmade, w.changes...).Check(), w.check, w.says...)
		})
	}
}

func one(stack, path, json string) []change { return []change{{stack, path, json}} }

const (
	keyStatements   = "Resources/Key/Properties/KeyPolicy/Statement/"
	roleStatements  = "Resources/Permissions/Properties/PolicyDocument/Statement/"
	queueStatements = "Resources/UndeliveredPolicy/Properties/PolicyDocument/Statement/"
	trustStatements = "Resources/ScheduleRole/Properties/AssumeRolePolicyDocument/Statement/"
	topicStatements = "Resources/AlarmsPolicy/Properties/PolicyDocument/Statement/"
)

func TestStatements(t *testing.T) {
	test(t, []wrong{
		{"a policy behind nothing", one("Work", "Resources/Open", `{"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Jobs"}], "PolicyDocument": {"Statement": [{"Sid": "No"}, {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}}}`), "action", []string{"Open", "sqs:*"}},
		{"a policy in a text", one("Work", "Resources/Texts", `{"Type": "AWS::Logs::ResourcePolicy", "Properties": {"PolicyName": "texts", "PolicyDocument": "{\"Statement\": {\"Effect\": \"Allow\"}}"}}`), "action", []string{"Texts", "written as a text"}},
		{"a policy in pieces", one("Work", "Resources/Texts", `{"Type": "AWS::Logs::ResourcePolicy", "Properties": {"PolicyName": "texts", "PolicyDocument": {"Fn::Join": ["", ["{\"State", "ment\": {\"Effect\": \"Allow\", \"Resource\": \"", {"Ref": "AWS::AccountId"}, "\"}}"]]}}}`), "action", []string{"Texts", "written as a text"}},
		{"any KMS action in a key policy", one("Shared", keyStatements+"AccountAdministers/Action", `"kms:*"`), "action", []string{"Shared: Key (Shared/Key/Resource), statement AccountAdministers", "kms:*"}},
		{"any action of a role", one("Work", roleStatements+"Snapshots/Action", `["*"]`), "action", []string{"Permissions", "Snapshots", "action * "}},
		{"a family of actions", one("Work", roleStatements+"Snapshots/Action/0", `"ec2:Describe*"`), "action", []string{"Permissions", "Snapshots", "ec2:Describe*"}},
		{"one character of an action", one("Work", roleStatements+"Snapshots/Action/0", `"ec2:DescribeSnapshot?"`), "action", []string{"Snapshots"}},
		{"an action of a queue's policy", one("Work", queueStatements+"RuleWrites/Action", `"sqs:*"`), "action", []string{"UndeliveredPolicy", "RuleWrites", "sqs:*"}},
		{"an action of a topic's policy", one("Shared", topicStatements+"AlarmsPublish/Action", `"sns:*"`), "action", []string{"AlarmsPolicy", "AlarmsPublish", "sns:*"}},
		{"an action of a trust policy", one("Work", trustStatements+"Assume/Action", `"sts:*"`), "action", []string{"ScheduleRole", "Assume", "sts:*"}},
		{"an action of a Lambda permission", one("Work", "Resources/RulePermission/Properties/Action", `"lambda:*"`), "action", []string{"RulePermission", "lambda:*"}},
		{"an action in a policy of an unknown type", one("Work", "Resources/Vault", `{"Type": "AWS::Backup::BackupVault", "Properties": {"AccessPolicy": {"Statement": [{"Sid": "Wide", "Effect": "Allow", "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}, "Action": "backup:*", "Resource": "*"}]}}}`), "action", []string{"Vault", "Wide", "backup:*"}},
		{"a refusal by wildcard without a reason", one("Work", "Resources/BucketPolicy/Properties/PolicyDocument/Statement/0/Condition/Bool", `{"aws:ViaAWSService": "false"}`), "action", []string{"BucketPolicy", "RefusePlaintext", "s3:*"}},
		{"NotAction", []change{{"Work", roleStatements + "Snapshots/Action", ""}, {"Work", roleStatements + "Snapshots/NotAction", `"iam:PassRole"`}}, "action", []string{"Snapshots", "NotAction"}},
		{"no Sid", one("Work", roleStatements+"Snapshots/Sid", ""), "action", []string{"Permissions", "statement #6", "no Sid"}},
		{"a Sid twice", one("Work", roleStatements+"Snapshots/Sid", `"Traces"`), "action", []string{"Permissions", "Traces", "two statements"}},
		{"both sides of a condition", one("Work", roleStatements+"Snapshots", `{"Fn::If": ["Wide", {"Sid": "Snapshots", "Effect": "Allow", "Action": "ec2:*", "Resource": "*"}, {"Ref": "AWS::NoValue"}]}`), "action", []string{"Snapshots", "ec2:*"}},
		{"a managed policy", one("Work", "Resources/Role/Properties/ManagedPolicyArns", `[{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess"}]`), "action", []string{"Role", "ReadOnlyAccess"}},

		{"any resource", one("Work", roleStatements+"ReportFailures/Resource", `"*"`), "resource", []string{"Permissions", "ReportFailures", "resource *", "rekey:reasons"}},
		{"any key", one("Work", roleStatements+"ReportFailures/Resource", `{"Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*"}`), "resource", []string{"ReportFailures", "key/*"}},
		{"any function", one("Work", roleStatements+"ReportFailures/Resource", `{"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"}`), "resource", []string{"ReportFailures", "function:*"}},
		{"any account", one("Work", roleStatements+"ReportFailures/Resource", `{"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:*:function:worker"}`), "resource", []string{"ReportFailures", ":*:function:worker"}},
		{"a reason for no statement", one("Work", "Resources/Permissions/Metadata/rekey:reasons/Gone", `"it is needed somewhere"`), "resource", []string{"Permissions", "statement Gone", "does not have"}},
		{"a reason for nothing", one("Work", "Resources/Permissions/Metadata/rekey:reasons/TakeJobs", `"it is needed somewhere"`), "resource", []string{"Permissions", "statement TakeJobs", "nothing in the statement needs"}},
		{"a reason that says nothing", one("Work", "Resources/Permissions/Metadata/rekey:reasons/Traces", `"needed"`), "resource", []string{"Permissions", "Traces", "needed"}},
	})
}

func TestBounded(t *testing.T) {
	for resource, want := range map[string]bool{
		"*": true, "arn:*": true, "arn:aws:sqs:${AWS.Region}:${AWS.AccountId}:*": true,
		"arn:aws:ec2:*::snapshot/*":                                              true,
		"arn:aws:s3:::*":                                                         true,
		"arn:aws:s3:::${Work.Bucket}/*":                                          false,
		"arn:aws:s3:::logs-of-rekey/*":                                           false,
		"arn:aws:ssm:${AWS.Region}:${AWS.AccountId}:parameter/*":                 true,
		"arn:aws:ssm:${AWS.Region}:${AWS.AccountId}:parameter/prod/*":            false,
		"arn:aws:secretsmanager:${AWS.Region}:${AWS.AccountId}:secret:db-??????": false,
		"arn:aws:secretsmanager:${AWS.Region}:${AWS.AccountId}:secret:??????":    true,
		"arn:aws:kms:*:${AWS.AccountId}:key/mrk-1":                               false,
		"arn:aws:logs:r:a:log-group:/aws/lambda/worker:*":                        false,
	} {
		if unbounded(resource) != want {
			t.Errorf("%s is said to be unbounded: %v", resource, !want)
		}
	}
}

func TestPrincipals(t *testing.T) {
	const own = `{"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}`
	everyone := func(condition string) []change {
		return []change{{"Shared", keyStatements + "AccountAdministers/Principal", `"*"`}, {"Shared", keyStatements + "AccountAdministers/Condition", condition}}
	}
	test(t, []wrong{
		{"everyone", everyone(`{}`), "principal", []string{"Key", "AccountAdministers", "everyone"}},
		{"everyone, as AWS", one("Shared", keyStatements+"AccountAdministers/Principal", `{"AWS": ["*"]}`), "principal", []string{"Key", "AccountAdministers", "everyone"}},
		{"a pattern of roles", one("Shared", keyStatements+"AccountAdministers/Principal", `{"AWS": "arn:aws:iam::111122223333:role/*"}`), "principal", []string{"Key", "AccountAdministers", "role/* has a wildcard"}},
		{"everyone through a service", everyone(`{"StringEquals": {"kms:ViaService": "s3"}}`), "principal", []string{"AccountAdministers", "everyone"}},
		{"everyone but one", everyone(`{"StringNotEquals": {"aws:PrincipalAccount": "1"}}`), "principal", []string{"AccountAdministers", "everyone"}},
		{"everyone whose account is not known", everyone(`{"StringEqualsIfExists": {"aws:PrincipalAccount": "1"}}`), "principal", []string{"AccountAdministers", "everyone"}},
		{"everyone of any account", everyone(`{"StringLike": {"aws:PrincipalAccount": "*"}}`), "principal", []string{"AccountAdministers", "everyone"}},
		{"everyone with an ARN", everyone(`{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}`), "principal", []string{"AccountAdministers", "everyone"}},
		{"a permission for everyone", one("Work", "Resources/RulePermission/Properties/Principal", `"*"`), "rule", []string{"Rule", "may not invoke"}},
		{"a service of a key", one("Shared", keyStatements+"AlarmsPublish/Condition", ""), "principal", []string{"Key", "AlarmsPublish", "cloudwatch.amazonaws.com"}},
		{"a service by what it encrypts", one("Shared", keyStatements+"AlarmsPublish/Condition", `{"StringEquals": {"kms:EncryptionContext:aws:logs:arn": "x"}}`), "principal", []string{"AlarmsPublish"}},
		{"a service for any rule", one("Work", queueStatements+"RuleWrites/Condition/ArnEquals/aws:SourceArn", `"arn:aws:events:*:*:rule/*"`), "principal", []string{"UndeliveredPolicy", "RuleWrites"}},
		{"logs without a context", one("Shared", keyStatements+"LogsEncrypt/Condition", ""), "principal", []string{"Key", "LogsEncrypt", "logs."}},
		{"a service of a topic", one("Shared", topicStatements+"AlarmsPublish/Condition", ""), "principal", []string{"AlarmsPolicy", "AlarmsPublish", "cloudwatch"}},
		{"a service that assumes a role", one("Work", trustStatements+"Assume/Condition", ""), "principal", []string{"ScheduleRole", "Assume", "scheduler"}},
		{"a permission for any rule", one("Work", "Resources/RulePermission/Properties/SourceArn", ""), "principal", []string{"RulePermission", "events.amazonaws.com"}},
	})
	for _, condition := range []string{own, `{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-2/*"}}`, `{"ArnLike": {"aws:PrincipalArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/admin*"}}}`} {
		for _, f := range changed(t, handmade, everyone(condition)...).Check() {
			if f.Check == "principal" {
				t.Errorf("with %s: %s", condition, f)
			}
		}
	}
}

func TestSinks(t *testing.T) {
	test(t, []wrong{
		{"the key of a rule's dead-letter queue", one("Shared", keyStatements+"EventsWrite", ""), "queue", []string{"Key", "events.amazonaws.com may not kms:GenerateDataKey", "dead-letter queue of Rule", "Undelivered"}},
		{"half of it", one("Shared", keyStatements+"EventsWrite/Action", `"kms:GenerateDataKey"`), "queue", []string{"Key", "events.amazonaws.com may not kms:Decrypt"}},
		{"the key under another account", one("Shared", keyStatements+"EventsWrite/Condition/StringEquals/aws:SourceAccount", `"111122223333"`), "queue", []string{"events.amazonaws.com may not kms:Decrypt", "EventsWrite", "111122223333"}},
		{"the key under a condition that cannot be told", one("Shared", keyStatements+"EventsWrite/Condition/StringEquals/aws:PrincipalOrgID", `"a"`), "queue", []string{"events.amazonaws.com may not kms:Decrypt", "EventsWrite", "cannot be told"}},
		{"the key through a service", one("Shared", keyStatements+"EventsWrite/Condition/StringEquals/kms:ViaService", `"sqs"`), "queue", []string{"events.amazonaws.com may not", "EventsWrite", "cannot be told whether StringEquals of kms:viaservice"}},
		{"the key for a statement under a condition of the template", one("Shared", keyStatements+"EventsWrite", `{"Fn::If": ["Events", {"Sid": "EventsWrite", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*", "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}}, {"Ref": "AWS::NoValue"}]}`), "queue", []string{"events.amazonaws.com may not", "EventsWrite", "depends on a condition"}},
		{"the dead-letter queue of a rule", one("Work", queueStatements+"RuleWrites", ""), "queue", []string{"Undelivered", "events.amazonaws.com may not sqs:SendMessage", "dead-letter queue of Rule"}},
		{"of another rule", one("Work", queueStatements+"RuleWrites/Condition/ArnEquals/aws:SourceArn", `{"Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/daily"}`), "queue", []string{"Undelivered", "events.amazonaws.com may not sqs:SendMessage", "rule/nightly", "rule/daily"}},
		{"another queue", one("Work", queueStatements+"RuleWrites/Resource/Fn::GetAtt/0", `"Jobs"`), "queue", []string{"Undelivered", "events.amazonaws.com may not sqs:SendMessage"}},
		{"the policy of another queue", one("Work", "Resources/UndeliveredPolicy/Properties/Queues/0/Ref", `"Jobs"`), "queue", []string{"Undelivered", "events.amazonaws.com may not sqs:SendMessage"}},
		{"denied", one("Work", queueStatements+"+", `{"Sid": "NotToday", "Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Undelivered", "Arn"]}}`), "queue", []string{"Undelivered", "events.amazonaws.com may not sqs:SendMessage", "NotToday", "denies"}},
		{"denied without TLS and without knowing", one("Work", queueStatements+"RefusePlaintext/Condition/Bool", `{"aws:ViaAWSService": "false"}`), "queue", []string{"Undelivered", "events.amazonaws.com", "RefusePlaintext", "denies"}},
		{"a subscription's dead-letter queue", one("Work", queueStatements+"TopicWrites", ""), "queue", []string{"Undelivered", "sns.amazonaws.com may not sqs:SendMessage", "Subscription"}},
		{"a subscription's key", one("Shared", keyStatements+"TopicsWrite", ""), "queue", []string{"Key", "sns.amazonaws.com may not kms:Decrypt", "Subscription"}},
		{"a function's failures", one("Work", roleStatements+"ReportFailures", ""), "queue", []string{"Failures", "the role Role may not sqs:SendMessage", "destination of failures of Asynchronous"}},
		{"a function's failures' key", one("Work", roleStatements+"QueueKey/Action", `"kms:Decrypt"`), "queue", []string{"Key", "the role Role may not kms:GenerateDataKey", "Failures"}},
		{"a function's failures' other key", one("Work", roleStatements+"QueueKey/Resource", `{"Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/other"}`), "queue", []string{"Key", "the role Role may not kms:Decrypt", "Failures"}},
		{"a key that leaves nothing to roles", one("Shared", keyStatements+"RolesThroughQueues", ""), "queue", []string{"Key", "the role Role may not kms:Decrypt", "leaves the action"}},
		{"a key that leaves roles another service", one("Shared", keyStatements+"RolesThroughQueues/Condition/StringEquals/kms:ViaService", `"sns.amazonaws.com"`), "queue", []string{"the role Role may not kms:Decrypt", "RolesThroughQueues"}},
		{"an event source", one("Work", roleStatements+"TakeJobs/Action", `["sqs:ReceiveMessage", "sqs:DeleteMessage"]`), "queue", []string{"Jobs", "the role Role may not sqs:GetQueueAttributes", "event source of Source"}},
		{"an event source's key", one("Work", roleStatements+"QueueKey", ""), "queue", []string{"Key", "the role Role may not kms:Decrypt", "event source of Source", "Jobs"}},
		{"a schedule's dead-letter queue", one("Work", "Resources/ScheduleRole/Properties/Policies/0/PolicyDocument/Statement/DeadLetters", ""), "queue", []string{"Undelivered", "the role ScheduleRole may not sqs:SendMessage", "Schedule"}},
		{"a schedule's dead-letter queue's key", one("Work", "Resources/ScheduleRole/Properties/Policies/0/PolicyDocument/Statement/DeadLetterKey", ""), "queue", []string{"Key", "the role ScheduleRole may not kms:Decrypt", "Schedule"}},
		{"what a role may write to", []change{{"Work", "Resources/Source", ""}, {"Work", roleStatements + "TakeJobs/Action", `"sqs:SendMessage"`}, {"Work", "Resources/Asynchronous", ""}, {"Work", roleStatements + "QueueKey", ""}}, "queue", []string{"Key", "the role Role may not kms:GenerateDataKey", "statement TakeJobs of Permissions", "Jobs"}},
		{"an alarm's topic", one("Shared", topicStatements+"AlarmsPublish", ""), "queue", []string{"Alarms", "cloudwatch.amazonaws.com may not sns:Publish", "ErrorsAlarm"}},
		{"an alarm's topic's key", one("Shared", keyStatements+"AlarmsPublish", ""), "queue", []string{"Key", "cloudwatch.amazonaws.com may not kms:Decrypt", "ErrorsAlarm"}},
		{"a bucket's notifications", one("Work", "Resources/Bucket/Properties/NotificationConfiguration", `{"QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": {"Fn::GetAtt": ["Jobs", "Arn"]}}]}`), "queue", []string{"Jobs", "s3.amazonaws.com may not sqs:SendMessage", "notification of Bucket"}},
		{"a rule's queue", one("Work", "Resources/Rule/Properties/Targets/0/Arn/Fn::GetAtt/0", `"Jobs"`), "queue", []string{"Jobs", "events.amazonaws.com may not sqs:SendMessage", "target of Rule"}},
		{"a function's own dead-letter queue", one("Work", "Resources/Function/Properties/DeadLetterConfig", `{"TargetArn": {"Fn::GetAtt": ["Jobs", "Arn"]}}`), "queue", []string{"Jobs", "the role Role may not sqs:SendMessage", "dead-letter queue of Function"}},
		{"a use that is not known", one("Work", "Resources/Pipe", `{"Type": "AWS::Pipes::Pipe", "Properties": {"Source": {"Fn::GetAtt": ["Jobs", "Arn"]}}}`), "queue", []string{"Pipe", "AWS::Pipes::Pipe", "Jobs"}},
	})
}

// What is allowed in other ways is no finding.
func TestSinksOtherwise(t *testing.T) {
	role := `{"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/worker"}}`
	for name, changes := range map[string][]change{
		"the queue's policy names the role": {
			{"Work", roleStatements + "ReportFailures", ""},
			{"Work", "Resources/FailuresPolicy/Properties/PolicyDocument/Statement/+", `{"Sid": "Worker", "Effect": "Allow", "Principal": {"AWS": {"Fn::GetAtt": ["Role", "Arn"]}}, "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Failures", "Arn"]}}`},
		},
		"the key's policy names the role by its name": {
			{"Work", "Resources/Role/Properties/RoleName", `"worker"`}, {"Work", roleStatements + "QueueKey", ""},
			{"Shared", keyStatements + "+", `{"Sid": "Worker", "Effect": "Allow", "Principal": ` + role + `, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}`},
		},
		"the key's policy names the queue": {
			{"Shared", keyStatements + "EventsWrite/Condition/StringEquals/kms:EncryptionContext:aws:sqs:arn", `{"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:undelivered"}`},
		},
		"the key's policy lets EventBridge write anywhere": {{"Shared", keyStatements + "EventsWrite/Condition", ""}},
		"the key by its alias":                             {{"Work", "Resources/Failures/Properties/KmsMasterKeyId", `"alias/shared"`}},
		"the rule by a pattern": {
			{"Work", queueStatements + "RuleWrites/Condition/ArnEquals/aws:SourceArn", `{"Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/night*"}`},
		},
		"a long name in the environment": {{"Work", "Resources/Function/Properties/Environment/Variables/KEYS", `"the-name-of-a-queue-that-is-long-2"`}},
		"the region's parts": {
			{"Work", queueStatements + "RuleWrites/Condition/ArnEquals/aws:SourceArn", `{"Fn::Join": [":", ["arn", {"Fn::Select": [1, {"Fn::Split": [":", {"Fn::GetAtt": "Rule.Arn"}]}]}, "events", {"Ref": "AWS::Region"}, {"Fn::Sub": ["${Who}", {"Who": {"Ref": "AWS::AccountId"}}]}, "rule/nightly"]]}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range changed(t, handmade, changes...).Check() {
				t.Error(f)
			}
		})
	}
}

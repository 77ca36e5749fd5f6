package template

import "testing"

func TestRules(t *testing.T) {
	const target = "Resources/Rule/Properties/Targets/0/"
	test(t, []wrong{
		{"no dead-letter queue", one("Work", target+"DeadLetterConfig", ""), "rule", []string{"Rule (Work/Rule/Resource)", "target Function", "no dead-letter queue"}},
		{"a queue of somebody", one("Work", target+"DeadLetterConfig/Arn", `{"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:else"}`), "rule", []string{"Rule", "not in the templates", ":else"}},
		{"no retry policy", one("Work", target+"RetryPolicy", ""), "rule", []string{"Rule", "MaximumRetryAttempts"}},
		{"half a retry policy", one("Work", target+"RetryPolicy/MaximumEventAgeInSeconds", ""), "rule", []string{"Rule", "MaximumEventAgeInSeconds"}},
		{"no target", one("Work", "Resources/Rule/Properties/Targets", ""), "rule", []string{"Rule", "no target"}},
		{"no permission", one("Work", "Resources/RulePermission", ""), "rule", []string{"Rule", "events.amazonaws.com may not invoke", "Function"}},
		{"a permission of another rule", one("Work", "Resources/RulePermission/Properties/SourceArn", `{"Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/daily"}`), "rule", []string{"Rule", "may not invoke", "RulePermission", "rule/daily"}},
		{"a schedule without a dead-letter queue", one("Work", "Resources/Schedule/Properties/Target/DeadLetterConfig", ""), "rule", []string{"Schedule", "no dead-letter queue"}},
		{"a schedule without a retry policy", one("Work", "Resources/Schedule/Properties/Target/RetryPolicy", ""), "rule", []string{"Schedule", "MaximumRetryAttempts"}},
		{"a schedule that may not", one("Work", "Resources/ScheduleRole/Properties/Policies/0/PolicyDocument/Statement/Invoke", ""), "rule", []string{"Schedule", "the role ScheduleRole may not invoke"}},
		{"a schedule as somebody", one("Work", "Resources/Schedule/Properties/Target/RoleArn", `"else"`), "rule", []string{"Schedule", "role is not in the templates"}},
	})
}

func TestFunctions(t *testing.T) {
	test(t, []wrong{
		{"a layer of others", one("Work", "Resources/Function/Properties/Layers", `[{"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:other:layer:theirs:1"}]`), "function", []string{"Function", "layer:theirs:1", "not in the templates"}},
		{"no alarm on errors", one("Work", "Resources/ErrorsAlarm", ""), "function", []string{"Function (Work/Function/Resource)", "Errors"}},
		{"an alarm on another function", one("Work", "Resources/ErrorsAlarm/Properties/Dimensions/0/Value", `"else"`), "function", []string{"Function", "Errors"}},
		{"no alarm on throttles", one("Work", "Resources/ThrottlesAlarm", ""), "function", []string{"Function", "Throttles"}},
		{"no alarm on age", one("Work", "Resources/LateAlarm", ""), "function", []string{"Function", "AsyncEventAge"}},
		{"no alarm on failures", one("Work", "Resources/FailuresAlarm", ""), "function", []string{"Failures (Work/Failures/Resource)", "destination of failures of Asynchronous"}},
		{"no alarm on dead letters", one("Work", "Resources/UndeliveredAlarm", ""), "function", []string{"Undelivered", "dead-letter queue of Rule"}},
		{"no log group", one("Work", "Resources/Logs", ""), "function", []string{"Function", "log group"}},
		{"another log group", one("Work", "Resources/Function/Properties/LoggingConfig/LogGroup", `"else"`), "function", []string{"Function", "log group else"}},
		{"logs for ever", one("Work", "Resources/Logs/Properties/RetentionInDays", ""), "function", []string{"Logs", "for ever"}},
		{"a quota that nothing guards", one("Work", "Resources/Function/Properties/ReservedConcurrentExecutions", ""), "function", []string{"Function", "quota of AWS KMS", "ReservedConcurrentExecutions"}},
		{"no asynchronous configuration", one("Work", "Resources/Asynchronous", ""), "function", []string{"Function", "EventInvokeConfig"}},
		{"no destination", one("Work", "Resources/Asynchronous/Properties/DestinationConfig", ""), "function", []string{"Asynchronous", "OnFailure"}},
		{"a destination of somebody", one("Work", "Resources/Asynchronous/Properties/DestinationConfig/OnFailure/Destination", `"else"`), "function", []string{"Asynchronous", "else", "not in the templates"}},
		{"a role for two", one("Work", "Resources/Second", `{"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}}`), "function", []string{"Second", "shares its role Role with Function"}},
		{"a role of somebody", one("Work", "Resources/Function/Properties/Role", `"else"`), "function", []string{"Function", "role is not in the templates"}},

		{"an alarm that is switched off", one("Work", "Resources/LateAlarm/Properties/ActionsEnabled", `false`), "alarm", []string{"LateAlarm", "not enabled"}},
		{"an alarm that tells nobody", one("Work", "Resources/LateAlarm/Properties/AlarmActions", ""), "alarm", []string{"LateAlarm", "nobody"}},
		{"an alarm that tells somebody else", one("Work", "Resources/LateAlarm/Properties/AlarmActions/0", `"else"`), "alarm", []string{"LateAlarm", "else"}},
	})
}

// A layer of the templates is as good as the function's own code.
func TestOwnLayer(t *testing.T) {
	for _, f := range changed(t, handmade,
		change{"Work", "Resources/Layer", `{"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Bucket": "b", "S3Key": "k"}}}`},
		change{"Work", "Resources/Function/Properties/Layers", `[{"Ref": "Layer"}]`},
	).Check() {
		t.Error(f)
	}
}

func TestEncryption(t *testing.T) {
	test(t, []wrong{
		{"a subscription in plain text", one("Work", "Resources/Plain", `{"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "http", "Endpoint": "http://example.com", "TopicArn": {"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:other"}}}`), "encryption", []string{"Plain", "in plain text"}},
		{"a queue", one("Work", "Resources/Jobs/Properties/KmsMasterKeyId", ""), "encryption", []string{"Jobs (Work/Jobs/Resource)", "not encrypted under a customer managed key"}},
		{"a queue under AWS's key", one("Work", "Resources/Jobs/Properties/KmsMasterKeyId", `"alias/aws/sqs"`), "encryption", []string{"Jobs", "alias/aws/sqs"}},
		{"a topic", one("Shared", "Resources/Alarms/Properties/KmsMasterKeyId", ""), "encryption", []string{"Alarms", "customer managed key"}},
		{"a log group", one("Work", "Resources/Logs/Properties/KmsKeyId", ""), "encryption", []string{"Logs", "customer managed key"}},
		{"a bucket", one("Work", "Resources/Bucket/Properties/BucketEncryption", ""), "encryption", []string{"Bucket", "customer managed key"}},
		{"a bucket under S3's key", one("Work", "Resources/Bucket/Properties/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault", `{"SSEAlgorithm": "AES256"}`), "encryption", []string{"Bucket", "customer managed key"}},
		{"a queue in plain text", one("Work", "Resources/JobsPolicy", ""), "encryption", []string{"Jobs", "refuses sqs:SendMessage without TLS"}},
		{"half a queue in plain text", one("Work", "Resources/JobsPolicy/Properties/PolicyDocument/Statement/RefusePlaintext/Action/1", ""), "encryption", []string{"Jobs", "refuses sqs:ReceiveMessage without TLS"}},
		{"a queue that refuses a few", one("Work", "Resources/JobsPolicy/Properties/PolicyDocument/Statement/RefusePlaintext/Condition/StringEquals", `{"aws:PrincipalAccount": "1"}`), "encryption", []string{"Jobs", "without TLS"}},
		{"a queue that refuses one", one("Work", "Resources/JobsPolicy/Properties/PolicyDocument/Statement/RefusePlaintext/Principal", `{"AWS": {"Fn::GetAtt": ["Role", "Arn"]}}`), "encryption", []string{"Jobs", "without TLS"}},
		{"a topic in plain text", one("Shared", topicStatements+"RefusePlaintext", ""), "encryption", []string{"Alarms", "refuses sns:Publish without TLS"}},
		{"a bucket in plain text", one("Work", "Resources/BucketPolicy", ""), "encryption", []string{"Bucket", "without TLS"}},
		{"a bucket's objects in plain text", one("Work", "Resources/BucketPolicy/Properties/PolicyDocument/Statement/0/Resource/1", ""), "encryption", []string{"Bucket", "without TLS"}},
		{"logs that cannot be encrypted", one("Shared", keyStatements+"LogsEncrypt/Action/4", ""), "encryption", []string{"Key", "CloudWatch Logs may not kms:GenerateDataKey", "Logs"}},
		{"logs of another group", one("Shared", keyStatements+"LogsEncrypt/Condition/ArnLike/kms:EncryptionContext:aws:logs:arn", `{"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:else"}`), "encryption", []string{"Key", "CloudWatch Logs may not", "LogsEncrypt", "log-group:else"}},
		{"no rotation", one("Shared", "Resources/Key/Properties/EnableKeyRotation", `false`), "encryption", []string{"Key", "not rotated"}},
		{"no word of rotation", one("Shared", "Resources/Key/Properties/EnableKeyRotation", ""), "encryption", []string{"Key", "not rotated"}},
		{"no word of deletion", one("Shared", "Resources/Key/DeletionPolicy", ""), "encryption", []string{"Key", "DeletionPolicy"}},
		{"a key that goes with its stack", one("Shared", "Resources/Key/DeletionPolicy", `"Delete"`), "encryption", []string{"Key", "deleted with its stack"}},
		{"a key that another one replaces", one("Shared", "Resources/Key/UpdateReplacePolicy", `"Delete"`), "encryption", []string{"Key", "takes its place"}},
		{"a reason for what is not done", one("Shared", "Resources/Key/Metadata", `{"rekey:deletable": "nothing is under it"}`), "encryption", []string{"Key", "it is not"}},
		{"a key that nobody administers", one("Shared", keyStatements+"AccountAdministers/Action/1", ""), "encryption", []string{"Key", "change the key's policy"}},
		{"a key that one role administers", one("Shared", keyStatements+"AccountAdministers/Principal", `{"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Administrator"}}`), "encryption", []string{"Key", "change the key's policy"}},
		{"a key administered under a condition", one("Shared", keyStatements+"AccountAdministers/Condition", `{"Bool": {"aws:MultiFactorAuthPresent": "true"}}`), "encryption", []string{"Key", "change the key's policy"}},
		{"a key whose administration is denied", one("Shared", keyStatements+"+", `{"Sid": "Frozen", "Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"}`), "encryption", []string{"Key", "change the key's policy"}},
		{"a key without the check of lock-outs", one("Shared", "Resources/Key/Properties/BypassPolicyLockoutSafetyCheck", `true`), "encryption", []string{"Key", "BypassPolicyLockoutSafetyCheck"}},
		{"no word of replacement", one("Shared", "Resources/Key/UpdateReplacePolicy", ""), "encryption", []string{"Key", "UpdateReplacePolicy"}},
	})
}

func TestLiterals(t *testing.T) {
	const variable = "Resources/Function/Properties/Environment/Variables/"
	test(t, []wrong{
		{"an account", one("Work", variable+"KEYS", `"arn:aws:kms:eu-central-1:111122223333:key/1"`), "agnostic", []string{"Function", "111122223333"}},
		{"a Region", one("Work", variable+"KEYS", `"arn:aws:kms:eu-central-1:111122223333:key/1"`), "agnostic", []string{"Function", "eu-central-1"}},
		{"a Region of the government", one("Work", variable+"KEYS", `"us-gov-west-1"`), "agnostic", []string{"Function", "us-gov-west-1"}},
		{"a partition", one("Work", variable+"KEYS", `{"Fn::Sub": "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/1"}`), "agnostic", []string{"Function", "arn:aws"}},
		{"an output", one("Shared", "Outputs/KeyOut/Description", `"the key in eu-west-1"`), "agnostic", []string{"Outputs.KeyOut", "eu-west-1"}},
		{"a name that is an account", one("Work", "Mappings", `{"Accounts": {"111122223333": {"a": "b"}}}`), "agnostic", []string{"Mappings.Accounts", "111122223333"}},

		{"a password", one("Work", variable+"DB_PASSWORD", `"correct horse"`), "secret", []string{"Function", "DB_PASSWORD"}},
		{"an access key", one("Work", variable+"KEYS", `"AKIAIOSFODNN7EXAMPLE"`), "secret", []string{"Function", "KEYS"}},
		{"a private key", one("Work", variable+"KEYS", `"-----BEGIN PRIVATE KEY-----"`), "secret", []string{"KEYS"}},
		{"a password in a URL", one("Work", variable+"KEYS", `"postgres://shop:horse@db/shop"`), "secret", []string{"KEYS"}},
		{"something random", one("Work", variable+"KEYS", `"dGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVy0"`), "secret", []string{"KEYS"}},
		{"what CloudFormation would fill in", one("Work", variable+"DB_PASSWORD", `"{{resolve:secretsmanager:prod/db}}"`), "secret", []string{"DB_PASSWORD"}},
		{"a hidden parameter", []change{{"Work", "Parameters/Hidden", `{"Type": "String", "NoEcho": true}`}, {"Work", variable + "KEYS", `{"Ref": "Hidden"}`}}, "secret", []string{"KEYS", "NoEcho"}},
	})
}

// A stack that is for one account and Region may name them.
func TestEnvironmentIsKnown(t *testing.T) {
	a := changed(t, handmade, change{"Work", "Resources/Function/Properties/Environment/Variables/KEYS", `"arn:aws:kms:eu-central-1:111122223333:key/1"`})
	for _, s := range a.Stacks {
		s.Account, s.Region = environment("aws://111122223333/eu-central-1")
	}
	for _, f := range New(a.Stacks...).Check() {
		t.Error(f)
	}
}

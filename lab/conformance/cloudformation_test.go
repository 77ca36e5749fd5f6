package conformance

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"rekey/lab/cloudformation"
	"rekey/shared/keyid"
)

// stacks deploys templates as an account's people. It is the lab's own
// CloudFormation, so what it is claimed to do is checked on the lab only.
func (c *caller) stacks() *cloudformation.Deployer {
	return cloudformation.New(cloudformation.Target{Config: c.config, Account: keyid.Account(c.account), Region: keyid.Region(c.x.region)})
}

// deployed is the stack Stack of these resources.
func (c *caller) deployed(resources string) *cloudformation.Stack {
	c.x.Helper()
	s, err := c.deployment("Stack", `{"Resources": `+resources+`}`)
	if err != nil {
		c.x.Fatal(err)
	}
	return s
}

func (c *caller) deployment(stack, template string) (*cloudformation.Stack, error) {
	c.x.Helper()
	t, err := cloudformation.ParseTemplate(stack, template)
	if err != nil {
		c.x.Fatal(err)
	}
	return c.stacks().Deploy(c.x.Context(), t, nil)
}

// invalid wants a template to be refused in these words.
func (c *caller) invalid(template, words string) {
	c.x.Helper()
	if _, err := c.deployment("Stack", template); err == nil || !strings.Contains(err.Error(), words) {
		c.x.Errorf("%s: %v, and not %q", template, err, words)
	}
}

// returns wants what Ref and, by name, Fn::GetAtt give of the resource R to match
// patterns, in which REGION and ACCOUNT stand for the caller's.
func (c *caller) returns(resources string, want map[string]string) {
	c.x.Helper()
	s := c.deployed(resources)
	for name, pattern := range want {
		v := s.Physical("R")
		if name != "Ref" {
			var err error
			if v, err = s.Attribute("R", name); err != nil {
				c.x.Error(err)
				continue
			}
		}
		pattern = "^" + strings.NewReplacer("REGION", c.x.region, "ACCOUNT", c.account).Replace(pattern) + "$"
		if !regexp.MustCompile(pattern).MatchString(v) {
			c.x.Errorf("%s is %s, which does not match %s", name, v, pattern)
		}
	}
}

const (
	cfnTrust    = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}`
	cfnDocument = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}`
)

// returned is a claim about what Ref and Fn::GetAtt give of a type.
func returned(kind, says, resources string, want map[string]string) claim {
	return claim{
		says: says, source: "CloudFormation Template Reference Guide, " + kind + ": Return values", needs: inside,
		check: func(x *bench) { x.Own.returns(resources, want) },
	}
}

// stackReturns are claims about resources.
var stackReturns = []claim{
	returned("AWS::KMS::Key", "Ref of a key is its id",
		`{"R": {"Type": "AWS::KMS::Key"}}`, map[string]string{"Ref": `[0-9a-f-]{36}`, "KeyId": `[0-9a-f-]{36}`, "Arn": `arn:aws:kms:REGION:ACCOUNT:key/[0-9a-f-]{36}`}),
	returned("AWS::KMS::Alias", "Ref of an alias is its name, with alias/",
		`{"R": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/stack", "TargetKeyId": {"Ref": "K"}}}, "K": {"Type": "AWS::KMS::Key"}}`, map[string]string{"Ref": `alias/stack`}),
	returned("AWS::IAM::Role", "Ref of a role is its name",
		`{"R": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/a/", "AssumeRolePolicyDocument": `+cfnTrust+`}}}`,
		map[string]string{"Ref": `Stack-R-\w+`, "Arn": `arn:aws:iam::ACCOUNT:role/a/Stack-R-\w+`, "RoleId": `AROA\w+`}),
	returned("AWS::IAM::ManagedPolicy", "Ref of a managed policy is its ARN",
		`{"R": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": `+cfnDocument+`}}}`,
		map[string]string{"Ref": `arn:aws:iam::ACCOUNT:policy/Stack-R-\w+`, "PolicyArn": `arn:aws:iam::ACCOUNT:policy/Stack-R-\w+`}),
	returned("AWS::Logs::LogGroup", "Ref of a log group is its name, and its Arn ends with an asterisk",
		`{"R": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/a/b"}}}`, map[string]string{"Ref": `/a/b`, "Arn": `arn:aws:logs:REGION:ACCOUNT:log-group:/a/b:\*`}),
	returned("AWS::SQS::Queue", "Ref of a queue is its URL",
		`{"R": {"Type": "AWS::SQS::Queue"}}`,
		map[string]string{"Ref": `https?://[^/]+/ACCOUNT/Stack-R-\w+`, "QueueUrl": `https?://[^/]+/ACCOUNT/Stack-R-\w+`, "QueueName": `Stack-R-\w+`, "Arn": `arn:aws:sqs:REGION:ACCOUNT:Stack-R-\w+`}),
	returned("AWS::SNS::Topic", "Ref of a topic is its ARN",
		`{"R": {"Type": "AWS::SNS::Topic"}}`, map[string]string{"Ref": `arn:aws:sns:REGION:ACCOUNT:Stack-R-\w+`, "TopicArn": `arn:aws:sns:REGION:ACCOUNT:Stack-R-\w+`, "TopicName": `Stack-R-\w+`}),
	returned("AWS::SNS::Subscription", "Ref of a subscription is its ARN",
		`{"R": {"Type": "AWS::SNS::Subscription", "Properties": {"TopicArn": {"Ref": "T"}, "Protocol": "email", "Endpoint": "a@example.com"}}, "T": {"Type": "AWS::SNS::Topic"}}`,
		map[string]string{"Ref": `arn:aws:sns:REGION:ACCOUNT:Stack-T-\w+:[0-9a-f-]{36}`}),
	returned("AWS::Events::Rule", "Ref of a rule is its name",
		`{"R": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["a"]}}}}`, map[string]string{"Ref": `Stack-R-\w+`, "Arn": `arn:aws:events:REGION:ACCOUNT:rule/Stack-R-\w+`}),
	returned("AWS::Events::EventBus", "Ref of an event bus is its name",
		`{"R": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "bus"}}}`, map[string]string{"Ref": `bus`, "Name": `bus`, "Arn": `arn:aws:events:REGION:ACCOUNT:event-bus/bus`}),
	returned("AWS::Scheduler::ScheduleGroup", "Ref of a schedule group is its name",
		`{"R": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "g"}}}`, map[string]string{"Ref": `g`, "State": `ACTIVE`, "Arn": `arn:aws:scheduler:REGION:ACCOUNT:schedule-group/g`}),
	returned("AWS::S3::Bucket", "Ref of a bucket is its name, of small letters where it is generated",
		`{"R": {"Type": "AWS::S3::Bucket"}}`, map[string]string{"Ref": `stack-r-[a-z0-9]+`, "Arn": `arn:aws:s3:::stack-r-[a-z0-9]+`, "RegionalDomainName": `stack-r-[a-z0-9]+\.s3\.REGION\.amazonaws\.com`}),
	returned("AWS::SecretsManager::Secret", "Ref of a secret is its ARN",
		`{"R": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "s", "GenerateSecretString": {}}}}`, map[string]string{"Ref": `arn:aws:secretsmanager:REGION:ACCOUNT:secret:s-\w{6}`, "Id": `arn:.*`}),
	returned("AWS::CloudWatch::Alarm", "Ref of an alarm is its name",
		`{"R": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "a"}}}`, map[string]string{"Ref": `a`, "Arn": `arn:aws:cloudwatch:REGION:ACCOUNT:alarm:a`}),
	{
		says: "a parameter of Systems Manager without a name gets CFN, its logical id and twelve characters", source: "recorded: cloudformation test_stack_deletion_order", needs: inside,
		check: func(x *bench) {
			x.Own.returns(`{"R": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}}}`, map[string]string{"Ref": `CFN-R-[A-Za-z0-9]{12}`, "Type": `String`, "Value": `v`})
		},
	},
	{
		says: "a bucket without a name gets twelve characters after its stack and logical id, all small", source: "recorded: cloudformation test_conditions", needs: inside,
		check: func(x *bench) {
			x.Own.returns(`{"R": {"Type": "AWS::S3::Bucket"}}`, map[string]string{"Ref": `stack-r-[a-z0-9]{12}`})
		},
	},
	{
		says: "a role's inline policies, boundary and attachments are those of its template", source: "CloudFormation Template Reference Guide, AWS::IAM::Role: Policies, ManagedPolicyArns, PermissionsBoundary", needs: inside,
		check: func(x *bench) {
			s := x.Own.deployed(`{"R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": ` + cfnTrust + `, "PermissionsBoundary": {"Ref": "M"}, "ManagedPolicyArns": [{"Ref": "M"}],
				"Policies": [{"PolicyName": "p", "PolicyDocument": ` + cfnDocument + `}]}}, "M": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": ` + cfnDocument + `}}}`)
			x.Own.roleHas(s.Physical("R"), "p", s.Physical("M"))
		},
	},
}

// probed gives what an expression is resolved to in a stack.
func (c *caller) probed(stack, expression string) string {
	c.x.Helper()
	s, err := c.deployment(stack, fmt.Sprintf(cfnProbe, expression))
	if err != nil {
		c.x.Errorf("%s: %v", expression, err)
		return ""
	}
	return s.Outputs["Out"]
}

const cfnProbe = `{"Parameters": {"P": {"Type": "String", "Default": "value"}, "L": {"Type": "CommaDelimitedList", "Default": "a, b"}},
	"Conditions": {"Yes": {"Fn::Equals": ["x", "x"]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}},
	"Mappings": {"M": {"k": {"a": "mapped"}}},
	"Resources": {"A": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}}, "N": {"Type": "AWS::SNS::Topic", "Condition": "No"}},
	"Outputs": {"Out": {"Value": %s}}}`

// resolves is a claim about what functions give.
func resolves(says, page string, want map[string]string) claim {
	return claim{
		says: says, source: "CloudFormation Template Reference Guide, " + page, needs: inside,
		check: func(x *bench) {
			for expression, v := range want {
				stack := x.name("stack")
				equal(x, expression, x.Own.probed(stack, expression), strings.NewReplacer("REGION", x.region, "ACCOUNT", x.Own.account, "STACK", stack).Replace(v))
			}
		},
	}
}

// words is a claim about how a template is refused: the expression in an output,
// or the whole template if it begins with {"Resources".
func words(says, source string, want map[string]string) claim {
	return claim{
		says: says, source: source, needs: inside,
		check: func(x *bench) {
			for text, message := range want {
				if !strings.HasPrefix(text, `{"Resources"`) {
					text = fmt.Sprintf(cfnProbe, text)
				}
				x.Own.invalid(text, message)
			}
		},
	}
}

// stackFunctions are claims about intrinsic functions and templates.
var stackFunctions = []claim{
	resolves("Ref gives a parameter's value, and pseudo parameters the account and the Region", "Ref; Pseudo parameters reference",
		map[string]string{`{"Ref": "P"}`: "value", `{"Ref": "AWS::AccountId"}`: "ACCOUNT", `{"Ref": "AWS::Region"}`: "REGION", `{"Ref": "AWS::Partition"}`: "aws", `{"Ref": "AWS::URLSuffix"}`: "amazonaws.com", `{"Ref": "AWS::StackName"}`: "STACK"}),
	resolves("Fn::Sub fills in parameters, attributes and its own variables, and leaves ${!…} as a literal", "Fn::Sub",
		map[string]string{`{"Fn::Sub": "${P}-${A.Value}-${AWS::Region}"}`: "value-v-REGION", `{"Fn::Sub": ["${X}${P}", {"X": "x"}]}`: "xvalue", `{"Fn::Sub": "${!Literal}"}`: "${Literal}"}),
	resolves("Fn::Join, Fn::Split, Fn::Select and Fn::Base64 work on text and lists", "Fn::Join",
		map[string]string{`{"Fn::Join": [":", ["a", "b"]]}`: "a:b", `{"Fn::Select": ["1", {"Fn::Split": ["|", "a|b|c"]}]}`: "b", `{"Fn::Select": [1, {"Ref": "L"}]}`: "b", `{"Fn::Base64": "hello"}`: "aGVsbG8="}),
	resolves("Fn::If takes the branch of its condition", "Condition functions",
		map[string]string{`{"Fn::If": ["Yes", "a", "b"]}`: "a", `{"Fn::If": ["No", "a", "b"]}`: "b"}),
	resolves("Fn::FindInMap gives what stands under two keys", "Fn::FindInMap", map[string]string{`{"Fn::FindInMap": ["M", "k", "a"]}`: "mapped"}),
	words("an attribute that a type lacks is named", "recorded: cloudformation test_invalid_getatt_fails", map[string]string{
		`{"Fn::GetAtt": ["A", "Invalid"]}`: "/Fn::GetAtt: Resource type AWS::SSM::Parameter does not support attribute {Invalid}"}),
	words("Fn::GetAtt needs a resource and an attribute", "recorded: cloudformation test_invalid_structure", map[string]string{
		`{"Fn::GetAtt": ["A"]}`: "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute"}),
	words("Fn::Select needs an index within its list", "recorded: cloudformation test_invalid_select_index_type", map[string]string{
		`{"Fn::Select": ["x", ["a"]]}`: "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
		`{"Fn::Select": ["0", "a"]}`:   "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
		`{"Fn::Select": ["1", ["a"]]}`: "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"}),
	words("Fn::Split needs a delimiter and a string", "recorded: cloudformation test_validate_split_arguments_len", map[string]string{
		`{"Fn::Split": [","]}`: "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split."}),
	words("what a mapping lacks is named", "recorded: cloudformation test_mapping_with_nonexisting_key", map[string]string{
		`{"Fn::FindInMap": ["M", "k", "z"]}`: "Template error: Unable to get mapping for M::k::z"}),
	words("a condition that is not declared is named", "recorded: cloudformation test_missing_condition", map[string]string{
		`{"Fn::If": ["MissingCondition", "a", "b"]}`: "Template error: unresolved condition dependency MissingCondition in Fn::If"}),
	words("an output cannot refer to a resource whose condition does not hold", "recorded: cloudformation test_output_reference_to_skipped_resource", map[string]string{
		`{"Ref": "N"}`: "Unresolved resource dependencies [N] in the Outputs block of the template"}),
	words("no value is null", "recorded: cloudformation test_invalid_output_structure", map[string]string{
		`null`: "[/Outputs/Out/Value] 'null' values are not allowed in templates"}),
	words("a resource cannot refer to one that is not there", "recorded: cloudformation test_useful_error_when_invalid_ref, test_depends_on_with_missing_reference", map[string]string{
		`{"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "InvalidRef"}}}}}`: "Template format error: Unresolved resource dependencies [InvalidRef] in the Resources block of the template",
		`{"Resources": {"T": {"Type": "AWS::SNS::Topic", "DependsOn": "NonExistingResource"}}}`:                 "Template format error: Unresolved resource dependencies [NonExistingResource] in the Resources block of the template"}),
	words("a template has resources, and each has a type", "recorded: cloudformation test_missing_resources_block, test_resources_blocks", map[string]string{
		`{"Resources": {}}`:                     "Template format error: At least one Resources member must be defined.",
		`{"Resources": {"A": {"Metadata": 1}}}`: "Template format error: [/Resources/A] Every Resources object must contain a Type member."}),
	words("parameters without a default must be given, and numbers be numbers", "recorded: cloudformation test_no_parameters_given, test_invalid_parameter_type", map[string]string{
		`{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Parameters": {"Input": {"Type": "String"}}}`:                 "Parameters: [Input] must have values",
		`{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Parameters": {"Value": {"Type": "Number", "Default": "x"}}}`: "Parameter 'Value' must be a number."}),
	words("names of resources and parameters are letters and digits", "recorded: cloudformation test_invalid_logical_resource_id, test_using_pseudoparameters_in_places", map[string]string{
		`{"Resources": {"my-bad-resource-id": {"Type": "AWS::SNS::Topic"}}}`:                                    "Template format error: Resource name my-bad-resource-id is non alphanumeric.",
		`{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Parameters": {"AWS::NoValue": {"Type": "String"}}}`: "Template format error: Parameter name AWS::NoValue is non alphanumeric."}),
	words("mappings hold strings and lists", "recorded: cloudformation test_mapping_maximum_nesting_depth", map[string]string{
		`{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Mappings": {"M": {"a": {"b": {"c": "d"}}}}}`: "Template format error: Every Mappings attribute must be a String or a List."}),
	words("Fn::Equals compares two", "recorded: cloudformation test_validate_equals_args_len", map[string]string{
		`{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Conditions": {"C": {"Fn::Equals": ["a"]}}}`: "Template error: every Fn::Equals object requires a list of 2 string parameters."}),
	words("resources that need each other are named", "CloudFormation User Guide, Troubleshooting CloudFormation; reported: Circular dependency between resources, in aws-cdk", map[string]string{
		`{"Resources": {"A": {"Type": "AWS::SNS::Topic", "DependsOn": "B"}, "B": {"Type": "AWS::SNS::Topic", "DependsOn": "A"}}}`: "Circular dependency between resources: [A, B]"}),
	{
		says: "a stack's name is used once", source: "recorded: cloudformation test_name_conflicts", needs: inside,
		check: func(x *bench) {
			d := x.Own.stacks()
			t, err := cloudformation.ParseTemplate("Once", `{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}`)
			if err == nil {
				_, err = d.Deploy(x.Context(), t, nil)
			}
			if err != nil {
				x.Fatal(err)
			}
			if _, err := d.Deploy(x.Context(), t, nil); err == nil || !strings.Contains(err.Error(), "Stack [Once] already exists") {
				x.Errorf("it is %v", err)
			}
		},
	},
	{
		says: "what a stack exports another imports", source: "CloudFormation Template Reference Guide, Fn::ImportValue", needs: inside,
		check: func(x *bench) {
			d := x.Own.stacks()
			var last *cloudformation.Stack
			for name, text := range [...]string{
				`{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"O": {"Value": {"Ref": "T"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-topic"}}}}}`,
				`{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"O": {"Value": {"Fn::ImportValue": "Stack0-topic"}}}}`,
			} {
				t, err := cloudformation.ParseTemplate(fmt.Sprint("Stack", name), text)
				if err == nil {
					last, err = d.Deploy(x.Context(), t, nil)
				}
				if err != nil {
					x.Fatal(err)
				}
			}
			if !strings.HasPrefix(last.Outputs["O"], "arn:aws:sns:") {
				x.Errorf("it is %s", last.Outputs["O"])
			}
		},
	},
	{
		says:   "a resource that cannot be created takes those before it back, but for those that are to be retained",
		source: "CloudFormation Template Reference Guide, DeletionPolicy attribute; CloudFormation User Guide, Stack failure options", needs: inside,
		check: func(x *bench) {
			_, err := x.Own.deployment("Stack", `{"Resources": {"Bad": {"Type": "AWS::SSM::Parameter", "DependsOn": ["Gone", "Kept"], "Properties": {"Type": "String", "Value": ""}},
				"Gone": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "gone"}}, "Kept": {"Type": "AWS::SNS::Topic", "DeletionPolicy": "Retain", "Properties": {"TopicName": "kept"}}}}`)
			if err == nil {
				x.Fatal("it was created")
			}
			x.Own.hasTopics("kept")
		},
	},
}

func (c *caller) roleHas(role, inline, managed string) {
	c.x.Helper()
	r := succeed(c.x, c.IAM.GetRole, &iam.GetRoleInput{RoleName: &role}).Role
	equal(c.x, "the boundary", text(r.PermissionsBoundary.PermissionsBoundaryArn), managed)
	equal(c.x, "the inline policies", strings.Join(succeed(c.x, c.IAM.ListRolePolicies, &iam.ListRolePoliciesInput{RoleName: &role}).PolicyNames, " "), inline)
	attached := succeed(c.x, c.IAM.ListAttachedRolePolicies, &iam.ListAttachedRolePoliciesInput{RoleName: &role}).AttachedPolicies
	equal(c.x, "the number of attached policies", len(attached), 1)
	equal(c.x, "the attached policy", text(attached[0].PolicyArn), managed)
}

func (c *caller) hasTopics(names ...string) {
	c.x.Helper()
	var all []string
	for _, t := range succeed(c.x, c.SNS.ListTopics, &sns.ListTopicsInput{}).Topics {
		arn := text(t.TopicArn)
		all = append(all, arn[strings.LastIndexByte(arn, ':')+1:])
	}
	equal(c.x, "the topics", strings.Join(all, " "), strings.Join(names, " "))
}

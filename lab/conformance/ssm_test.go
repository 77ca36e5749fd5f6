package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// parameter makes a parameter, of type String with the value "value" unless
// configure changes the request, and gives its name.
func (c *caller) parameter(name string, configure ...func(*ssm.PutParameterInput)) string {
	c.x.Helper()
	in := &ssm.PutParameterInput{Name: &name, Value: new("value"), Type: types.ParameterTypeString}
	for _, f := range configure {
		f(in)
	}
	succeed(c.x, c.SSM.PutParameter, in)
	cleanup(c.x, c.SSM.DeleteParameter, &ssm.DeleteParameterInput{Name: &name})
	return name
}

// overwrite makes a new version, and gives its number.
func (c *caller) overwrite(name, value string) int64 {
	c.x.Helper()
	return succeed(c.x, c.SSM.PutParameter, &ssm.PutParameterInput{Name: &name, Value: &value, Overwrite: new(true)}).Version
}

func (c *caller) parameterARN(name string) string {
	return "arn:aws:ssm:" + c.x.region + ":" + c.account + ":parameter/" + strings.TrimPrefix(name, "/")
}

func fetch(name string) *ssm.GetParameterInput { return &ssm.GetParameterInput{Name: &name} }

const (
	badParameterName = `Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_`
	valueOver4KB     = 4097
)

var parameterClaims = []claim{
	{
		says:   "a parameter is read by its name and by its ARN, which has the name's first slash but once",
		source: "recorded: ssm test_get_parameter_by_arn, test_parameters_with_path",
		check: func(x *bench) {
			plain, path := x.Own.parameter(x.name("plain")), x.Own.parameter("/"+x.name("top")+"/leaf")
			for _, name := range []string{plain, path} {
				arn := x.Own.parameterARN(name)
				for _, id := range []string{name, arn} {
					p := succeed(x, x.Own.SSM.GetParameter, fetch(id)).Parameter
					equal(x, "Name", text(p.Name), name)
					equal(x, "ARN", text(p.ARN), arn)
					equal(x, "Value", text(p.Value), "value")
					equal(x, "Version", p.Version, 1)
					equal(x, "DataType", text(p.DataType), "text")
				}
			}
		},
	},
	{
		says:   "PutParameter answers with the version and the tier",
		source: "recorded: ssm test_parameters_with_path",
		check: func(x *bench) {
			name := x.name("parameter")
			out := succeed(x, x.Own.SSM.PutParameter, &ssm.PutParameterInput{Name: &name, Value: new("1"), Type: types.ParameterTypeString})
			cleanup(x, x.Own.SSM.DeleteParameter, &ssm.DeleteParameterInput{Name: &name})
			equal(x, "Version", out.Version, 1)
			equal(x, "Tier", out.Tier, types.ParameterTierStandard)
			equal(x, "the second version", x.Own.overwrite(name, "2"), 2)
		},
	},
	{
		says:   "a name without hierarchy is also found with a slash before it, and answered as it was asked for",
		source: "reported: test_put_parameters, marked as checked against AWS, in localstack/localstack tests/aws/services/ssm",
		check: func(x *bench) {
			name := x.Own.parameter(x.name("plain"))
			equal(x, "Name", text(succeed(x, x.Own.SSM.GetParameter, fetch("/"+name)).Parameter.Name), "/"+name)
		},
	},
	{
		says:   "a name has letters, digits and .-_ between slashes, and does not begin with ssm",
		source: "reported: the message, in localstack/localstack issue 7712, boto/boto3 issue 1499 and aws/aws-sdk-php issue 1952",
		check: func(x *bench) {
			for _, name := range []string{"{test}-test", "Dev MySQL DB", "/a//b", "/prefix/support@gmail.com", "ssmething", "/SSM/a"} {
				refused(x, x.Own.SSM.GetParameter, fetch(name), "ValidationException").saying(badParameterName)
				refused(x, x.Own.SSM.PutParameter, &ssm.PutParameterInput{Name: &name, Value: new("v"), Type: types.ParameterTypeString},
					"ValidationException").saying(badParameterName)
			}
		},
	},
	{
		says:   "a hierarchy needs a slash before it, and a missing one is told differently to a reader",
		source: "reported: of PutParameter, in hashicorp/terraform-provider-aws issue 7251; reported: of GetParameter, in localstack/localstack issue 11538",
		check: func(x *bench) {
			refused(x, x.Own.SSM.PutParameter, &ssm.PutParameterInput{Name: new("a/b"), Value: new("v"), Type: types.ParameterTypeString},
				"ValidationException").saying("Parameter name must be a fully qualified name.")
			refused(x, x.Own.SSM.GetParameter, fetch("a/b"), "ValidationException").saying(badParameterName)
		},
	},
	{
		says:   "names that begin with aws are reserved",
		source: "reported: of PutParameter, in aws-solutions/quota-monitor-for-aws issue 30; reported: of DeleteParameter, in awslabs/aws-deployment-framework issue 119",
		check: func(x *bench) {
			refused(x, x.Own.SSM.PutParameter, &ssm.PutParameterInput{Name: new("awslimitschecker"), Value: new("v"), Type: types.ParameterTypeString},
				"AccessDeniedException").saying("No access to reserved parameter name: awslimitschecker.")
			refused(x, x.Own.SSM.DeleteParameter, &ssm.DeleteParameterInput{Name: new("aws-cdk-playground")},
				"AccessDeniedException").saying("No access to reserved parameter name: aws-cdk-playground.")
		},
	},
	{
		says:   "a hierarchy has at most fifteen levels",
		source: "Systems Manager API Reference, PutParameter, HierarchyLevelLimitExceededException; Systems Manager User Guide, Requirements and constraints for parameter names, its example",
		check: func(x *bench) {
			fifteen := "/" + x.name("top") + strings.Repeat("/l", 14)
			x.Own.parameter(fifteen)
			refused(x, x.Own.SSM.PutParameter, &ssm.PutParameterInput{Name: new(fifteen + "/l/l"), Value: new("v"), Type: types.ParameterTypeString},
				"HierarchyLevelLimitExceededException")
		},
	},
	{
		says:   "an unknown parameter is not found, without a message",
		source: "reported: GetParameter, in awslabs/aws-simple-cicd issue 10",
		check: func(x *bench) {
			refused(x, x.Own.SSM.GetParameter, fetch(x.name("none")), "ParameterNotFound").saying("")
			refused(x, x.Own.SSM.DeleteParameter, &ssm.DeleteParameterInput{Name: new(x.name("none"))}, "ParameterNotFound")
			refused(x, x.Own.SSM.GetParameterHistory, &ssm.GetParameterHistoryInput{Name: new(x.name("none"))}, "ParameterNotFound")
		},
	},
	{
		says:   "a name is not overwritten unless that is asked for",
		source: "reported: the message, in aws-ia/terraform-aws-control_tower_account_factory issue 166",
		check: func(x *bench) {
			name := x.Own.parameter(x.name("parameter"))
			refused(x, x.Own.SSM.PutParameter, &ssm.PutParameterInput{Name: &name, Value: new("w"), Type: types.ParameterTypeString}, "ParameterAlreadyExists").saying(
				"The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
			equal(x, "Value", text(succeed(x, x.Own.SSM.GetParameter, fetch(name)).Parameter.Value), "value")
		},
	},
	{
		says:   "Overwrite makes a parameter that there is not",
		source: "Systems Manager API Reference, PutParameter: create or update a parameter; assumption: that Overwrite needs none to be there",
		check: func(x *bench) {
			name := x.Own.parameter(x.name("parameter"), func(in *ssm.PutParameterInput) { in.Overwrite = new(true) })
			equal(x, "Version", succeed(x, x.Own.SSM.GetParameter, fetch(name)).Parameter.Version, 1)
		},
	},
	{
		says:   "tags and Overwrite do not go together",
		source: "reported: the message, in getmoto/moto issue 4283",
		check: func(x *bench) {
			refused(x, x.Own.SSM.PutParameter, &ssm.PutParameterInput{Name: new(x.name("parameter")), Value: new("v"), Type: types.ParameterTypeString,
				Overwrite: new(true), Tags: []types.Tag{{Key: new("k"), Value: new("v")}}}, "ValidationException").saying(
				"Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.")
		},
	},
	{
		says:   "a version is read by its number, and answered with the selector behind a colon",
		source: "reported: the answer's Selector, in ansible/ansible pull request 61022; Systems Manager API Reference, GetParameter, Name",
		check: func(x *bench) {
			name := x.Own.parameter(x.name("parameter"))
			x.Own.overwrite(name, "second")
			p := succeed(x, x.Own.SSM.GetParameter, fetch(name+":1")).Parameter
			equal(x, "Value", text(p.Value), "value")
			equal(x, "Selector", text(p.Selector), ":1")
			equal(x, "Name", text(p.Name), name)
			equal(x, "Value", text(succeed(x, x.Own.SSM.GetParameter, fetch(name)).Parameter.Value), "second")
			refused(x, x.Own.SSM.GetParameter, fetch(name+":3"), "ParameterVersionNotFound")
		},
	},
	{
		says:   "an ARN takes a version too, and is answered without it",
		source: "reported: the answer, in hashicorp/terraform-provider-aws issue 47577",
		check: func(x *bench) {
			name := x.Own.parameter(x.name("parameter"))
			x.Own.overwrite(name, "second")
			p := succeed(x, x.Own.SSM.GetParameter, fetch(x.Own.parameterARN(name)+":1")).Parameter
			equal(x, "Value", text(p.Value), "value")
			equal(x, "ARN", text(p.ARN), x.Own.parameterARN(name))
			equal(x, "Selector", text(p.Selector), ":1")
		},
	},
	{
		says:   "a value over 4096 is refused in the standard tier, and takes the advanced one where it may choose",
		source: "reported: the message, in hashicorp/terraform-provider-aws issue 18521; Systems Manager API Reference, PutParameter, Tier",
		check: func(x *bench) {
			name, long := x.name("parameter"), strings.Repeat("x", valueOver4KB)
			in := &ssm.PutParameterInput{Name: &name, Value: &long, Type: types.ParameterTypeString}
			refused(x, x.Own.SSM.PutParameter, in, "ValidationException").saying("Standard tier parameters support a maximum parameter value of 4096 characters. " +
				"To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. " +
				"For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html")
			in.Tier = types.ParameterTierIntelligentTiering
			equal(x, "Tier", succeed(x, x.Own.SSM.PutParameter, in).Tier, types.ParameterTierAdvanced)
			cleanup(x, x.Own.SSM.DeleteParameter, &ssm.DeleteParameterInput{Name: &name})
		},
	},
	{
		says:   "an advanced parameter never becomes a standard one again",
		source: "reported: the message, in go-to-k/cdk-real-drift pull request 408; Systems Manager API Reference, PutParameter, Tier",
		check: func(x *bench) {
			name := x.Own.parameter(x.name("parameter"), func(in *ssm.PutParameterInput) { in.Tier = types.ParameterTierAdvanced })
			refused(x, x.Own.SSM.PutParameter, &ssm.PutParameterInput{Name: &name, Value: new("w"), Overwrite: new(true), Tier: types.ParameterTierStandard},
				"ValidationException").mentioning("You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier")
		},
	},
	{
		says:   "a value that does not match the allowed pattern is refused",
		source: "Systems Manager API Reference, PutParameter, AllowedPattern; assumption: the code, whose documentation speaks of names",
		check: func(x *bench) {
			in := &ssm.PutParameterInput{Name: new(x.name("parameter")), Value: new("seven"), Type: types.ParameterTypeString, AllowedPattern: new(`^\d+$`)}
			refused(x, x.Own.SSM.PutParameter, in, "ParameterPatternMismatchException")
			in.AllowedPattern = new("(")
			refused(x, x.Own.SSM.PutParameter, in, "InvalidAllowedPatternException")
		},
	},
	{
		says:   "what was deleted is gone, one by one or several at once",
		source: "Systems Manager API Reference, DeleteParameters",
		check: func(x *bench) {
			one, two, none := x.name("one"), x.name("two"), x.name("none")
			for _, name := range []string{one, two} {
				succeed(x, x.Own.SSM.PutParameter, &ssm.PutParameterInput{Name: &name, Value: new("v"), Type: types.ParameterTypeString})
			}
			succeed(x, x.Own.SSM.DeleteParameter, &ssm.DeleteParameterInput{Name: &one})
			out := succeed(x, x.Own.SSM.DeleteParameters, &ssm.DeleteParametersInput{Names: []string{two, none}})
			equal(x, "DeletedParameters", strings.Join(out.DeletedParameters, " "), two)
			equal(x, "InvalidParameters", strings.Join(out.InvalidParameters, " "), none)
			refused(x, x.Own.SSM.GetParameter, fetch(two), "ParameterNotFound")
		},
	},
	{
		says:   "tags are added, replaced, listed and removed",
		source: "Systems Manager API Reference, AddTagsToResource",
		check: func(x *bench) {
			name, kind := x.Own.parameter(x.name("parameter")), types.ResourceTypeForTaggingParameter
			tag := func(value string) {
				succeed(x, x.Own.SSM.AddTagsToResource, &ssm.AddTagsToResourceInput{ResourceType: kind, ResourceId: &name, Tags: []types.Tag{{Key: new("k"), Value: &value}}})
			}
			list := &ssm.ListTagsForResourceInput{ResourceType: kind, ResourceId: &name}
			tag("1")
			tag("2")
			tags := succeed(x, x.Own.SSM.ListTagsForResource, list).TagList
			if len(tags) != 1 || text(tags[0].Value) != "2" {
				x.Errorf("the tags are %v", tags)
			}
			succeed(x, x.Own.SSM.RemoveTagsFromResource, &ssm.RemoveTagsFromResourceInput{ResourceType: kind, ResourceId: &name, TagKeys: []string{"k"}})
			equal(x, "the number of tags", len(succeed(x, x.Own.SSM.ListTagsForResource, list).TagList), 0)
			refused(x, x.Own.SSM.ListTagsForResource, &ssm.ListTagsForResourceInput{ResourceType: kind, ResourceId: new(x.name("none"))}, "InvalidResourceId")
		},
	},
	{
		says:   "a secret is read as a parameter, with decryption",
		source: "reported: test_get_secret_parameter and test_get_inexistent_secret, marked as checked against AWS, in localstack/localstack tests/aws/services/ssm",
		check: func(x *bench) {
			s := x.Own.secret(func(in *secretsmanager.CreateSecretInput) { in.SecretString = new("my_secret") })
			name := "/aws/reference/secretsmanager/" + text(s.Name)
			p := succeed(x, x.Own.SSM.GetParameter, &ssm.GetParameterInput{Name: &name, WithDecryption: new(true)}).Parameter
			equal(x, "Name", text(p.Name), name)
			equal(x, "Value", text(p.Value), "my_secret")
			if !strings.Contains(text(p.SourceResult), ":secretsmanager:") {
				x.Errorf("SourceResult is %s", text(p.SourceResult))
			}
			none := "/aws/reference/secretsmanager/" + x.name("none")
			refused(x, x.Own.SSM.GetParameter, &ssm.GetParameterInput{Name: &none, WithDecryption: new(true)}, "ParameterNotFound").mentioning(
				strings.TrimPrefix(none, "/") + " not found.")
		},
	},
}

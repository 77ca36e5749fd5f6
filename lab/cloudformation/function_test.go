package cloudformation_test

import (
	"fmt"
	"strings"
	"testing"
)

// probe is a template with one parameter of Systems Manager whose value is an
// expression, and all that expressions can refer to.
func probe(expression string) string {
	return fmt.Sprintf(`{
		"Parameters": {
			"Text": {"Type": "String", "Default": "hello"},
			"List": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
			"Numbers": {"Type": "List<Number>", "Default": "1,2"},
			"Number": {"Type": "Number", "Default": 7}},
		"Mappings": {"Names": {"eu-west-1": {"Name": "ireland", "Zones": ["x", "y"]}}},
		"Conditions": {
			"Yes": {"Fn::Equals": [{"Ref": "Text"}, "hello"]},
			"No": {"Fn::Not": [{"Condition": "Yes"}]},
			"All": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "Yes"}]},
			"None": {"Fn::Or": [{"Condition": "No"}, {"Condition": "No"}]},
			"Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
			"Any": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]}},
		"Resources": {
			"Other": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": "/other", "Value": "v"}},
			"Absent": {"Type": "AWS::SSM::Parameter", "Condition": "No", "Properties": {"Type": "String", "Value": "v"}},
			"Probe": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": "/probe", "Value": %s}}}}`, expression)
}

func TestFunctions(t *testing.T) {
	for expression, want := range map[string]string{
		`"plain"`:                           "plain",
		`17`:                                "17",
		`true`:                              "true",
		`{"Ref": "Text"}`:                   "hello",
		`{"Ref": "Number"}`:                 "7",
		`{"Ref": "Other"}`:                  "/other",
		`{"Ref": "AWS::AccountId"}`:         "111122223333",
		`{"Ref": "AWS::Region"}`:            "eu-west-1",
		`{"Ref": "AWS::Partition"}`:         "aws",
		`{"Ref": "AWS::URLSuffix"}`:         "amazonaws.com",
		`{"Ref": "AWS::StackName"}`:         "Probe",
		`{"Fn::GetAtt": "Other.Value"}`:     "v",
		`{"Fn::GetAtt": ["Other", "Type"]}`: "String",
		`{"Fn::GetAtt": ["Other", {"Fn::Join": ["", ["Ty", "pe"]]}]}`:                  "String",
		`{"Fn::Join": ["-", ["a", {"Ref": "Text"}, 3]]}`:                               "a-hello-3",
		`{"Fn::Join": ["", {"Ref": "List"}]}`:                                          "abc",
		`{"Fn::Join": [",", {"Ref": "Numbers"}]}`:                                      "1,2",
		`{"Fn::Join": ["", [{"Ref": "AWS::NoValue"}, "x"]]}`:                           "x",
		`{"Fn::Join": ["+", {"Fn::Split": ["/", "a/b/c"]}]}`:                           "a+b+c",
		`{"Fn::Select": ["1", {"Ref": "List"}]}`:                                       "b",
		`{"Fn::Select": [2, {"Fn::Split": [":", {"Fn::GetAtt": ["Other", "Arn"]}]}]}`:  "ssm",
		`{"Fn::Base64": {"Ref": "Text"}}`:                                              "aGVsbG8=",
		`{"Fn::FindInMap": ["Names", {"Ref": "AWS::Region"}, "Name"]}`:                 "ireland",
		`{"Fn::Select": [0, {"Fn::FindInMap": ["Names", "eu-west-1", "Zones"]}]}`:      "x",
		`{"Fn::If": ["Yes", "then", {"Ref": "Nothing"}]}`:                              "then",
		`{"Fn::If": ["Both", {"Ref": "Absent"}, "else"]}`:                              "else",
		`{"Fn::If": ["All", "then", "else"]}`:                                          "then",
		`{"Fn::If": ["None", "then", "else"]}`:                                         "else",
		`{"Fn::If": ["Any", "then", "else"]}`:                                          "then",
		`{"Fn::Sub": "${Text} ${AWS::Region} ${Other.Value} ${!Text} $Text"}`:          "hello eu-west-1 v ${Text} $Text",
		`{"Fn::Sub": ["${Own}/${Text}", {"Own": {"Fn::GetAtt": ["Other", "Value"]}}]}`: "v/hello",
	} {
		b := newBench(t)
		s := b.deploy("Probe", probe(expression))
		equal(b, expression, b.attribute(s, "Probe", "Value"), want)
	}
}

func TestFunctionsRefuse(t *testing.T) {
	for expression, want := range map[string]string{
		`null`:                                              "'null' values are not allowed in templates",
		`{"Ref": "Nothing"}`:                                "Unresolved resource dependencies [Nothing] in the Resources block of the template",
		`{"Ref": "Absent"}`:                                 "Unresolved resource dependencies [Absent]",
		`{"Ref": "Probe"}`:                                  "Circular dependency between resources: [Probe]",
		`{"Ref": ["Other"]}`:                                "is not a logical id",
		`{"Ref": "Other", "x": "y"}`:                        "with other members",
		`{"Ref": "AWS::Nothing"}`:                           "Unresolved resource dependencies [AWS::Nothing]",
		`{"Fn::Cidr": ["10.0.0.0/8", 1, 1]}`:                "Resources/Probe/Properties/Value/Fn::Cidr: Template error: the function is not known here",
		`{"Fn::GetAZs": ""}`:                                "the lab has no Availability Zones",
		`{"Fn::GetAtt": ["Other", "Nope"]}`:                 "Resource type AWS::SSM::Parameter does not support attribute {Nope}",
		`{"Fn::GetAtt": "Other"}`:                           "requires two non-empty parameters",
		`{"Fn::GetAtt": ["Other"]}`:                         "requires two non-empty parameters",
		`{"Fn::GetAtt": ["Other", {"Ref": "Other"}]}`:       "only parameters can be referred to here",
		`{"Fn::GetAtt": ["Nothing", "Arn"]}`:                "Unresolved resource dependencies [Nothing]",
		`{"Fn::Join": ["-"]}`:                               "every Fn::Join object requires two parameters",
		`{"Fn::Join": ["-", "a"]}`:                          "is not a list of strings",
		`{"Fn::Select": ["x", ["a"]]}`:                      "an integer index and a list",
		`{"Fn::Select": [1, ["a"]]}`:                        "an integer index and a list",
		`{"Fn::Select": [3, {"Ref": "List"}]}`:              "cannot select nonexistent value at index 3",
		`{"Fn::Select": [0, "a"]}`:                          "an integer index and a list",
		`{"Fn::Split": ["", "a"]}`:                          "every Fn::Split object requires two parameters",
		`{"Fn::Split": [",", "a"]}`:                         "is not a string",
		`{"Fn::Base64": ["a"]}`:                             "is not a string",
		`{"Fn::FindInMap": ["Names", "us-east-1", "Name"]}`: "Unable to get mapping for Names::us-east-1::Name",
		`{"Fn::FindInMap": ["Names", "x"]}`:                 "requires three parameters",
		`{"Fn::If": ["Maybe", "a", "b"]}`:                   "unresolved condition dependency Maybe in Fn::If",
		`{"Fn::If": ["Yes", "a"]}`:                          "three elements",
		`{"Fn::If": ["Yes", {"Ref": "AWS::NoValue"}, "b"]}`: "Resources/Probe (AWS::SSM::Parameter): CREATE_FAILED",
		`{"Fn::Sub": "${Nothing}"}`:                         "Unresolved resource dependencies [Nothing]",
		`{"Fn::Sub": "${List}"}`:                            "is not a string, which ${List} stands for",
		`{"Fn::Sub": "${Other.Nope}"}`:                      "does not support attribute {Nope}",
		`{"Fn::Sub": "${"}`:                                 "is not closed",
		`{"Fn::Sub": "${a b}"}`:                             "must contain only alphanumeric characters",
		`{"Fn::Sub": ["${x}"]}`:                             "don't specify expected arguments",
		`{"Fn::ImportValue": "nothing"}`:                    "No export named nothing found",
		`{"Fn::ImportValue": {"Ref": "Other"}}`:             "only parameters can be referred to here",
		`"{{resolve:ssm:/other}}"`:                          "dynamic references are not resolved here",
		`["a"]`:                                             "is not a string",
	} {
		b := newBench(t)
		_, err := b.d.Deploy(t.Context(), b.template("Probe", probe(expression)), nil)
		b.refused(err, expression, "deploy the stack Probe: ", "Probe", want)
	}
}

// refused wants an error that says all of these.
func (b *bench) refused(err error, what string, says ...string) {
	b.Helper()
	if err == nil {
		b.Errorf("%s: there was no error", what)
		return
	}
	for _, part := range says {
		if !strings.Contains(err.Error(), part) {
			b.Errorf("%s: %q does not say %q", what, err, part)
		}
	}
}

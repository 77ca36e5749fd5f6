package cloudformation_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"rekey/lab/cloudformation"
)

const one = `"A": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}}`

func TestTemplatesRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                `At least one Resources member must be defined.`,
		`{"Resources": {}}`: `At least one Resources member must be defined.`,
		`{"Resources": {` + one + `}, "Transform": "AWS::Serverless-2016-10-31"}`:                                                                                        `Transform: not known here`,
		`{"Resources": {` + one + `}, "AWSTemplateFormatVersion": "2011-01-01"}`:                                                                                         `not a supported value for AWSTemplateFormatVersion`,
		`{"Resources": {"A": {"Properties": {}}}}`:                                                                                                                       `[/Resources/A] Every Resources object must contain a Type member.`,
		`{"Resources": {"A": {"Type": "AWS::SSM::Parameter", "Invalid": 1}}}`:                                                                                            `Resources/A/Invalid: not known here`,
		`{"Resources": {"A": {"Type": "AWS::Nothing::Here"}}}`:                                                                                                           `Resources/A: the resource type AWS::Nothing::Here is not known here`,
		`{"Resources": {"A": {"Type": "AWS::Lambda::Alias"}}}`:                                                                                                           `the lab's Lambda has no aliases`,
		`{"Resources": {"A": {"Type": "AWS::SSM::Parameter", "Properties": {"Val": 1}}}}`:                                                                                `Resources/A/Properties/Val: not known here; known are AllowedPattern,`,
		`{"Resources": {"A": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": [{"Name": "x"}]}}}}`:                                                                     `Resources/A/Properties/Tags/0/Name: not known here`,
		`{"Resources": {"A": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": {"Fn::If": ["C", [{"Name": "x"}], []]}}}}, "Conditions": {"C": {"Fn::Equals": [1, 1]}}}`: `Resources/A/Properties/Tags/Fn::If/1/0/Name: not known here`,
		`{"Resources": {"A": {"Type": "AWS::KMS::Key", "Properties": {"Enabled": "yes"}}}}`:                                                                              `Resources/A/Properties/Enabled: "yes" is not a boolean`,
		`{"Resources": {"A": {"Type": "AWS::SSM::Parameter", "DeletionPolicy": "Snapshot"}}}`:                                                                            `Resources/A/DeletionPolicy`,
		`{"Resources": {"A": {"Type": "AWS::SSM::Parameter", "UpdateReplacePolicy": "Snapshot"}}}`:                                                                       `Resources/A/UpdateReplacePolicy`,
		`{"Resources": {"a-b": {"Type": "AWS::SQS::Queue"}}}`:                                                                                                            `Template format error: Resource name a-b is non alphanumeric.`,
		`{"Resources": {` + one + `}, "Parameters": {"AWS::NoValue": {"Type": "String"}}}`:                                                                               `Template format error: Parameter name AWS::NoValue is non alphanumeric.`,
		`{"Resources": {` + one + `}, "Outputs": {"a.b": {"Value": 1}}}`:                                                                                                 `Template format error: Output name a.b is non alphanumeric.`,
		`{"Resources": {` + one + `}, "Parameters": {"A": {"Type": "String", "Default": "x"}}}`:                                                                          `A is the name of a parameter and of a resource`,
		`{"Resources": {` + one + `}, "Parameters": {"P": {"Type": "Number", "Default": "NaN"}}}`:                                                                        `Parameter 'P' must be a number.`,
		`{"Resources": {` + one + `}, "Parameters": {"P": {"Type": "Number", "Default": "0x10"}}}`:                                                                       `Parameter 'P' must be a number.`,
		`{"Resources": {` + one + `}, "Parameters": {"P": {"Type": "String", "Default": "éé", "MinLength": 3}}}`:                                                         `at least 3 characters`,
		resources(`{` + manyQueues(501) + `}`):                                                                                                                           `Template format error: Number of resources, 501, is greater than maximum allowed, 500`,
		`{"Resources": {"A": {"Type": "AWS::SSM::Parameter", "DependsOn": "B"}}}`:                                                                                        `Resources/A/DependsOn: Template format error: Unresolved resource dependencies [B]`,
		`{"Resources": {"A": {"Type": "AWS::SSM::Parameter", "DependsOn": [1]}}}`:                                                                                        `Resources/A/DependsOn: 1 is no logical id`,
		`{"Resources": {"A": {"Type": "AWS::SSM::Parameter", "Condition": "C"}}}`:                                                                                        `Resources/A: Template error: unresolved condition dependency C`,
		`{"Resources": {"A": {"Type": "AWS::SQS::Queue", "DependsOn": "B"}, "B": {"Type": "AWS::SQS::Queue", "DependsOn": "A"}}}`:                                        `Circular dependency between resources: [A, B]`,
		`{"Resources": {` + one + `}, "Conditions": {"C": {"Fn::Equals": [1]}}}`:                                                                                         `Conditions/C/Fn::Equals: Template error: every Fn::Equals object requires a list of 2 string parameters.`,
		`{"Resources": {` + one + `}, "Conditions": {"C": {"Fn::Not": [{"Condition": "C"}]}}}`:                                                                           `it depends on itself`,
		`{"Resources": {` + one + `}, "Conditions": {"C": {"Fn::And": [{"Fn::Equals": [1, 1]}]}}}`:                                                                       `two to ten`,
		`{"Resources": {` + one + `}, "Conditions": {"C": {"Fn::Equals": [{"Ref": "A"}, 1]}}}`:                                                                           `only parameters can be referred to here`,
		`{"Resources": {` + one + `}, "Conditions": {"C": {"Fn::Maybe": []}}}`:                                                                                           `is not a condition`,
		`{"Resources": {` + one + `}, "Mappings": {"M": {"a": {"b": {"c": "d"}}}}}`:                                                                                      `Every Mappings attribute must be a String or a List.`,
		`{"Resources": {` + one + `}, "Outputs": {"O": {}}}`:                                                                                                             `Every Outputs member must contain a Value object`,
		`{"Resources": {` + one + `}, "Outputs": {"O": {"Value": {"Ref": "B"}}}}`:                                                                                        `Outputs/O/Value/Ref: Unresolved resource dependencies [B] in the Outputs block of the template`,
		`{"Resources": {` + one + `}, "Outputs": {"O": {"Value": {"Fn::GetAtt": ["A", "Nope"]}}}}`:                                                                       `does not support attribute {Nope}`,
		`{"Resources": {` + one + `}, "Parameters": {"P": {"Type": "AWS::EC2::VPC::Id", "Default": "x"}}}`:                                                               `Parameters/P: the type "AWS::EC2::VPC::Id" is not known here`,
		`{"Resources": {` + one + `}, "Parameters": {"P": {"Type": "String"}, "Q": {"Type": "String"}}}`:                                                                 `Parameters: [P, Q] must have values`,
		`{"Resources": {` + one + `}, "Parameters": {"P": {"Type": "Number", "Default": "x"}}}`:                                                                          `Parameter 'P' must be a number.`,
		`{"Resources": {` + one + `}, "Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/none"}}}`:                                          `Parameters/P: get the parameter /none of Systems Manager`,
		`{"Resources": {` + one + `}, "Rules": {"R": {"Assertions": []}}}`:                                                                                               `Rules/R: a rule has assertions`,
	} {
		b := newBench(t)
		_, err := b.d.Deploy(t.Context(), b.template("S", text), nil)
		b.refused(err, text, "deploy the stack S: ", want)
	}
}

// manyQueues are resources without commas too many.
func manyQueues(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`"Q%d": {"Type": "AWS::SQS::Queue"}`, i))
	}
	return strings.Join(all, ",")
}

// A template of a few lines cannot stand for a text that fills the memory.
func TestTextsAreShort(t *testing.T) {
	b := newBench(t)
	for _, wrap := range [][2]string{{`{"Fn::Base64": `, `}`}, {`{"Fn::Sub": ["${a}${a}", {"a": `, `}]}`}, {`{"Fn::Join": ["xx", ["y", `, `]]}`}} {
		value := `"` + strings.Repeat("x", 1000) + `"`
		for range 60 {
			if wrap[0] == `{"Fn::Join": ["xx", ["y", ` { // it only grows by what stands there
				value = `"` + strings.Repeat("x", 1<<20) + `"`
			}
			value = wrap[0] + value + wrap[1]
		}
		_, err := b.d.Deploy(t.Context(), b.template("S", resources(`{"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": `+value+`}}}`)), nil)
		b.refused(err, wrap[0], "and a template 1 MB at most")
	}
}

// A template is checked whole before anything is created.
func TestNothingIsCreatedBeforeAllIsChecked(t *testing.T) {
	b := newBench(t)
	for _, last := range []string{`{"Type": "AWS::Nothing::Here"}`, `{"Type": "AWS::SQS::Queue", "Properties": {"Nope": 1}}`, `{"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Nope"}}}`} {
		if _, err := b.d.Deploy(t.Context(), b.template("S", resources(`{`+one+`, "Z": `+last+`}`)), nil); err == nil {
			t.Fatal("it was deployed")
		}
	}
	for _, e := range b.lab.World.Trail.Entries() {
		t.Errorf("%s was called", e.Operation)
	}
}

func TestParameters(t *testing.T) {
	text := `{"Parameters": {"P": %s}, "Resources": {"A": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "P"}}}}}`
	for _, c := range []struct{ parameter, value, want string }{
		{`{"Type": "String", "AllowedValues": ["a", "b"]}`, "b", ""},
		{`{"Type": "String", "AllowedValues": ["a", "b"]}`, "c", "the value must be one of a, b"},
		{`{"Type": "String", "AllowedPattern": "[a-z]+"}`, "abc", ""},
		{`{"Type": "String", "AllowedPattern": "[a-z]+"}`, "abc1", "the value must match pattern [a-z]+"},
		{`{"Type": "String", "AllowedPattern": "[a-z]+"}`, "1abc", "the value must match pattern [a-z]+"},
		{`{"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "small letters"}`, "A", "pattern [a-z]+: small letters"},
		{`{"Type": "String", "MinLength": 2}`, "a", "at least 2 characters"},
		{`{"Type": "String", "MaxLength": "2"}`, "abc", "at most 2 characters"},
		{`{"Type": "Number", "MinValue": 2}`, "1.5", "not less than 2"},
		{`{"Type": "Number", "MaxValue": 2}`, "3", "not greater than 2"},
		{`{"Type": "Number", "MinValue": 2, "MaxValue": 3}`, "2.5", ""},
		{`{"Type": "String", "Nope": 2}`, "a", "Parameters/P/Nope: not known here"},
	} {
		b := newBench(t)
		_, err := b.d.Deploy(t.Context(), b.template("S", strings.Replace(text, "%s", c.parameter, 1)), map[string]string{"P": c.value})
		if c.want == "" && err != nil {
			t.Errorf("%s does not take %q: %v", c.parameter, c.value, err)
		} else if c.want != "" {
			b.refused(err, c.parameter, "Parameters/P", c.want)
		}
	}
	b := newBench(t)
	_, err := b.d.Deploy(t.Context(), b.template("S", resources(`{`+one+`}`)), map[string]string{"X": "", "W": ""})
	b.refused(err, "unknown parameters", "Parameters: [W, X] do not exist in the template")
}

// Parameters of Systems Manager stand for what is stored there.
func TestStoredParameters(t *testing.T) {
	b := newBench(t)
	b.deploy("Store", resources(`{"A": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "StringList", "Name": "/list", "Value": "a,b"}}}`))
	s := b.deploy("Use", `{
		"Parameters": {"Text": {"Type": "AWS::SSM::Parameter::Value<String>"}, "List": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/list"}},
		"Resources": {`+one+`},
		"Outputs": {"Text": {"Value": {"Ref": "Text"}}, "Second": {"Value": {"Fn::Select": [1, {"Ref": "List"}]}}}}`, map[string]string{"Text": "/list"})
	equal(b, "Text", s.Outputs["Text"], "a,b")
	equal(b, "Second", s.Outputs["Second"], "b")
}

func TestRules(t *testing.T) {
	for rule, holds := range map[string]bool{
		`{"Assertions": [{"Assert": {"Fn::Contains": [["a", "b"], {"Ref": "P"}]}, "AssertDescription": "said"}]}`:                                 true,
		`{"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Contains": [["a", "b"], {"Ref": "P"}]}]}, "AssertDescription": "said"}]}`:                  false,
		`{"Assertions": [{"Assert": {"Fn::EachMemberIn": [{"Ref": "L"}, ["a", "b", "c"]]}, "AssertDescription": "said"}]}`:                        true,
		`{"Assertions": [{"Assert": {"Fn::EachMemberIn": [{"Ref": "L"}, ["a"]]}, "AssertDescription": "said"}]}`:                                  false,
		`{"Assertions": [{"Assert": {"Fn::EachMemberEquals": [{"Ref": "L"}, "a"]}, "AssertDescription": "said"}]}`:                                false,
		`{"Assertions": [{"Assert": {"Fn::EachMemberEquals": [["a", "a"], "a"]}, "AssertDescription": "said"}]}`:                                  true,
		`{"RuleCondition": {"Fn::Equals": [{"Ref": "P"}, "z"]}, "Assertions": [{"Assert": {"Fn::Equals": [1, 2]}, "AssertDescription": "said"}]}`: true,
		`{"RuleCondition": {"Fn::Equals": [{"Ref": "P"}, "a"]}, "Assertions": [{"Assert": {"Fn::Equals": [1, 2]}, "AssertDescription": "said"}]}`: false,
	} {
		b := newBench(t)
		text := `{"Parameters": {"P": {"Type": "String", "Default": "a"}, "L": {"Type": "CommaDelimitedList", "Default": "a,b"}}, "Rules": {"R": ` + rule + `}, "Resources": {` + one + `}}`
		_, err := b.d.Deploy(t.Context(), b.template("S", text), nil)
		if holds && err != nil {
			t.Errorf("%s: %v", rule, err)
		} else if !holds {
			b.refused(err, rule, "Rules/R: ", "an assertion does not hold: said")
		}
	}
}

// What one stack exports, the next imports; a name is exported once.
func TestExports(t *testing.T) {
	b := newBench(t)
	exporting := `{"Resources": {` + one + `}, "Outputs": {
		"Out": {"Value": {"Ref": "A"}, "Export": {"Name": {"Fn::Sub": "shared:${AWS::Region}"}}},
		"Not": {"Value": "x", "Condition": "Never"}}, "Conditions": {"Never": {"Fn::Equals": [1, 2]}}}`
	from := b.deploy("From", exporting)
	equal(b, "the outputs", strings.Join(slices.Sorted(maps.Keys(from.Outputs)), " "), "Out")
	to := b.deploy("To", resources(`{"B": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::ImportValue": "shared:eu-west-1"}}}}`))
	equal(b, "the value", b.attribute(to, "B", "Value"), from.Physical("A"))
	_, err := b.d.Deploy(t.Context(), b.template("Again", exporting), nil)
	b.refused(err, "a second export", "Outputs/Out: Export with name shared:eu-west-1 is already exported by stack From")
	_, err = b.deployer(account, "eu-north-1").Deploy(t.Context(), b.template("Away", resources(`{"B": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::ImportValue": "shared:eu-west-1"}}}}`)), nil)
	b.refused(err, "an import in another Region", "No export named shared:eu-west-1 found")
}

// A document can be changed with the values that Go programs have, and a copy of
// it alone.
func TestClone(t *testing.T) {
	b := newBench(t)
	original := b.template("S", resources(`{`+one+`}`))
	changed := original.Clone()
	changed.Document["Resources"].(map[string]any)["A"].(map[string]any)["Properties"] = map[string]string{"Type": "StringList", "Value": "a,b"}
	s, err := b.d.Deploy(t.Context(), changed, nil)
	if err != nil {
		t.Fatal(err)
	}
	equal(b, "the type", b.attribute(s, "A", "Type"), "StringList")
	text, err := json.Marshal(original.Document)
	if err != nil || strings.Contains(string(text), "StringList") {
		t.Errorf("the original is %s, %v", text, err)
	}
	if _, err := cloudformation.ParseTemplate("S", `{"Resources": {}} x`); err == nil {
		t.Error("what follows a template is passed over")
	}
}

package cloudformation

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"rekey/lab"
)

// odd makes properties of a type, most of them of the right shape and some of
// none.
type odd struct{ *rand.Rand }

var oddValues = []any{"", "x", "arn:aws:x:y:z", -1, 1e300, true, []any{}, []any{"x"}, map[string]any{}, map[string]any{"x": "y"},
	map[string]any{"Ref": "AWS::NoValue"}, map[string]any{"Ref": "AWS::NotificationARNs"}, map[string]any{"Ref": "R"}, map[string]any{"Fn::GetAtt": "R.Arn"},
	map[string]any{"Fn::Select": []any{0, []any{}}}, map[string]any{"Fn::If": []any{"No", 1, 2}}, map[string]any{"Fn::Split": []any{",", "a,b"}},
	map[string]any{"Fn::Join": []any{"", map[string]any{"Ref": "AWS::NoValue"}}}, map[string]any{"Fn::Sub": "${R}${!x}${"}}

func (o odd) of(t reflect.Type, depth int) any {
	if o.IntN(8) == 0 {
		return oddValues[o.IntN(len(oddValues))]
	}
	switch t.Kind() {
	case reflect.Pointer:
		return o.of(t.Elem(), depth)
	case reflect.Bool:
		return true
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Float64:
		return o.IntN(1000)
	case reflect.Slice:
		return []any{o.of(t.Elem(), depth+1)}
	case reflect.Map:
		return map[string]any{"Key": o.of(t.Elem(), depth+1)}
	case reflect.Struct:
		if t == timeType {
			return "2006-01-02T15:04:05Z"
		}
		m := map[string]any{}
		for name, i := range fieldsOf(t) {
			if depth < 6 && o.IntN(2) == 0 {
				m[name] = o.of(t.Field(i).Type, depth+1)
			}
		}
		return m
	}
	return []any{"some", "arn:aws:iam::111122223333:role/r", "rate(5 minutes)", map[string]any{"Ref": "Topic"}, map[string]any{"Ref": "Queue"},
		map[string]any{"Fn::GetAtt": "Role.Arn"}, map[string]any{"Version": "2012-10-17", "Statement": []any{}}}[o.IntN(7)]
}

// Whatever the properties are, a stack is made or refused, and what was made of
// one that is refused is taken back.
func TestOddProperties(t *testing.T) {
	for _, name := range sortedKeys(kinds) {
		t.Run(strings.ReplaceAll(name, "::", "."), func(t *testing.T) {
			l := lab.New(lab.Options{})
			defer l.Close()
			config := l.Config("eu-west-1", lab.Root("111122223333"))
			config.RetryMaxAttempts = 1
			d := New(Target{Config: config, Account: "111122223333", Region: "eu-west-1"})
			for seed := range uint64(20) {
				o := odd{rand.New(rand.NewPCG(seed, 0))}
				document := map[string]any{"Resources": map[string]any{
					"R":     map[string]any{"Type": name, "Properties": o.of(kinds[name].properties, 0)},
					"Queue": map[string]any{"Type": "AWS::SQS::Queue"}, "Topic": map[string]any{"Type": "AWS::SNS::Topic"},
					"Role": map[string]any{"Type": "AWS::IAM::Role", "Properties": map[string]any{"AssumeRolePolicyDocument": map[string]any{"Version": "2012-10-17",
						"Statement": []any{map[string]any{"Effect": "Allow", "Principal": map[string]any{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}}}},
				}}
				text, err := json.Marshal(document)
				if err != nil {
					t.Fatal(err)
				}
				begun := time.Now()
				_, err = d.Deploy(t.Context(), &Template{Name: fmt.Sprint("S", seed), Document: document}, nil)
				if err != nil && strings.Contains(err.Error(), "ROLLBACK_FAILED") {
					t.Errorf("%s: %v", text, err)
				}
				if took := time.Since(begun); took > 20*time.Second {
					t.Errorf("%s took %v", text, took)
				}
			}
		})
	}
}

// FuzzTemplate reads and prepares a template, of which nothing is made.
func FuzzTemplate(f *testing.F) {
	f.Add(`{"Resources": {"A": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": ["${x}${AWS::Region}${!y}", {"x": {"Ref": "P"}}]}}, "DependsOn": ["B"]},
		"B": {"Type": "AWS::SNS::Topic", "Condition": "C", "DeletionPolicy": "Retain"}}, "Conditions": {"C": {"Fn::Or": [{"Condition": "D"}, {"Fn::Not": [{"Fn::Equals": [1, "1"]}]}]}, "D": {"Fn::Equals": [{"Ref": "P"}, ""]}},
		"Parameters": {"P": {"Type": "CommaDelimitedList", "Default": "a,b", "AllowedPattern": "[ab]", "MaxLength": 3}}, "Mappings": {"M": {"a": {"b": ["c"]}}},
		"Rules": {"R": {"RuleCondition": {"Fn::Contains": [["a"], "a"]}, "Assertions": [{"Assert": {"Fn::EachMemberIn": [{"Ref": "P"}, ["a", "b"]]}, "AssertDescription": "d"}]}},
		"Outputs": {"O": {"Value": {"Fn::Select": ["0", {"Fn::FindInMap": ["M", "a", "b"]}]}, "Export": {"Name": {"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, "x"]]}}}}}`)
	f.Add(`{"Resources": {"A": {"Type": "AWS::Lambda::Function", "Properties": {"Fn::If": ["C", {}, {"Ref": "AWS::NoValue"}]}}}}`)
	f.Add(`{"Resources": {"A": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": [{"Key": {"Fn::GetAtt": ["A", {"Ref": "AWS::Region"}]}}]}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		read, err := ParseTemplate("S", text)
		if err != nil {
			return
		}
		body, err := read.Clone().sections()
		if err != nil {
			return
		}
		for _, p := range body.Parameters {
			if strings.HasPrefix(p.Type, "AWS::SSM::") {
				return // which would ask a service
			}
		}
		p, err := New(Target{Account: "111122223333", Region: "eu-west-1"}).prepare(t.Context(), "S", "id", body, map[string]string{"P": "a"})
		if err != nil {
			return
		}
		for _, id := range p.ids { // values, and their binding, with resources that are not made
			v, err := p.scope.value("", map[string]any(body.Resources[id].Properties))
			if err == nil {
				_ = bind("", v, reflect.New(kinds[body.Resources[id].Type].properties).Interface())
			}
		}
	})
}

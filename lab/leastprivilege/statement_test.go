package leastprivilege

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sample is a template with policies in all kinds of places.
const sample = `{"Resources": {
 "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": [
   {"Sid": "Administers", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:PutKeyPolicy", "Resource": "*"},
   {"Effect": "Allow", "Principal": {"AWS": {"Fn::GetAtt": ["Role", "Arn"]}}, "Action": "kms:Decrypt", "Resource": "*"}]}}},
 "Role": {"Type": "AWS::IAM::Role", "Properties": {
   "AssumeRolePolicyDocument": {"Statement": {"Sid": "Trust", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}},
   "ManagedPolicyArns": [{"Ref": "Managed"}, "arn:aws:iam::aws:policy/ReadOnlyAccess"],
   "Policies": [
     {"PolicyName": "A", "PolicyDocument": {"Statement": [{"Sid": "Reads", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}},
     {"PolicyName": "B", "PolicyDocument": {"Statement": [
       {"Sid": "Lists", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"},
       {"Fn::If": ["Wide", {"Sid": "Writes", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}, {"Ref": "AWS::NoValue"}]}]}}]}},
 "Managed": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [{"Sid": "Sends", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}}},
 "Queue": {"Type": "AWS::SQS::Queue", "DependsOn": ["Managed", "Key"]},
 "QueuePolicy": {"Type": "AWS::SQS::QueuePolicy", "DependsOn": "Managed", "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": {"Statement": [
   {"Sid": "Plain", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}}},
 "Permission": {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}}
}}`

func read(t *testing.T, text string) map[string]any {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	return document
}

func TestStatementsOf(t *testing.T) {
	all, err := StatementsOf("S", read(t, sample))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range all {
		got = append(got, s.Resource+" "+s.Policy+" "+s.Name)
	}
	want := []string{
		"Key KeyPolicy Administers", "Key KeyPolicy #2", "Managed PolicyDocument Sends", "Permission  Lambda::Permission",
		"QueuePolicy PolicyDocument Plain", "Role AssumeRolePolicyDocument Trust",
		"Role Policies/0/PolicyDocument Reads", "Role Policies/1/PolicyDocument Lists", "Role Policies/1/PolicyDocument Writes",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if s := all[1].String(); s != "S/Key (AWS::KMS::Key), statement #2" {
		t.Error(s)
	}
}

func TestPoliciesInOtherPlaces(t *testing.T) {
	for name, c := range map[string]struct{ resource, want string }{
		"of another type": {`{"Type": "AWS::ECR::Repository", "Properties": {"RepositoryPolicyText": {"Statement": []}}}`, "RepositoryPolicyText has a policy"},
		"deep in one":     {`{"Type": "AWS::IAM::Role", "Properties": {"Other": [{"Statement": []}]}}`, "Other/0 has a policy"},
		"a text":          {`{"Type": "AWS::Logs::ResourcePolicy", "Properties": {"PolicyDocument": "{\"Statement\":[]}"}}`, "has a policy as a text"},
		"text of a key":   {`{"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": "{}"}}`, "write it as an object"},
		"without Sid":     {`{"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [{"Fn::If": ["C", {"Effect": "Allow"}, {"Ref": "AWS::NoValue"}]}]}}}`, "has no Sid"},
		"one Sid twice":   {`{"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [{"Sid": "A", "Effect": "Allow"}, {"Sid": "A", "Effect": "Allow"}]}}}`, "two statements are named A"},
		"no statement":    {`{"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": ["x"]}}}`, "has no Effect"},
	} {
		if all, err := StatementsOf("S", read(t, `{"Resources": {"R": `+c.resource+`}}`)); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "stack S, resource R: ") {
			t.Errorf("%s: %v, %v", name, all, err)
		}
	}
	if _, err := StatementsOf("S", map[string]any{}); err == nil {
		t.Error("a template without resources was read")
	}
}

// Without each statement in turn, exactly the others are left, and nothing else is
// changed that need not be.
func TestWithout(t *testing.T) {
	all, err := StatementsOf("S", read(t, sample))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		document := read(t, sample)
		if err := Without(document, s); err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		left, err := StatementsOf("S", document)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if s.Name == "Trust" { // which has to be there
			if st, _ := listed(at(document, "Resources/Role/Properties/AssumeRolePolicyDocument")); st[0].(map[string]any)["Effect"] != "Deny" || len(left) != len(all) {
				t.Errorf("%s: %v", s, st)
			}
			continue
		}
		if len(left) != len(all)-1 {
			t.Errorf("%s: %v are left", s, left)
		}
		for _, l := range left {
			if l.Resource == s.Resource && l.Name == s.Name && !strings.HasPrefix(s.Name, "#") {
				t.Errorf("%s is left", s)
			}
		}
	}
}

func TestWithoutResource(t *testing.T) {
	document := read(t, sample)
	if err := Without(document, Statement{Stack: "S", Resource: "Managed", Type: "AWS::IAM::ManagedPolicy", Policy: "PolicyDocument", Name: "Sends"}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]any{
		"Resources/Managed":                           nil,
		"Resources/Queue/DependsOn":                   []any{"Key"},
		"Resources/QueuePolicy/DependsOn":             nil,
		"Resources/Role/Properties/ManagedPolicyArns": []any{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
	} {
		if d := cmp.Diff(want, at(document, path)); d != "" {
			t.Errorf("%s: %s", path, d)
		}
	}
	document = read(t, sample)
	document["Outputs"] = map[string]any{"O": map[string]any{"Value": map[string]any{"Ref": "Managed"}}}
	if err := Without(document, Statement{Resource: "Managed", Type: "AWS::IAM::ManagedPolicy", Policy: "PolicyDocument", Name: "Sends"}); err == nil || !strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("a policy that an output has: %v", err)
	}
	if err := Without(document, Statement{Resource: "None", Type: "AWS::KMS::Key"}); err == nil {
		t.Error("a statement that is not there was taken away")
	}
}

func TestUnconditioned(t *testing.T) {
	document := read(t, `{"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [
	  {"Sid": "Kept", "Effect": "Allow", "Action": "kms:Decrypt", "Condition": {"Bool": {"a": "b"}}},
	  {"Fn::If": ["C", {"Sid": "Bound", "Effect": "Allow", "Condition": {"Bool": {"a": "b"}}}, {"Sid": "Bound", "Effect": "Allow"}]}]}}}}}`)
	all, err := StatementsOf("S", document)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	if err := Unconditioned(document, all[1]); err != nil {
		t.Fatal(err)
	}
	list := at(document, "Resources/Key/Properties/KeyPolicy/Statement")
	bound := map[string]any{"Sid": "Bound", "Effect": "Allow"}
	if d := cmp.Diff(map[string]any{"Fn::If": []any{"C", bound, bound}}, at(list, "1")); d != "" {
		t.Error(d)
	}
	if at(list, "0/Condition") == nil {
		t.Error("the other statement lost its condition")
	}
	if err := Unconditioned(document, Statement{Resource: "None", Type: "AWS::KMS::Key", Policy: "KeyPolicy"}); err == nil {
		t.Error("a statement that is not there was changed")
	}
}

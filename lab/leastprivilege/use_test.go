package leastprivilege

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// fake is a stack that was deployed as its template says.
type fake map[string]any

func (f fake) Properties(id string) map[string]any {
	p, _ := at(map[string]any(f), "Resources/"+id+"/Properties").(map[string]any)
	return p
}

func (f fake) Physical(id string) string { return "the-" + id }

func (f fake) Attribute(id, name string) (string, error) {
	if name != "Arn" {
		return "", fmt.Errorf("no %s", name)
	}
	return "arn:aws:x:eu-west-1:111122223333:" + id, nil
}

const (
	queueARN = "arn:aws:sqs:eu-west-1:111122223333:work"
	topicARN = "arn:aws:sns:eu-west-1:111122223333:alarms"
	worker   = "arn:aws:iam::111122223333:role/path/worker"
)

// resourcesOfEveryType has one statement of each type whose policies are known.
const resourcesOfEveryType = `{"Resources": {
 "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [{"Sid": "S", "Effect": "Allow"}]}}},
 "Trust": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow"}]}}},
 "Inline": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyName": "P", "PolicyDocument": {"Statement": [{"Sid": "S", "Effect": "Allow"}]}}]}},
 "Policy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "P", "Roles": ["worker"], "PolicyDocument": {"Statement": [{"Sid": "S", "Effect": "Allow"}]}}},
 "Managed": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [{"Sid": "S", "Effect": "Allow"}]}}},
 "Queue": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": ["https://sqs.eu-west-1.amazonaws.com/111122223333/work"], "PolicyDocument": {"Statement": [{"Sid": "S", "Effect": "Deny"}]}}},
 "Topic": {"Type": "AWS::SNS::TopicPolicy", "Properties": {"Topics": ["` + topicARN + `"], "PolicyDocument": {"Statement": [{"Sid": "S", "Effect": "Allow"}]}}},
 "Bucket": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "b", "PolicyDocument": {"Statement": [{"Sid": "S", "Effect": "Allow"}]}}},
 "Secret": {"Type": "AWS::SecretsManager::ResourcePolicy", "Properties": {"SecretId": "arn:secret", "ResourcePolicy": {"Statement": [{"Sid": "S", "Effect": "Allow"}]}}},
 "Bus": {"Type": "AWS::Events::EventBusPolicy", "Properties": {"StatementId": "S", "Statement": {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "events:PutEvents", "Resource": "*"}}},
 "Permission": {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": "arn:aws:lambda:eu-west-1:111122223333:function:f", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}}
}}`

func grants(t *testing.T, text string) map[string]*grant {
	t.Helper()
	document := read(t, text)
	all, err := StatementsOf("S", document)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]*grant{}
	for _, s := range all {
		g, err := place{fake(document), "111122223333", "eu-west-1"}.grantOf(s, document)
		if err != nil {
			t.Fatal(err)
		}
		by[s.Resource] = g
	}
	return by
}

func TestHowDecisionsCallStatements(t *testing.T) {
	by := grants(t, resourcesOfEveryType)
	for id, want := range map[string]string{
		"Key": "key policy of arn:aws:x:eu-west-1:111122223333:Key S ", "Trust": "trust policy of arn:aws:x:eu-west-1:111122223333:Trust #1 ",
		"Inline": "inline policy P S role/the-Inline", "Policy": "inline policy P S role/worker", "Managed": "managed policy the-Managed S ",
		"Queue": "queue policy of " + queueARN + " S ", "Topic": "topic policy of " + topicARN + " S ",
		"Bucket": "policy of arn:aws:s3:::b S ", "Secret": "resource policy of arn:secret S ",
		"Bus":        "policy of arn:aws:events:eu-west-1:111122223333:event-bus/default S ",
		"Permission": "policy of arn:aws:lambda:eu-west-1:111122223333:function:f the-Permission ",
	} {
		var got []string
		for _, d := range by[id].deciders {
			got = append(got, d.Policy+" "+d.Statement+" "+d.owner)
		}
		if !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	if p := by["Permission"]; p.principals[0].String() != "Service events.amazonaws.com" || !slices.Equal(p.actions, []string{"lambda:InvokeFunction"}) {
		t.Errorf("%+v", p)
	}
	if !by["Queue"].deny || by["Key"].deny || !by["Policy"].identity || by["Trust"].identity {
		t.Error("what Deny and identity policies are is not told")
	}
}

// A statement that a condition of the template left out was not deployed; a
// permission goes with its whole resource.
func TestLeftOut(t *testing.T) {
	document := read(t, sample)
	var chosen, permission, unnamed Statement
	all, err := StatementsOf("S", document)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		switch s.Name {
		case "Writes":
			chosen = s
		case "Lambda::Permission":
			permission = s
		case "#2":
			unnamed = s
		}
	}
	deployed := read(t, sample)
	resources := deployed["Resources"].(map[string]any)
	delete(resources, "Permission")
	without := at(deployed, "Resources/Role/Properties/Policies/1/PolicyDocument").(map[string]any)
	without["Statement"] = without["Statement"].([]any)[:1]
	where := place{fake(deployed), "111122223333", "eu-west-1"}
	for _, s := range []Statement{chosen, permission} {
		if g, err := where.grantOf(s, document); g != nil || err != nil {
			t.Errorf("%s: %+v, %v", s, g, err)
		}
	}
	key := at(deployed, "Resources/Key/Properties/KeyPolicy").(map[string]any)
	key["Statement"] = key["Statement"].([]any)[:1]
	if g, err := where.grantOf(unnamed, document); err == nil || !strings.Contains(err.Error(), "give it a Sid") {
		t.Errorf("%s: %+v, %v", unnamed, g, err)
	}
}

const policyOfAWorker = `{"Resources": {"Policy": {"Type": "AWS::IAM::Policy", "Metadata": {"rekey:reasons": {"Reasoned": "so it is"}}, "Properties": {"PolicyName": "P", "Roles": ["worker"], "PolicyDocument": {"Statement": [
  {"Sid": "Sends", "Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:ReceiveMessage"], "Resource": ["` + queueARN + `", "` + queueARN + `-*"]}%s]}}}}}`

func session(t *testing.T, role string) world.Caller {
	t.Helper()
	p, err := keypolicy.ParsePrincipal(role)
	if err == nil {
		p, err = p.Session("at-work")
	}
	if err != nil {
		t.Fatal(err)
	}
	return world.Caller{Principal: p}
}

func allowed(caller world.Caller, action, resource, policy, statement string) world.Entry {
	return world.Entry{Caller: caller, Decisions: []world.Authorized{{Action: action, Resource: resource,
		Decision: keypolicy.Decision{Effect: keypolicy.Allowed, Policy: policy, Statement: statement}}}}
}

// kinds gives what was found, each by kind, statement and action.
func kinds(all []Finding) []string {
	var out []string
	for _, f := range all {
		out = append(out, strings.TrimSpace(string(f.Kind)+" "+f.Statement.Name+" "+f.Action))
	}
	return out
}

func everyone(world.Caller) bool { return true }

func TestUnused(t *testing.T) {
	g := grants(t, fmt.Sprintf(policyOfAWorker, ""))["Policy"]
	caller, other := session(t, worker), session(t, "arn:aws:iam::111122223333:role/other")
	for name, c := range map[string]struct {
		entries []world.Entry
		counts  func(world.Caller) bool
		want    []string
	}{
		"nothing": {nil, everyone, []string{"not used Sends sqs:SendMessage", "not used Sends sqs:SendMessage", "not used Sends sqs:ReceiveMessage", "not used Sends sqs:ReceiveMessage"}},
		"all": {[]world.Entry{
			allowed(caller, "sqs:SendMessage", queueARN, "inline policy P", "Sends"), allowed(caller, "sqs:SENDMESSAGE", queueARN+"-2", "inline policy P", "Sends"),
			allowed(caller, "sqs:ReceiveMessage", queueARN, "inline policy P", "Sends"), allowed(caller, "sqs:ReceiveMessage", queueARN+"-2", "inline policy P", "Sends"),
		}, everyone, nil},
		"one pair": {[]world.Entry{allowed(caller, "sqs:SendMessage", queueARN, "inline policy P", "Sends")}, everyone,
			[]string{"not used Sends sqs:SendMessage", "not used Sends sqs:ReceiveMessage", "not used Sends sqs:ReceiveMessage"}},
		"of another role":     {[]world.Entry{allowed(other, "sqs:SendMessage", queueARN, "inline policy P", "Sends")}, everyone, make([]string, 4)},
		"of nobody's concern": {[]world.Entry{allowed(caller, "sqs:SendMessage", queueARN, "inline policy P", "Sends")}, func(world.Caller) bool { return false }, make([]string, 4)},
		"by another policy":   {[]world.Entry{allowed(caller, "sqs:SendMessage", queueARN, "inline policy Q", "Sends")}, everyone, make([]string, 4)},
	} {
		r := reading{uses: []*use{newUse(g)}}
		r.read("path", c.entries, c.counts)
		got := kinds(r.uses[0].findings())
		if len(got) != len(c.want) || c.want != nil && c.want[0] != "" && !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	r := reading{uses: []*use{newUse(g)}}
	r.read("path", []world.Entry{allowed(caller, "sqs:SendMessage", queueARN, "inline policy P", "Sends")}, everyone)
	if got := r.uses[0].findings()[0].String(); got != "S/Policy (AWS::IAM::Policy), statement Sends: not used: no path had sqs:SendMessage allowed by it on "+queueARN+"-*" {
		t.Error(got)
	}
}

// A decision of two policies uses the statements of both.
func TestBothAreUsed(t *testing.T) {
	by := grants(t, resourcesOfEveryType)
	by["Policy"].actions, by["Policy"].resources = []string{"kms:Decrypt"}, []string{"*"}
	r := reading{uses: []*use{newUse(by["Key"]), newUse(by["Policy"])}}
	e := allowed(session(t, worker), "kms:Decrypt", "arn:aws:x:eu-west-1:111122223333:Key", "key policy of arn:aws:x:eu-west-1:111122223333:Key", "S")
	e.Decisions[0].With = keypolicy.Place{Policy: "inline policy P", Statement: "S"}
	r.read("path", []world.Entry{e}, everyone)
	for _, u := range r.uses {
		if !slices.Equal(u.paths, []string{"path"}) {
			t.Errorf("%s: used by %q", u.Statement, u.paths)
		}
	}
}

func TestTooWide(t *testing.T) {
	for name, c := range map[string]struct {
		statement string
		asked     string
		want      []string
	}{
		"a pattern":              {`{"Sid": "W", "Effect": "Allow", "Action": "sqs:*", "Resource": "*"}`, queueARN, []string{"too wide W sqs:*"}},
		"a part of a pattern":    {`{"Sid": "W", "Effect": "Allow", "Action": ["sqs:Send*"], "Resource": "*"}`, queueARN, []string{"too wide W sqs:Send*"}},
		"everything":             {`{"Sid": "W", "Effect": "Allow", "Action": "*", "Resource": "*"}`, queueARN, []string{"too wide W *"}},
		"all but":                {`{"Sid": "W", "Effect": "Allow", "NotAction": "sqs:DeleteQueue", "Resource": "*"}`, queueARN, []string{"too wide W"}},
		"every resource":         {`{"Sid": "W", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}`, queueARN, []string{"too wide W sqs:SendMessage"}},
		"for a reason":           {`{"Sid": "Reasoned", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}`, queueARN, nil},
		"what has no resource":   {`{"Sid": "W", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}`, "*", nil},
		"a Deny of a pattern":    {`{"Sid": "W", "Effect": "Deny", "Action": "sqs:*", "Resource": "*"}`, queueARN, nil},
		"the only one is enough": {`{"Sid": "W", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "` + queueARN + `"}`, queueARN, nil},
	} {
		g := grants(t, fmt.Sprintf(policyOfAWorker, ","+c.statement))["Policy"] // the last one of the policy
		u := newUse(g)
		u.take("path", session(t, worker), allowed(world.Caller{}, "sqs:SendMessage", c.asked, "", "").Decisions[0])
		if got := kinds(u.findings()); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Every principal of a statement has to call.
func TestPrincipals(t *testing.T) {
	g := grants(t, `{"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [{"Sid": "Use", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
	  "Principal": {"AWS": ["`+worker+`", "arn:aws:iam::111122223333:role/idle"], "Service": "sns.amazonaws.com"}}]}}}}}`)["Key"]
	u := newUse(g)
	u.take("path", session(t, worker), allowed(world.Caller{}, "kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/k", "", "").Decisions[0])
	var got []string
	for _, f := range u.findings() {
		got = append(got, f.Detail)
	}
	want := []string{"no path called as AWS arn:aws:iam::111122223333:role/idle", "no path called as Service sns.amazonaws.com"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Whoever calls is one of everyone, so that a call proves nothing of it; a condition
// has to be proved by itself.
func TestEveryone(t *testing.T) {
	for rest, want := range map[string][]string{
		`"Principal": "*"`:          {"too wide Use"},
		`"Principal": {"AWS": "*"}`: {"too wide Use"},
		`"Principal": "*", "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}`: nil,
	} {
		g := grants(t, `{"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [{"Sid": "Use", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", `+rest+`}]}}}}}`)["Key"]
		u := newUse(g)
		u.take("path", session(t, worker), allowed(world.Caller{}, "kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/k", "", "").Decisions[0])
		if got := kinds(u.findings()); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", rest, got, want)
		}
	}
}

// What is refused is told with the statements that there are, and the nearest.
func TestRefused(t *testing.T) {
	r := reading{uses: []*use{newUse(grants(t, fmt.Sprintf(policyOfAWorker, ""))["Policy"])}}
	caller := session(t, worker)
	e := world.Entry{Caller: caller, Decisions: []world.Authorized{{Action: "sqs:DeleteMessage", Resource: queueARN, Decision: keypolicy.Decision{Effect: keypolicy.ImplicitlyDenied, Reason: "nothing allows it"}}}}
	r.read("a way", []world.Entry{e}, everyone)
	if len(r.refused) != 1 {
		t.Fatalf("%+v", r.refused)
	}
	got := r.finding(r.refused[0], map[string]string{queueARN: "S/Work"}).String()
	want := "S/Policy (AWS::IAM::Policy), statement Sends: refused: " + worker + " may not sqs:DeleteMessage on " + queueARN + ` (S/Work), in the path "a way": nothing allows it; the statements that are there do not: S/Policy (Sends)`
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	far := refusal{"a way", session(t, "arn:aws:iam::111122223333:role/other"), r.refused[0].Authorized}
	if f := r.finding(far, nil); f.Statement != (Statement{}) || strings.Contains(f.Detail, "the statements") {
		t.Errorf("%s", f)
	}
}

func TestExemptions(t *testing.T) {
	st := Statement{Stack: "S", Resource: "R", Type: "T", Policy: "P", Name: "Sid"}
	found := []Finding{{Kind: Unused, Statement: st, Action: "a:B"}, {Kind: NotNeeded, Statement: st}, {Kind: Failed}}
	for name, c := range map[string]struct {
		exemption Exemption
		want      int
	}{
		"one":             {Exemption{Kind: Unused, Stack: "S", Statement: "Sid", Action: "a:B", Reason: "r"}, 2},
		"all actions":     {Exemption{Kind: NotNeeded, Stack: "S", Resource: "R", Statement: "Sid", Reason: "r"}, 2},
		"without reason":  {Exemption{Kind: Unused, Stack: "S", Statement: "Sid"}, 4},
		"another action":  {Exemption{Kind: Unused, Stack: "S", Statement: "Sid", Action: "a:C", Reason: "r"}, 4},
		"another":         {Exemption{Kind: Unused, Stack: "S", Statement: "Other", Reason: "r"}, 4},
		"another kind":    {Exemption{Kind: TooWide, Stack: "S", Statement: "Sid", Reason: "r"}, 4},
		"not a statement": {Exemption{Kind: Failed, Reason: "r"}, 4},
	} {
		if got := excused(found, []Exemption{c.exemption}, true); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

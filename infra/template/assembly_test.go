package template

import (
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	const manifest = `{"artifacts": {"S": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S.json"}}}}`
	for _, c := range []struct{ name, manifest, template, says string }{
		{"no manifest", "", "", "make synth"},
		{"no JSON", "{", "", "manifest.json"},
		{"no stack", `{"artifacts": {"T": {"type": "cdk:tree"}}}`, "", "no stack"},
		{"no template", manifest, "", "S.json"},
		{"no resources", manifest, `{"Resources": {}}`, "no Resources"},
		{"no type", manifest, `{"Resources": {"A": {}}}`, "the resource A has no Type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if c.manifest != "" {
				write(t, dir, "manifest.json", c.manifest)
			}
			if c.template != "" {
				write(t, dir, "S.json", c.template)
			}
			if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestText(t *testing.T) {
	a := changed(t, handmade)
	work := a.Stacks[1]
	ref := func(name string) any { return map[string]any{"Ref": name} }
	att := func(of ...any) any { return map[string]any{"Fn::GetAtt": of} }
	for _, c := range []struct {
		value any
		want  string
	}{
		{"plain", "plain"},
		{true, "true"},
		{float64(3), "3"},
		{ref("AWS::Region"), "${AWS.Region}"},
		{ref("AWS::StackName"), "Work"},
		{ref("BootstrapVersion"), "${Work.BootstrapVersion}"},
		{ref("Function"), "worker"},
		{att("Function", "Arn"), "arn:${AWS.Partition}:lambda:${AWS.Region}:${AWS.AccountId}:function:worker"},
		{ref("Jobs"), "https://sqs.${AWS.Region}.${AWS.URLSuffix}/${AWS.AccountId}/${Work.Jobs.QueueName}"},
		{att("Jobs", "QueueName"), "${Work.Jobs.QueueName}"},
		{att("Jobs", "Arn"), "arn:${AWS.Partition}:sqs:${AWS.Region}:${AWS.AccountId}:${Work.Jobs.QueueName}"},
		{att("Logs", "Arn"), "arn:${AWS.Partition}:logs:${AWS.Region}:${AWS.AccountId}:log-group:/aws/lambda/worker:*"},
		{att("Schedule", "Arn"), "arn:${AWS.Partition}:scheduler:${AWS.Region}:${AWS.AccountId}:schedule/default/hourly"},
		{att("Function", "Version"), "${Work.Function.Version}"},
		{map[string]any{"Fn::ImportValue": "Shared:Key"}, "arn:${AWS.Partition}:kms:${AWS.Region}:${AWS.AccountId}:key/${Shared.Key}"},
		{map[string]any{"Fn::Sub": "${Function.Arn}:${!literal}/${Jobs.QueueName}"}, "arn:${AWS.Partition}:lambda:${AWS.Region}:${AWS.AccountId}:function:worker:${literal}/${Work.Jobs.QueueName}"},
		{map[string]any{"Fn::Select": []any{"1", []any{"a", "b"}}}, "b"},
		{map[string]any{"Fn::FindInMap": []any{"a", "b:*"}}, `${Work.unknown {"Fn  FindInMap" ["a","b  "]}}`},
	} {
		if got := a.text(work, c.value); got != c.want {
			t.Errorf("%v is %s, want %s", c.value, got, c.want)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"a", "a", true}, {"a", "b", false}, {"a", "ab", false}, {"ab", "a", false}, {"*", "", true}, {"a*", "abc", true},
		{"*c", "abc", true}, {"*b", "abc", false}, {"a*c*e", "abcde", true}, {"a*e*c", "abcde", false}, {"a?c", "abc", true},
		{"a?", "a", false}, {"?*", "", false}, {"*?", "a", true}, {"", "", true}, {"", "a", false},
	} {
		if got := matches(c.pattern, c.text); got != c.want {
			t.Errorf("%q matches %q: %v", c.pattern, c.text, got)
		}
	}
}

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		operator, value string
		said            []string
		holds, known    bool
	}{
		{"StringEquals", "a", []string{"b", "a"}, true, true},
		{"StringEquals", "a", []string{"A"}, false, true},
		{"StringEqualsIgnoreCase", "a", []string{"A"}, true, true},
		{"StringNotEquals", "a", []string{"b"}, true, true},
		{"StringNotEquals", "a", []string{"a"}, false, true},
		{"StringNotLike", "abc", []string{"a*"}, false, true},
		{"StringEqualsIfExists", "a", []string{"a"}, true, true},
		{"ArnLike", "arn:x", []string{"arn:*"}, true, true},
		{"ArnNotEquals", "arn:x", []string{"arn:*"}, false, true},
		{"Bool", "true", []string{"True"}, true, true},
		{"StringEquals", "sqs.r.amazonaws.com", []string{"sqs.r.${AWS.URLSuffix}"}, true, true},
		{"Null", "a", []string{"false"}, false, false},
		{"ForAllValues:StringEquals", "a", []string{"a"}, false, false},
		{"IpAddress", "10.0.0.1", []string{"10.0.0.0/8"}, false, false},
	} {
		holds, known := condition{operator: c.operator, values: c.said}.holds(c.value)
		if holds != c.holds || known != c.known {
			t.Errorf("%s %q of %q: %v, %v", c.operator, c.value, c.said, holds, known)
		}
	}
}

package template

import (
	"os"
	"path/filepath"
	"testing"
)

// written are the assemblies that make synth writes. The complete one is told an
// account by its configuration, and may name it.
var written = []struct{ name, except string }{{"arm64", ""}, {"x86_64", ""}, {"complete", "agnostic"}}

// synthesised gives the directory of an assembly of the suite's own stacks.
func synthesised(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "dist", "cdk", name)
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("the suite's templates are not there: run make synth: %v", err)
	}
	return dir
}

// environments are the assemblies of the environments that a configuration names.
func environments(t *testing.T) []string {
	t.Helper()
	root := synthesised(t, "environments")
	found, err := filepath.Glob(filepath.Join(root, "assembly-*"))
	if err != nil || len(found) < 2 {
		t.Fatalf("%s has the environments %q, %v: run make synth", root, found, err)
	}
	return found
}

func TestSynthesisedEnvironments(t *testing.T) {
	for _, dir := range environments(t) {
		for _, f := range changed(t, dir).Check() {
			t.Errorf("%s: %s", filepath.Base(dir), f)
		}
	}
}

func TestSynthesised(t *testing.T) {
	for _, w := range written {
		t.Run(w.name, func(t *testing.T) {
			for _, f := range changed(t, synthesised(t, w.name)).Check() {
				if f.Check != w.except {
					t.Error(f)
				}
			}
		})
	}
}

func TestSynthesisedWithNag(t *testing.T) {
	dir := synthesised(t, "complete")
	found, err := changed(t, dir).NagReports(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// one of the type in the stack, whose path has the name.
func logicalID(t *testing.T, dir, stack, kind, name string) string {
	t.Helper()
	a, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range a.of(kind) {
		if r.Stack.Name == stack && r.Path() == stack+"/"+name {
			return r.ID
		}
	}
	t.Fatalf("the stack %s has no %s %s", stack, kind, name)
	return ""
}

// What is spoilt in the suite's own templates is found, and the finding says
// where.
func TestSynthesisedSpoilt(t *testing.T) {
	dir := synthesised(t, "x86_64")
	const operations, decrypt = "RekeyOperations", "RekeyDecrypt"
	id := func(stack, kind, name string) string {
		return "Resources/" + logicalID(t, dir, stack, kind, name)
	}
	shared, own := id(operations, "AWS::KMS::Key", "Key/Resource")+"/Properties/KeyPolicy/Statement/", id(decrypt, "AWS::KMS::Key", "Key/Resource")+"/Properties/KeyPolicy/Statement/"
	role := id(decrypt, "AWS::IAM::Policy", "Function/Role/Permissions/Resource") + "/Properties/PolicyDocument/Statement/"
	failures, policy := id(decrypt, "AWS::SQS::Queue", "Function/Failures/Resource"), id(decrypt, "AWS::SQS::QueuePolicy", "Function/Failures/Policy/Resource")
	function := id(decrypt, "AWS::Lambda::Function", "Function/Function/Resource")
	arn := `{"Fn::GetAtt": ["` + filepath.Base(function) + `", "Arn"]}`
	for _, w := range []wrong{
		{"kms:* in the key's policy", one(decrypt, own+"AccountAdministers/Action", `"kms:*"`), "action", []string{"RekeyDecrypt/Key/Resource", "statement AccountAdministers", "kms:*"}},
		{"kms:* of the role", one(decrypt, role+"EncryptFailures/Action", `["kms:*"]`), "action", []string{"RekeyDecrypt/Function/Role/Permissions", "statement EncryptFailures", "kms:*"}},
		{"any key of the role", one(decrypt, role+"EncryptFailures/Resource", `"*"`), "resource", []string{"RekeyDecrypt/Function/Role/Permissions", "statement EncryptFailures"}},
		{"a reason is gone", one(decrypt, id(decrypt, "AWS::IAM::Policy", "Function/Role/Permissions/Resource")+"/Metadata/rekey:reasons/SecretBatches", ""), "resource", []string{"Permissions", "statement SecretBatches"}},
		{"the queue of failures", one(decrypt, role+"ReportFailures", ""), "queue", []string{"RekeyDecrypt/Function/Failures/Resource", "sqs:SendMessage", "destination of failures"}},
		{"the queue's key, of the role", one(decrypt, role+"EncryptFailures", ""), "queue", []string{"RekeyOperations/Key/Resource", "kms:GenerateDataKey", "FunctionFailures"}},
		{"the queue's key, of the key", one(operations, shared+"QueuesEncrypt", ""), "queue", []string{"RekeyOperations/Key/Resource", "kms:GenerateDataKey", "leaves the action"}},
		{"the topic's key", one(operations, shared+"AlarmsPublish", ""), "queue", []string{"RekeyOperations/Key/Resource", "cloudwatch.amazonaws.com may not kms:Decrypt"}},
		{"the logs' key", one(operations, shared+"LogsEncrypt", ""), "encryption", []string{"RekeyOperations/Key/Resource", "CloudWatch Logs may not kms:Encrypt"}},
		{"a queue in plain text", one(decrypt, policy, ""), "encryption", []string{"RekeyDecrypt/Function/Failures/Resource", "without TLS"}},
		{"a queue under SQS's own key", one(decrypt, failures+"/Properties/KmsMasterKeyId", ""), "encryption", []string{"RekeyDecrypt/Function/Failures/Resource", "customer managed key"}},
		{"no alarm", one(decrypt, id(decrypt, "AWS::CloudWatch::Alarm", "Function/ErrorsAlarm/Resource"), ""), "function", []string{"RekeyDecrypt/Function/Function/Resource", "Errors"}},
		{"no alarm on failures", one(decrypt, id(decrypt, "AWS::CloudWatch::Alarm", "Function/FailedAlarm/Resource"), ""), "function", []string{"RekeyDecrypt/Function/Failures/Resource", "no alarm"}},
		{"a rule without a dead-letter queue", one(decrypt, "Resources/Nightly", `{"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(1 day)", "Targets": [{"Id": "F", "Arn": `+arn+`}]}}`), "rule", []string{"RekeyDecrypt: Nightly", "no dead-letter queue"}},
		{"a rule whose dead-letter queue is closed to it", one(decrypt, "Resources/Nightly", `{"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(1 day)", "Targets": [{"Id": "F", "Arn": `+arn+`, "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["`+filepath.Base(failures)+`", "Arn"]}}}]}}`), "queue", []string{"RekeyDecrypt/Function/Failures/Resource", "events.amazonaws.com may not sqs:SendMessage", "dead-letter queue of Nightly"}},
		{"the dead letters' key", one(operations, shared+"EventsDeadLetters", ""), "queue", []string{"RekeyOperations/Key/Resource", "events.amazonaws.com may not kms:GenerateDataKey", "dead-letter queue of FunctionSweep"}},
		{"more of the dead letters' key", one(operations, shared+"EventsDeadLetters/Action/+", `"kms:Encrypt"`), "principal", []string{"RekeyOperations/Key/Resource", "EventsDeadLetters", "nothing says whose"}},
	} {
		t.Run(w.name, func(t *testing.T) {
			expect(t, changed(t, dir, w.changes...).Check(), w.check, w.says...)
		})
	}
}

// The complete configuration bounds how many events the function handles at once.
func TestSynthesisedUnbounded(t *testing.T) {
	dir := synthesised(t, "complete")
	function := logicalID(t, dir, "RekeyDecrypt", "AWS::Lambda::Function", "Function/Function/Resource")
	a := changed(t, dir, change{"RekeyDecrypt", "Resources/" + function + "/Properties/ReservedConcurrentExecutions", ""})
	expect(t, a.Check(), "function", "RekeyDecrypt/Function/Function/Resource", "ReservedConcurrentExecutions", "KMS")
}

// Environments have stacks of the same names, whose reports are one file: that of
// the last one.
func TestSynthesisedEnvironmentsWithNag(t *testing.T) {
	reports, err := filepath.Glob(filepath.Join(synthesised(t, "environments"), "AwsSolutions-*-NagReport.csv"))
	if err != nil || len(reports) != 3 {
		t.Fatalf("cdk-nag left the reports %q, %v", reports, err)
	}
	for _, path := range reports {
		rows, err := nagRows(path)
		if err != nil || len(rows) == 0 {
			t.Fatalf("%s has %d rows, %v", path, len(rows), err)
		}
		out := &report{}
		for _, row := range rows {
			out.nag(&Stack{Name: filepath.Base(path)}, row)
		}
		for _, f := range out.sorted() {
			t.Error(f)
		}
	}
}

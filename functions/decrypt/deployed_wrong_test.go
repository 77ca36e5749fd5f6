package decrypt_test

import (
	"slices"
	"strings"
	"testing"

	"rekey/lab/leastprivilege"
)

// What must not be deployed is found, by resource and statement.
func TestWhatIsWrongIsFound(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*testing.T, string, map[string]any)
		kind   leastprivilege.Kind
		says   []string
	}{
		{
			"a key policy that allows kms:*",
			func(t *testing.T, of string, document map[string]any) {
				if of == stack {
					sid(t, document, "KeyPolicy", "Users")["Action"] = "kms:*"
				}
			},
			leastprivilege.TooWide, []string{"RekeyDecrypt/Key", "(AWS::KMS::Key), statement Users", "the action kms:* is a pattern"},
		},
		{
			"a statement that nothing uses",
			func(t *testing.T, of string, document map[string]any) {
				if of == stack {
					policy := holding(t, document, "PolicyDocument", "WriteLogs")
					policy["Statement"] = append(policy["Statement"].([]any), map[string]any{
						"Sid": "Deletes", "Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::" + messages + "/*",
					})
				}
			},
			leastprivilege.Unused, []string{"RekeyDecrypt/FunctionRolePermissions", "(AWS::IAM::Policy), statement Deletes", "no path had s3:DeleteObject allowed by it on arn:aws:s3:::" + messages + "/*"},
		},
		{
			"secrets that the references do not name",
			func(t *testing.T, of string, document map[string]any) {
				if of == stack {
					sid(t, document, "PolicyDocument", "Secrets")["Resource"] = "arn:aws:secretsmanager:" + region + ":" + string(own) + ":secret:*"
				}
			},
			leastprivilege.Failed, []string{"reaches nothing that the configuration does not name", "secretsmanager:GetSecretValue was not refused"},
		},
		{
			"no grant on the key of the queue of failures",
			func(t *testing.T, of string, document map[string]any) {
				if of == stack {
					remove(t, document, "PolicyDocument", "EncryptFailures")
				}
			},
			leastprivilege.Refused, []string{
				"RekeyOperations/Key", "(AWS::KMS::Key), statement QueuesEncrypt", "(RekeyDecrypt/FunctionRole", "may not kms:GenerateDataKey on", "(RekeyOperations/Key",
				"no identity policy allows it", "RekeyDecrypt/FunctionRolePermissions", ", ReportFailures)",
			},
		},
		{
			"a key policy that forgets the queues",
			func(t *testing.T, of string, document map[string]any) {
				if of == operations {
					remove(t, document, "KeyPolicy", "QueuesEncrypt")
				}
			},
			leastprivilege.Refused, []string{
				"RekeyDecrypt/FunctionRolePermissions", "(AWS::IAM::Policy), statement EncryptFailures", "may not kms:GenerateDataKey on", "(RekeyOperations/Key", "AccountAdministers, LogsEncrypt, AlarmsPublish, EventsDeadLetters)",
			},
		},
		{
			"no grant for alarms on the key of their topic",
			func(t *testing.T, of string, document map[string]any) {
				if of == operations {
					remove(t, document, "KeyPolicy", "AlarmsPublish")
				}
			},
			leastprivilege.Refused, []string{"cloudwatch.amazonaws.com may not kms:GenerateDataKey on", "(RekeyOperations/Key", "names the service cloudwatch.amazonaws.com", "AccountAdministers, LogsEncrypt, QueuesEncrypt, EventsDeadLetters)"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := deployed(t)
			s.Change = func(of string, document map[string]any) { c.change(t, of, document) }
			proof, err := s.Walk(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(proof.Findings, func(f leastprivilege.Finding) bool {
				return f.Kind == c.kind && !slices.ContainsFunc(c.says, func(s string) bool { return !strings.Contains(f.String(), s) })
			}) {
				t.Errorf("none of these says %q:\n%v", c.says, proof.Findings)
			}
		})
	}
}

// holding finds the policy that has a statement.
func holding(t *testing.T, document map[string]any, property, name string) map[string]any {
	t.Helper()
	for _, r := range document["Resources"].(map[string]any) {
		properties, _ := r.(map[string]any)["Properties"].(map[string]any)
		policy, _ := properties[property].(map[string]any)
		list, _ := policy["Statement"].([]any)
		if slices.ContainsFunc(list, func(v any) bool { return v.(map[string]any)["Sid"] == name }) {
			return policy
		}
	}
	t.Fatalf("the template has no statement %s", name)
	return nil
}

func sid(t *testing.T, document map[string]any, property, name string) map[string]any {
	t.Helper()
	list := holding(t, document, property, name)["Statement"].([]any)
	return list[slices.IndexFunc(list, func(v any) bool { return v.(map[string]any)["Sid"] == name })].(map[string]any)
}

func remove(t *testing.T, document map[string]any, property, name string) {
	t.Helper()
	policy := holding(t, document, property, name)
	policy["Statement"] = slices.DeleteFunc(policy["Statement"].([]any), func(v any) bool { return v.(map[string]any)["Sid"] == name })
}

package secretsmanager

import (
	"fmt"
	"strings"
	"testing"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

type (
	updateIn  = secretsmanager.UpdateSecretInput
	updateOut = secretsmanager.UpdateSecretOutput
)

func TestUpdate(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	b.create(admin, "s", "v", "")
	out := must[updateOut](b, admin, &updateIn{SecretId: new("s"), Description: new("mine")})
	if out.VersionId != nil || *b.describe("s").Description != "mine" {
		t.Errorf("answered %s", show(out))
	}
	token := b.token()
	out = must[updateOut](b, admin, &updateIn{SecretId: new("s"), SecretString: new("w"), ClientRequestToken: token})
	if *out.VersionId != *token || b.stages(admin, "s") != "1:AWSPREVIOUS 2:AWSCURRENT" {
		t.Errorf("answered %s, left %s", show(out), b.stages(admin, "s"))
	}
	b.refused(admin, &updateIn{SecretId: new("s"), SecretString: new("w"), ClientRequestToken: token}, "ResourceExistsException", "You can't use ClientRequestToken "+*token)
	b.refused(admin, &updateIn{SecretId: new("s"), SecretString: new("x")}, "InvalidRequestException", "You must provide a ClientRequestToken value")
	b.refused(admin, &updateIn{SecretId: new("none"), Description: new("x")}, "ResourceNotFoundException", "")
	must[deleteOut](b, admin, &deleteIn{SecretId: new("s")})
	b.refused(admin, &updateIn{SecretId: new("s"), Description: new("x")}, "InvalidRequestException", marked)
}

// A refused update leaves nothing changed, not even what could have been.
func TestUpdateWholeOrNotAtAll(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	b.create(admin, "s", "v", "")
	foreign := b.key(root(other), "")
	b.refused(admin, &updateIn{SecretId: new("s"), Description: new("x"), KmsKeyId: &foreign, SecretString: new("w"), ClientRequestToken: b.token()}, "AccessDeniedException", "Access to KMS is not allowed")
	if d := b.describe("s"); d.Description != nil || d.KmsKeyId != nil || len(d.VersionIdsToStages) != 1 {
		t.Errorf("left as %s", show(d))
	}
}

// keysOf gives the keys that can open each version, by the last digit of its id.
func (b *bench) keysOf(id string, named map[string]string) string {
	b.Helper()
	out := must[secretsmanager.ListSecretVersionIdsOutput](b, root(mine), &secretsmanager.ListSecretVersionIdsInput{SecretId: &id, IncludeDeprecated: new(true)})
	var all []string
	for _, v := range out.Versions {
		var keys []string
		for _, k := range v.KmsKeyIds {
			keys = append(keys, named[k])
		}
		all = append(all, (*v.VersionId)[35:]+":"+strings.Join(keys, "+"))
	}
	return strings.Join(all, " ")
}

func TestNewKey(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	one, two := b.key(admin, ""), b.key(admin, "")
	named := map[string]string{one: "one", two: "two", "DefaultEncryptionKey": "aws"}
	b.create(admin, "s", "1", one)
	b.put(admin, "s", "2")
	b.put(admin, "s", "3")
	b.put(admin, "s", "4", pending)
	b.put(admin, "s", "5", "own")
	must[updateOut](b, admin, &updateIn{SecretId: new("s"), KmsKeyId: &two})
	if got, want := b.keysOf("s", named), "1:one 2:one+two 3:one+two 4:one+two 5:one"; got != want {
		t.Errorf("under %s, want %s", got, want)
	}
	b.put(admin, "s", "6")
	must[awskms.DisableKeyOutput](b, admin, &awskms.DisableKeyInput{KeyId: &one})
	for label, want := range map[string]string{current: "6", previous: "3"} {
		if got := *must[getOut](b, admin, &getIn{SecretId: new("s"), VersionStage: new(label)}).SecretString; got != want {
			t.Errorf("%s reads %s", label, got)
		}
	}
	b.refused(admin, &getIn{SecretId: new("s"), VersionStage: new("own")}, "DecryptionFailure", "")
	must[awskms.EnableKeyOutput](b, admin, &awskms.EnableKeyInput{KeyId: &one})
	must[awskms.DisableKeyOutput](b, admin, &awskms.DisableKeyInput{KeyId: &two})
	if got := *must[getOut](b, admin, &getIn{SecretId: new("s"), VersionStage: new(previous)}).SecretString; got != "3" {
		t.Errorf("under the key before it reads %s", got)
	}
	b.refused(admin, &getIn{SecretId: new("s")}, "DecryptionFailure", "")
	must[awskms.EnableKeyOutput](b, admin, &awskms.EnableKeyInput{KeyId: &two})
	must[updateOut](b, admin, &updateIn{SecretId: new("s"), KmsKeyId: new("")})
	if d := b.describe("s"); d.KmsKeyId != nil {
		t.Errorf("still under %s", *d.KmsKeyId)
	}
	if got := b.keysOf("s", named); !strings.HasSuffix(got, "6:two+aws") {
		t.Errorf("under %s", got)
	}
}

// Without kms:Encrypt on the new key, or kms:Decrypt on the one before, the key
// changes and the versions stay as they are.
func TestNewKeyForVersionsToCome(t *testing.T) {
	for name, lacks := range map[string]func(one, two string) string{
		"encrypt": func(_, two string) string {
			return `{"Effect":"Deny","Action":"kms:Encrypt","Resource":"` + two + `"}`
		},
		"decrypt": func(one, _ string) string {
			return `{"Effect":"Deny","Action":"kms:Decrypt","Resource":"` + one + `"}`
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			admin := root(mine)
			one, two := b.key(admin, ""), b.key(admin, "")
			b.create(admin, "s", "1", one)
			writer := b.user(mine, "writer", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},`+lacks(one, two)+`]}`)
			must[updateOut](b, writer, &updateIn{SecretId: new("s"), KmsKeyId: &two})
			if *b.describe("s").KmsKeyId != two {
				t.Error("the key has not changed")
			}
			if got := b.keysOf("s", map[string]string{one: "one", two: "two"}); got != "1:one" {
				t.Errorf("under %s", got)
			}
		})
	}
}

func TestPasswords(t *testing.T) {
	b := newBench(t)
	type in = secretsmanager.GetRandomPasswordInput
	type out = secretsmanager.GetRandomPasswordOutput
	p := *must[out](b, root(mine), &in{}).RandomPassword
	if len(p) != 32 || !strings.ContainsAny(p, lower) || !strings.ContainsAny(p, upper) || !strings.ContainsAny(p, numbers) || !strings.ContainsAny(p, punctuation) || strings.Contains(p, " ") {
		t.Errorf("made %q", p)
	}
	if again := *must[out](b, root(mine), &in{}).RandomPassword; again == p {
		t.Errorf("made %q twice", p)
	}
	p = *must[out](b, root(mine), &in{PasswordLength: new(int64(120)), ExcludeCharacters: new("xyzDje@?!."), ExcludePunctuation: new(true), IncludeSpace: new(true)}).RandomPassword
	if len(p) != 120 || strings.ContainsAny(p, "xyzDje"+punctuation) || !strings.Contains(p, " ") {
		t.Errorf("made %q", p)
	}
	for _, bad := range []*in{
		{PasswordLength: new(int64(3))},
		{ExcludeLowercase: new(true), ExcludeUppercase: new(true), ExcludeNumbers: new(true), ExcludePunctuation: new(true)},
	} {
		b.refused(root(mine), bad, "InvalidParameterException", "")
	}
	if p = *must[out](b, root(mine), &in{PasswordLength: new(int64(3)), RequireEachIncludedType: new(false)}).RandomPassword; len(p) != 3 {
		t.Errorf("made %q", p)
	}
	b.refused(b.user(mine, "nobody", allow("", "secretsmanager:GetSecretValue", "*", "")), &in{}, "AccessDeniedException", "secretsmanager:GetRandomPassword")
}

func TestValidatePolicy(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	b.create(admin, "s", "v", "")
	user := b.user(mine, "u", allow("", "secretsmanager:*", "*", ""))
	for name, test := range map[string]struct {
		policy string
		errors int
	}{
		"fine":   {allow("arn:aws:iam::"+other+":root", "secretsmanager:GetSecretValue", "*", ""), 0},
		"public": {allow("*", "secretsmanager:GetSecretValue", "*", ""), 1},
		"locked": {`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":"` + user.principal + `"},"Action":"secretsmanager:*","Resource":"*"}}`, 1},
	} {
		out := must[secretsmanager.ValidateResourcePolicyOutput](b, user, &secretsmanager.ValidateResourcePolicyInput{SecretId: new("s"), ResourcePolicy: new(test.policy)})
		if out.PolicyValidationPassed != (test.errors == 0) || len(out.ValidationErrors) != test.errors {
			t.Errorf("%s: %s", name, show(out))
		}
	}
	b.refused(user, &secretsmanager.ValidateResourcePolicyInput{ResourcePolicy: new("{")}, "MalformedPolicyDocumentException", "")
	if b.describe("s").ARN == nil || fmt.Sprint(must[secretsmanager.GetResourcePolicyOutput](b, admin, &secretsmanager.GetResourcePolicyInput{SecretId: new("s")}).ResourcePolicy) != "<nil>" {
		t.Error("the policy was kept")
	}
}

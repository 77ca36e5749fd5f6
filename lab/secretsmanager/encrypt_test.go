package secretsmanager

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/lab/world"
)

func TestValueIsEncryptedUnderTheKey(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	// Only through Secrets Manager, and only for this secret.
	key := b.key(admin, allow("*", "kms:GenerateDataKey kms:Decrypt", "*", `{"StringEquals":{"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"},
		"StringLike":{"kms:EncryptionContext:SecretARN":"arn:aws:secretsmanager:us-east-1:`+mine+`:secret:db-*"}}`))
	b.world.Trail.Reset()
	b.create(admin, "db", "hunter2", key)
	out := must[getOut](b, admin, &getIn{SecretId: new("db")})
	if *out.SecretString != "hunter2" || out.SecretBinary != nil {
		t.Errorf("read back %s", show(out))
	}
	var calls []string
	for _, e := range b.world.Trail.Entries() {
		calls = append(calls, e.Service+":"+e.Operation+" "+e.Via)
	}
	const via = "secretsmanager.us-east-1.amazonaws.com"
	want := []string{
		"kms:GenerateDataKey " + via, "kms:Decrypt " + via, // the check of the key
		"kms:GenerateDataKey " + via, "secretsmanager:CreateSecret ",
		"kms:Decrypt " + via, "secretsmanager:GetSecretValue ",
	}
	if fmt.Sprint(calls) != fmt.Sprint(want) {
		t.Errorf("the trail has %q, want %q", calls, want)
	}
	b.refused(admin, &createIn{Name: new("web"), KmsKeyId: &key}, "AccessDeniedException", "Access to KMS is not allowed")

	box := b.services["secretsmanager"].(*Service).here(home{mine, "us-east-1"})["db"].versions[0].sealed
	if bytes.Contains(box.text, []byte("hunter2")) || len(box.wraps) != 1 || box.wraps[0].key != key {
		t.Errorf("kept as %q under %v", box.text, box.keys())
	}
}

func TestBinaryValue(t *testing.T) {
	b := newBench(t)
	raw := []byte{0, 1, 2, 255}
	must[createOut](b, root(mine), &createIn{Name: new("bin"), SecretBinary: raw, ClientRequestToken: b.token()})
	if out := must[getOut](b, root(mine), &getIn{SecretId: new("bin")}); !bytes.Equal(out.SecretBinary, raw) || out.SecretString != nil {
		t.Errorf("read back %s", show(out))
	}
}

func TestFailuresOfKMS(t *testing.T) {
	full := allow("arn:aws:iam::"+mine+":root", "kms:*", "*", "")
	tests := []struct {
		name     string
		damage   func(b *bench, key string)
		get, put [2]string
	}{
		{"denied", func(b *bench, key string) {
			must[awskms.PutKeyPolicyOutput](b, root(mine), &awskms.PutKeyPolicyInput{KeyId: &key, BypassPolicyLockoutSafetyCheck: true,
				Policy: new(allow("arn:aws:iam::"+mine+":root", "kms:PutKeyPolicy", "*", ""))})
		}, [2]string{"AccessDeniedException", "Access to KMS is not allowed"}, [2]string{"AccessDeniedException", "Access to KMS is not allowed"}},
		{"disabled", func(b *bench, key string) {
			must[awskms.DisableKeyOutput](b, root(mine), &awskms.DisableKeyInput{KeyId: &key})
		}, [2]string{"DecryptionFailure", " is disabled. (Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: "},
			[2]string{"EncryptionFailure", "Secrets Manager can't encrypt the secret value: arn:aws:kms:"}},
		{"pending deletion", func(b *bench, key string) {
			must[awskms.ScheduleKeyDeletionOutput](b, root(mine), &awskms.ScheduleKeyDeletionInput{KeyId: &key})
		}, [2]string{"DecryptionFailure", "KMSInvalidStateException"}, [2]string{"EncryptionFailure", "KMSInvalidStateException"}},
		{"deleted", func(b *bench, key string) {
			must[awskms.ScheduleKeyDeletionOutput](b, root(mine), &awskms.ScheduleKeyDeletionInput{KeyId: &key})
			b.world.Advance(31 * keptFor)
		}, [2]string{"AccessDeniedException", "Access to KMS is not allowed"}, [2]string{"EncryptionFailure", "NotFoundException"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			key := b.key(root(mine), full)
			b.create(root(mine), "s", "v", key)
			test.damage(b, key)
			b.refused(root(mine), &getIn{SecretId: new("s")}, test.get[0], test.get[1])
			b.refused(root(mine), &putIn{SecretId: new("s"), SecretString: new("w"), ClientRequestToken: b.token()}, test.put[0], test.put[1])
			b.refused(root(mine), &createIn{Name: new("t"), KmsKeyId: &key}, test.put[0], test.put[1])
			if got := b.stages(root(mine), "s"); got != "1:AWSCURRENT" {
				t.Errorf("a failed call left %s", got)
			}
		})
	}
}

// CreateSecret needs both permissions, although it only encrypts.
func TestCreateNeedsDecrypt(t *testing.T) {
	b := newBench(t)
	key := b.key(root(mine), "")
	for name, actions := range map[string]string{"both": "kms:GenerateDataKey kms:Decrypt", "encrypts": "kms:GenerateDataKey", "decrypts": "kms:Decrypt"} {
		u := b.user(mine, name, allow("", actions+" secretsmanager:CreateSecret", "*", ""))
		in := &createIn{Name: &name, KmsKeyId: &key, SecretString: new("v"), ClientRequestToken: b.token()}
		if name == "both" {
			must[createOut](b, u, in)
		} else {
			b.refused(u, in, "AccessDeniedException", "Access to KMS is not allowed")
		}
	}
	// The AWS managed key asks for nothing.
	u := b.user(mine, "plain", allow("", "secretsmanager:*", "*", ""))
	b.create(u, "managed", "v", "")
	b.create(u, "byalias", "v", managedAlias)
	must[getOut](b, u, &getIn{SecretId: new("byalias")})
}

func TestOtherAccounts(t *testing.T) {
	b := newBench(t)
	admin, far := root(mine), b.user(other, "far", allow("", "secretsmanager:* kms:*", "*", ""))
	weak := b.user(other, "weak", allow("", "kms:*", "*", ""))
	key := b.key(admin, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::`+mine+`:root","arn:aws:iam::`+other+`:root"]},"Action":"kms:*","Resource":"*"}]}`)
	shared, bare, managed := b.create(admin, "shared", "v", key), b.create(admin, "bare", "v", key[len(key)-36:]), b.create(admin, "managed", "v", "")

	const denied = "because no resource-based policy allows the secretsmanager:GetSecretValue action"
	b.refused(far, &getIn{SecretId: shared.ARN}, "AccessDeniedException", denied)
	missing := "arn:aws:secretsmanager:us-east-1:" + mine + ":secret:missing-AAAAAA"
	b.refused(far, &getIn{SecretId: &missing}, "AccessDeniedException", denied)
	for _, s := range []*createOut{shared, bare, managed} {
		b.policy(admin, *s.Name, allow("arn:aws:iam::"+other+":root", "secretsmanager:*", "*", ""))
	}
	if out := must[getOut](b, far, &getIn{SecretId: shared.ARN}); *out.SecretString != "v" {
		t.Errorf("read %s", show(out))
	}
	b.refused(weak, &getIn{SecretId: shared.ARN}, "AccessDeniedException", "is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:")
	b.refused(far, &getIn{SecretId: new("shared")}, "ResourceNotFoundException", "")

	const byDefault = "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key."
	b.refused(far, &getIn{SecretId: managed.ARN}, "InvalidRequestException", byDefault)
	b.refused(far, &putIn{SecretId: managed.ARN, SecretString: new("w"), ClientRequestToken: b.token()}, "InvalidRequestException", byDefault)

	// A bare key id is one of the caller's account; the ciphertext knows its key.
	must[getOut](b, far, &getIn{SecretId: bare.ARN})
	b.refused(far, &putIn{SecretId: bare.ARN, SecretString: new("w"), ClientRequestToken: b.token()}, "EncryptionFailure",
		"Secrets Manager can't encrypt the secret value: Key 'arn:aws:kms:us-east-1:"+other+":key/")
	must[putOut](b, far, &putIn{SecretId: shared.ARN, SecretString: new("w"), ClientRequestToken: b.token()})
}

func TestSameTokenAfterAFault(t *testing.T) {
	for _, when := range []world.When{world.Before, world.After} {
		b := newBench(t)
		admin := root(mine)
		b.create(admin, "s", "first", "")
		in := &putIn{SecretId: new("s"), SecretString: new("second"), ClientRequestToken: b.token()}
		b.world.Faults.Add(world.Fault{Service: "secretsmanager", Operation: "PutSecretValue", When: when, Times: 1})
		b.refused(admin, in, "InternalFailure", "")
		for range 2 {
			if out := must[putOut](b, admin, in); *out.VersionId != *in.ClientRequestToken || out.VersionStages[0] != current {
				t.Errorf("answered %s", show(out))
			}
		}
		if got := b.stages(admin, "s"); got != "1:AWSPREVIOUS 2:AWSCURRENT" {
			t.Errorf("left %s", got)
		}
		b.refused(admin, &putIn{SecretId: new("s"), SecretString: new("third"), ClientRequestToken: in.ClientRequestToken}, "ResourceExistsException",
			"You can't use ClientRequestToken "+*in.ClientRequestToken+" because that value is already in use for a version of secret arn:")
		for _, plain := range []string{"first", "second", "third"} {
			if strings.Contains(fmt.Sprintf("%+v", b.world.Trail.Entries()), plain) {
				t.Errorf("the trail has the value %q", plain)
			}
		}
	}
}

func TestCreateAgain(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	in := &createIn{Name: new("s"), SecretString: new("v"), ClientRequestToken: b.token()}
	first := must[createOut](b, admin, in)
	if again := must[createOut](b, admin, in); *again.ARN != *first.ARN || *again.VersionId != *first.VersionId {
		t.Errorf("the same request was answered %s, then %s", show(first), show(again))
	}
	b.refused(admin, &createIn{Name: new("s"), SecretString: new("w"), ClientRequestToken: in.ClientRequestToken}, "ResourceExistsException", "because that value is already in use")
	b.refused(admin, &createIn{Name: new("s"), SecretString: new("v"), ClientRequestToken: b.token()}, "ResourceExistsException", "The operation failed because the secret s already exists.")
	b.refused(admin, &createIn{Name: new("s")}, "ResourceExistsException", "already exists")
}

package wire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"rekey/lab/wire"
)

// The messages under "recorded" were answered by AWS; those under "by the same
// rules" follow from them.
func TestValidate(t *testing.T) {
	long := strings.Repeat("a", 129)
	for _, c := range []struct {
		service, op string
		in          any
		want        string
	}{
		// Recorded: KMS, STS, IAM.
		{"kms", "GenerateRandom", &kms.GenerateRandomInput{NumberOfBytes: aws.Int32(0)},
			"1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"kms", "GenerateRandom", &kms.GenerateRandomInput{NumberOfBytes: aws.Int32(1025)},
			"1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024"},
		{"kms", "DeriveSharedSecret", &kms.DeriveSharedSecretInput{KeyId: aws.String("k"), PublicKey: []byte("p"), KeyAgreementAlgorithm: "INVALID"},
			"1 validation error detected: Value 'INVALID' at 'keyAgreementAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [ECDH]"},
		{"kms", "Encrypt", &kms.EncryptInput{KeyId: aws.String("k"), Plaintext: make([]byte, 4097)},
			"1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096"},
		{"kms", "TagResource", &kms.TagResourceInput{KeyId: aws.String("k"), Tags: []kmstypes.Tag{{TagKey: &long, TagValue: aws.String("v")}}},
			"1 validation error detected: Value '" + long + "' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128"},
		{"sts", "AssumeRole", &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::111122223333:role/r"), RoleSessionName: aws.String("Session1:2")},
			`1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		{"iam", "GetRole", &iam.GetRoleInput{RoleName: aws.String(strings.Repeat("a", 66))},
			"1 validation error detected: Value '" + strings.Repeat("a", 66) + "' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64"},
		// By the same rules.
		{"kms", "DescribeKey", &kms.DescribeKeyInput{},
			"1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null"},
		{"kms", "Encrypt", &kms.EncryptInput{KeyId: aws.String("")},
			"2 validation errors detected: Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
				"Value null at 'plaintext' failed to satisfy constraint: Member must not be null"},
		{"kms", "Decrypt", &kms.DecryptInput{CiphertextBlob: []byte{}},
			"1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at 'ciphertextBlob' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"kms", "Encrypt", &kms.EncryptInput{KeyId: aws.String("k"), Plaintext: []byte("p"), GrantTokens: []string{"t", ""}},
			"1 validation error detected: Value '[t, ]' at 'grantTokens' failed to satisfy constraint: Member must satisfy constraint: " +
				"[Member must have length less than or equal to 8192, Member must have length greater than or equal to 1]"},
		{"secretsmanager", "GetSecretValue", &secretsmanager.GetSecretValueInput{SecretId: aws.String("")},
			"1 validation error detected: Value '' at 'secretId' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"sts", "AssumeRole", &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::111122223333:role/r"), RoleSessionName: aws.String("se"),
			Tags: []ststypes.Tag{{Key: aws.String("k")}}},
			"1 validation error detected: Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null"},
	} {
		err := wire.MustLoad(c.service).Validate(c.op, c.in)
		var e *wire.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", c.op, err)
			continue
		}
		code := "ValidationException"
		if c.service == "sts" || c.service == "iam" {
			code = "ValidationError"
		}
		if e.Message != c.want || e.Code != code {
			t.Errorf("%s:\n got %s\nwant %s: %s", c.op, e, code, c.want)
		}
	}
}

func TestValidateAccepts(t *testing.T) {
	role := strings.Repeat("a", 64)
	for op, in := range map[string]any{
		"GetRole":    &iam.GetRoleInput{RoleName: &role},
		"CreateRole": &iam.CreateRoleInput{RoleName: &role, AssumeRolePolicyDocument: aws.String("{}\n"), Path: aws.String("/a/b/"), Description: aws.String("déjà vu")},
		"ListRoles":  &iam.ListRolesInput{},
		"DeleteRole": &iam.DeleteRoleInput{RoleName: aws.String("r")},
	} {
		if err := wire.MustLoad("iam").Validate(op, in); err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
	// Characters count, not bytes.
	in := &kms.CreateKeyInput{Description: aws.String(strings.Repeat("é", 8192))}
	if err := wire.MustLoad("kms").Validate("CreateKey", in); err != nil {
		t.Error(err)
	}
}

func TestValidateShowsNoSecret(t *testing.T) {
	in := &secretsmanager.PutSecretValueInput{SecretId: aws.String("s"), SecretString: aws.String(strings.Repeat("hunter2", 10_000)), ClientRequestToken: aws.String("short")}
	err := wire.MustLoad("secretsmanager").Validate("PutSecretValue", in)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error shows the secret, or is none: %.200v", err)
	}
}

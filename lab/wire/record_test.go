package wire_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/wire"
)

func TestRecord(t *testing.T) {
	at := time.Date(2020, 11, 18, 1, 29, 18, 0, time.UTC)
	for _, c := range []struct {
		what, service, op string
		v                 any
		omit              []string
		want              string
	}{
		{"names in lower case, no bytes", "kms", "Encrypt", &kms.EncryptInput{KeyId: new("k"), Plaintext: []byte("secret"), EncryptionContext: map[string]string{"b": "2", "a": "1"}}, nil,
			`{"keyId":"k","encryptionContext":{"a":"1","b":"2"}}`},
		{"omitted at any depth", "kms", "CreateGrant", &kms.CreateGrantInput{KeyId: new("k"), GrantTokens: []string{"t"}, Constraints: &kmstypes.GrantConstraints{SourceArn: new("s")}, Operations: []kmstypes.GrantOperation{"Decrypt"}}, []string{"GrantTokens", "SourceArn"},
			`{"keyId":"k","operations":["Decrypt"]}`},
		{"times as the guide has them", "kms", "ScheduleKeyDeletion", &kms.ScheduleKeyDeletionOutput{DeletionDate: &at, PendingWindowInDays: new(int32(7))}, nil,
			`{"deletionDate":"Nov 18, 2020, 1:29:18 AM","pendingWindowInDays":7}`},
		{"sensitive ones left out", "iam", "CreateAccessKey", &iam.CreateAccessKeyOutput{AccessKey: &iamtypes.AccessKey{AccessKeyId: new("AKIA"), SecretAccessKey: new("secret"), UserName: new("u")}}, nil,
			`{"accessKey":{"userName":"u","accessKeyId":"AKIA"}}`},
		{"nothing left", "kms", "CreateAlias", &kms.CreateAliasOutput{}, nil, ""},
		{"another operation's", "kms", "CreateAlias", &kms.EncryptInput{KeyId: new("k")}, nil, ""},
		{"none", "kms", "CreateAlias", nil, nil, ""},
	} {
		if got := string(wire.MustLoad(c.service).Record(c.op, c.v, c.omit...)); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

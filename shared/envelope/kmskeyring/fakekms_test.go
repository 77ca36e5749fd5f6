package kmskeyring_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"rekey/shared/keyid"
)

// fakeKMS encrypts in earnest, with the encryption context as additional data.
// A multi-Region key has the same material in each of its Regions; a request
// reaches only the keys of the Region it is sent to.
type fakeKMS struct {
	home     keyid.Region
	material map[keyid.ID][]byte
	regions  map[keyid.ID][]keyid.Region
	aliases  map[string]keyid.ID // in the home Region
	calls    []call

	// faults by operation, and changes to answers
	fail       map[string]error
	answerKey  string // in place of the true KeyId
	answerData []byte // in place of the true Plaintext

	noCiphertext bool // in any answer
}

type call struct {
	op      string
	region  string
	keyID   string
	context map[string]string
	tokens  []string
	bytes   int32
}

func (f *fakeKMS) add(id keyid.ID, regions ...keyid.Region) {
	if f.material == nil {
		f.material, f.regions, f.fail = map[keyid.ID][]byte{}, map[keyid.ID][]keyid.Region{}, map[string]error{}
	}
	f.material[id], f.regions[id] = make([]byte, 32), regions
	rand.Read(f.material[id])
}

func (f *fakeKMS) begin(c call, opts []func(*kms.Options)) (keyid.ARN, cipher.AEAD, error) {
	o := kms.Options{Region: string(f.home)}
	for _, opt := range opts {
		opt(&o)
	}
	c.region = o.Region
	f.calls = append(f.calls, c)
	if err := f.fail[c.op]; err != nil {
		return keyid.ARN{}, nil, err
	}
	id := keyid.ID(c.keyID)
	if target, ok := f.aliases[c.keyID]; ok {
		id = target
	} else if arn, err := keyid.ParseARN(c.keyID); err == nil {
		id = arn.ID
		if string(arn.Region) != o.Region {
			return keyid.ARN{}, nil, &smithy.GenericAPIError{Code: "InvalidArnException", Message: "key of another Region"}
		}
	}
	for _, r := range f.regions[id] {
		if string(r) == o.Region {
			block, err := aes.NewCipher(f.material[id])
			if err != nil {
				return keyid.ARN{}, nil, err
			}
			aead, err := cipher.NewGCM(block)
			return keyid.ARN{Partition: "aws", Region: r, Account: account, ID: id}, aead, err
		}
	}
	return keyid.ARN{}, nil, &types.NotFoundException{Message: aws.String("no such key in " + o.Region)}
}

func aad(pairs map[string]string) []byte {
	b, _ := json.Marshal(pairs) // sorts the keys
	if len(pairs) == 0 {
		return nil
	}
	return b
}

func (f *fakeKMS) keyID(arn keyid.ARN) *string {
	if f.answerKey != "" {
		return &f.answerKey
	}
	return aws.String(arn.String())
}

func (f *fakeKMS) data(plain []byte) []byte {
	if f.answerData != nil {
		return f.answerData
	}
	return plain
}

func (f *fakeKMS) seal(aead cipher.AEAD, plain []byte, pairs map[string]string) []byte {
	if f.noCiphertext {
		return nil
	}
	nonce := make([]byte, 12)
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, aad(pairs))
}

func (f *fakeKMS) GenerateDataKey(_ context.Context, in *kms.GenerateDataKeyInput, opts ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error) {
	arn, aead, err := f.begin(call{"GenerateDataKey", "", *in.KeyId, in.EncryptionContext, in.GrantTokens, aws.ToInt32(in.NumberOfBytes)}, opts)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, *in.NumberOfBytes)
	rand.Read(plain)
	return &kms.GenerateDataKeyOutput{KeyId: f.keyID(arn), Plaintext: f.data(plain), CiphertextBlob: f.seal(aead, plain, in.EncryptionContext)}, nil
}

func (f *fakeKMS) Encrypt(_ context.Context, in *kms.EncryptInput, opts ...func(*kms.Options)) (*kms.EncryptOutput, error) {
	arn, aead, err := f.begin(call{"Encrypt", "", *in.KeyId, in.EncryptionContext, in.GrantTokens, 0}, opts)
	if err != nil {
		return nil, err
	}
	return &kms.EncryptOutput{KeyId: f.keyID(arn), CiphertextBlob: f.seal(aead, in.Plaintext, in.EncryptionContext)}, nil
}

func (f *fakeKMS) Decrypt(_ context.Context, in *kms.DecryptInput, opts ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	arn, aead, err := f.begin(call{"Decrypt", "", aws.ToString(in.KeyId), in.EncryptionContext, in.GrantTokens, 0}, opts)
	if err != nil {
		return nil, err
	}
	if len(in.CiphertextBlob) < 12 {
		return nil, &types.InvalidCiphertextException{}
	}
	plain, err := aead.Open(nil, in.CiphertextBlob[:12], in.CiphertextBlob[12:], aad(in.EncryptionContext))
	if err != nil {
		return nil, &types.InvalidCiphertextException{}
	}
	return &kms.DecryptOutput{KeyId: f.keyID(arn), Plaintext: f.data(plain)}, nil
}

// trail gives the calls as "op key@region", the key by its id's first letters.
func (f *fakeKMS) trail() string {
	var out []string
	for _, c := range f.calls {
		name := c.keyID[strings.LastIndexAny(c.keyID, "/:")+1:]
		out = append(out, c.op+" "+name[:min(5, len(name))]+"@"+c.region)
	}
	f.calls = nil
	return strings.Join(out, ", ")
}

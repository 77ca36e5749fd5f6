package sqs

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
)

const (
	nonceSize = 12
	// dataKeyReuse is how long a data key is used where the queue does not say
	// (API reference, SetQueueAttributes, KmsDataKeyReusePeriodSeconds).
	dataKeyReuse = 5 * time.Minute
)

// sealed is a body as it is kept. One that was sent to a queue without a KMS key
// is kept as it is: what SQS does with it under keys of its own, nobody can
// see.
type sealed struct {
	text    []byte
	arn     string // of the queue under whose encryption context it is
	dataKey []byte // encrypted; nil without a KMS key
	nonce   []byte
}

// dataKeys are those that a queue uses again until their time is over: each
// principal has its own (Developer Guide, "Key management", Estimating AWS KMS
// costs, counts calls by the number of principals). A key that may not be used
// any more therefore works that much longer for whoever used it just before. That
// a service is one for each resource that it acts for is assumed.
type dataKeys struct {
	made   map[string]dataKey // by principal and name of the KMS key
	opened map[string]dataKey // by principal and encrypted data key
}

type dataKey struct {
	sealed, plain []byte
	until         time.Time
}

// using names who uses a data key: of a session its role, with the session
// policies and not the session's name, of a service what it acts for (Developer Guide, "Key management",
// Configuring AWS KMS permissions).
func using(c *world.Call) string {
	who := []string{c.Whose()}
	if s := c.Caller.Session; s != nil {
		who = append(who, s.PolicyARNs...)
		if s.Policy != nil {
			who = append(who, s.Policy.Text)
		}
	}
	return strings.Join(who, "\x00") + "\x00"
}

func (k *dataKeys) forget(now time.Time) {
	if k.made == nil {
		k.made, k.opened = map[string]dataKey{}, map[string]dataKey{}
	}
	over := func(_ string, d dataKey) bool { return !d.until.After(now) }
	maps.DeleteFunc(k.made, over)
	maps.DeleteFunc(k.opened, over)
}

func (q *queue) reuse() time.Duration {
	return cmp.Or(q.seconds("KmsDataKeyReusePeriodSeconds"), dataKeyReuse)
}

// keyName is the KMS key as it is asked for: a bare id or alias is one of the
// queue's account (assumption).
func (q *queue) keyName() string {
	name := q.values["KmsMasterKeyId"]
	home := "arn:aws:kms:" + string(q.owner.region) + ":" + string(q.owner.account) + ":"
	switch {
	case name == "" || strings.HasPrefix(name, "arn:"):
		return name
	case strings.HasPrefix(name, "alias/"):
		return home + name
	}
	return home + "key/" + name
}

// contextOf is the encryption context (assumption, from key policies in use: the
// guide is silent).
func contextOf(arn string) map[string]string { return map[string]string{"aws:sqs:arn": arn} }

func via(c *world.Call) string { return "sqs." + string(c.Region) + ".amazonaws.com" }

// seal encrypts a body for the queue as the caller, who needs kms:GenerateDataKey
// for a new data key and kms:Decrypt, by which SQS verifies it (Developer Guide,
// "Key management", Configuring KMS permissions for producers).
func (s *Service) seal(c *world.Call, q *queue, body string) (sealed, error) {
	if q.keyName() == "" {
		return sealed{text: []byte(body)}, nil
	}
	k, err := s.producing(c, q)
	if err != nil {
		return sealed{}, err
	}
	nonce := s.world.Bytes(nonceSize)
	return sealed{
		text: aead(k.plain).Seal(nil, nonce, []byte(body), []byte(q.arn())),
		arn:  q.arn(), dataKey: k.sealed, nonce: nonce,
	}, nil
}

// producing gives the data key that the caller sends under.
func (s *Service) producing(c *world.Call, q *queue) (dataKey, error) {
	q.dataKeys.forget(c.Time)
	name := using(c) + q.keyName()
	if k, ok := q.dataKeys.made[name]; ok {
		return k, nil
	}
	var k dataKey
	err := c.On("kms", "GenerateDataKey", via(c), func(sub *world.Call) error {
		out, err := s.keys.GenerateDataKey(sub, &kms.GenerateDataKeyInput{
			KeyId: new(q.keyName()), KeySpec: kmstypes.DataKeySpecAes256, EncryptionContext: contextOf(q.arn()),
		})
		if err == nil {
			k = dataKey{out.CiphertextBlob, out.Plaintext, c.Time.Add(q.reuse())}
		}
		return err
	})
	if err != nil {
		return k, kmsFailed(c, err)
	}
	if _, err := s.consuming(c, q, sealed{arn: q.arn(), dataKey: k.sealed}); err != nil {
		return k, err
	}
	q.dataKeys.made[name] = k
	return k, nil
}

// consuming gives the plaintext of the data key that a message is under. KMS
// finds the KMS key in its ciphertext.
func (s *Service) consuming(c *world.Call, q *queue, body sealed) ([]byte, error) {
	q.dataKeys.forget(c.Time)
	name := using(c) + string(body.dataKey)
	if k, ok := q.dataKeys.opened[name]; ok {
		return k.plain, nil
	}
	var plain []byte
	err := c.On("kms", "Decrypt", via(c), func(sub *world.Call) error {
		out, err := s.keys.Decrypt(sub, &kms.DecryptInput{CiphertextBlob: body.dataKey, EncryptionContext: contextOf(body.arn)})
		if err == nil {
			plain = out.Plaintext
		}
		return err
	})
	if err != nil {
		return nil, kmsFailed(c, err)
	}
	q.dataKeys.opened[name] = dataKey{body.dataKey, plain, c.Time.Add(q.reuse())}
	return plain, nil
}

// open decrypts a body as the caller, who needs kms:Decrypt.
func (s *Service) open(c *world.Call, q *queue, body sealed) (string, error) {
	if body.dataKey == nil {
		return string(body.text), nil
	}
	plain, err := s.consuming(c, q, body)
	if err != nil {
		return "", err
	}
	text, err := aead(plain).Open(nil, body.nonce, body.text, []byte(body.arn))
	return string(text), err
}

// kmsErrors are what the errors of KMS become (API reference, SendMessage,
// Errors).
var kmsErrors = map[string]func(*string) error{
	"AccessDeniedException":    func(m *string) error { return &types.KmsAccessDenied{Message: m} },
	"DisabledException":        func(m *string) error { return &types.KmsDisabled{Message: m} },
	"KMSInvalidStateException": func(m *string) error { return &types.KmsInvalidState{Message: m} },
	"NotFoundException":        func(m *string) error { return &types.KmsNotFound{Message: m} },
	"InvalidKeyUsageException": func(m *string) error { return &types.KmsInvalidKeyUsage{Message: m} },
	"ThrottlingException":      func(m *string) error { return &types.KmsThrottled{Message: m} },
}

// kmsFailed is what the caller is told of a failure in KMS: KMS's own message
// and where it came from (reported for a denial, in
// opensearch-project/data-prepper#2422). A failure of KMS
// itself stands for one of SQS, and what no error of SQS stands for is an
// invalid state (assumption).
func kmsFailed(c *world.Call, err error) error {
	e := world.Answer(err)
	if e.Status >= 500 {
		return err
	}
	message := new(e.Message + " (Service: AWSKMS; Status Code: 400; Error Code: " + e.Code + "; Request ID: " + c.RequestID + "; Proxy: null)")
	if is, ok := kmsErrors[e.Code]; ok {
		return is(message)
	}
	return &types.KmsInvalidState{Message: message}
}

func aead(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the size is ours
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}

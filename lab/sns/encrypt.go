package sns

import (
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"rekey/lab/world"
)

// dataKeyReuse is how long SNS uses a data key again (Developer Guide, "Securing
// Amazon SNS data with server-side encryption", Key terms: up to five minutes).
// That each publisher has one of its own is assumed, as in SQS.
const dataKeyReuse = 5 * time.Minute

type dataKey struct{ until time.Time }

// keyName is the KMS key as it is asked for, "" for none: a bare id or alias is
// one of the topic's account (assumption).
func (t *topic) keyName() string {
	name := t.values["KmsMasterKeyId"]
	home := "arn:aws:kms:" + string(t.owner.region) + ":" + string(t.owner.account) + ":"
	switch {
	case name == "" || strings.HasPrefix(name, "arn:"):
		return name
	case strings.HasPrefix(name, "alias/"):
		return home + name
	}
	return home + "key/" + name
}

func via(c *world.Call) string { return "sns." + string(c.Region) + ".amazonaws.com" }

// useKey asks KMS for a data key of the topic's key as the publisher, and for
// its plaintext, so that the publisher needs kms:GenerateDataKey and kms:Decrypt
// (Developer Guide, "Managing Amazon SNS encryption keys and costs"). Nothing is
// kept under it: what the lab has of a message is gone once it is delivered.
func (s *Service) useKey(c *world.Call, t *topic) error {
	if t.keyName() == "" {
		return nil
	}
	maps.DeleteFunc(t.dataKeys, func(_ string, k dataKey) bool { return !k.until.After(c.Time) })
	name := c.Whose() + "\x00" + t.keyName()
	if _, ok := t.dataKeys[name]; ok {
		return nil
	}
	context := map[string]string{"aws:sns:topicArn": t.arn}
	var blob []byte
	err := c.On("kms", "GenerateDataKey", via(c), func(sub *world.Call) error {
		out, err := s.keys.GenerateDataKey(sub, &kms.GenerateDataKeyInput{KeyId: new(t.keyName()), KeySpec: kmstypes.DataKeySpecAes256, EncryptionContext: context})
		if err == nil {
			blob = out.CiphertextBlob
		}
		return err
	})
	if err == nil {
		err = c.On("kms", "Decrypt", via(c), func(sub *world.Call) error {
			_, err := s.keys.Decrypt(sub, &kms.DecryptInput{CiphertextBlob: blob, EncryptionContext: context})
			return err
		})
	}
	if err != nil {
		return kmsFailed(c, err)
	}
	t.dataKeys[name] = dataKey{c.Time.Add(dataKeyReuse)}
	return nil
}

// kmsErrors are what the errors of KMS become (API reference, Publish, Errors).
var kmsErrors = map[string]func(*string) error{
	"AccessDeniedException":    func(m *string) error { return &types.KMSAccessDeniedException{Message: m} },
	"DisabledException":        func(m *string) error { return &types.KMSDisabledException{Message: m} },
	"KMSInvalidStateException": func(m *string) error { return &types.KMSInvalidStateException{Message: m} },
	"NotFoundException":        func(m *string) error { return &types.KMSNotFoundException{Message: m} },
	"ThrottlingException":      func(m *string) error { return &types.KMSThrottlingException{Message: m} },
}

// kmsFailed is what the caller is told of a failure in KMS: KMS's own message
// and where it came from (reported for a denial, in
// aws-samples/aws-secure-environment-accelerator#971). What no error of SNS
// stands for is an invalid state (assumption).
func kmsFailed(c *world.Call, err error) error {
	e := world.Answer(err)
	if e.Status >= 500 {
		return err
	}
	message := new(e.Message + " (Service: AWSKMS; Status Code: 400; Error Code: " + e.Code + "; Request ID: " + c.RequestID + "; Proxy: null)")
	if is, ok := kmsErrors[e.Code]; ok {
		return is(message)
	}
	return &types.KMSInvalidStateException{Message: message}
}

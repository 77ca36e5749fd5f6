package world

import (
	"testing"
	"time"

	"rekey/shared/keyid"
)

func regionOf(s string) keyid.Region { return keyid.Region(s) }

// served counts how many of n calls are answered before the first is throttled.
func (s *shop) served(t *testing.T, n int, region, service, operation string, in thing) int {
	t.Helper()
	for i := range n {
		if got := s.callFrom(t.Context(), t, region, service, operation, in); got != "" {
			equal(t, "the refusal of "+service, got, throttled(service).Code)
			return i
		}
	}
	return n
}

// unlimited is as many calls as are made of what has no quota.
const unlimited = 2500

func TestQuotas(t *testing.T) {
	for _, c := range []struct {
		service, operation, region string
		in                         thing
		want                       int
	}{
		{"kms", "CreateKey", "eu-north-1", thing{}, 5},
		{"kms", "ListKeys", "eu-north-1", thing{}, 500},
		{"kms", "ListAliases", "eu-north-1", thing{}, 500},
		{"kms", "DescribeKey", "eu-north-1", thing{}, 2000},
		{"kms", "ListResourceTags", "eu-north-1", thing{}, 2000},
		{"kms", "GetKeyRotationStatus", "eu-north-1", thing{}, 1000},
		{"kms", "GetKeyPolicy", "eu-north-1", thing{}, 1000},
		{"kms", "ListKeyRotations", "eu-north-1", thing{}, 100},
		{"kms", "ListGrants", "eu-north-1", thing{}, 100},
		{"kms", "Decrypt", "eu-north-1", thing{}, 10000},
		{"kms", "Decrypt", "eu-north-1", thing{EncryptionAlgorithm: "RSAES_OAEP_SHA_256"}, 1000},
		{"kms", "Sign", "eu-north-1", thing{SigningAlgorithm: "ECDSA_SHA_256"}, 1000},
		{"kms", "GenerateDataKeyPair", "eu-north-1", thing{KeyPairSpec: "RSA_3072"}, 4},
		{"kms", "GenerateDataKeyPair", "eu-north-1", thing{KeyPairSpec: "ECC_NIST_P256"}, 100},
		{"secretsmanager", "PutSecretValue", "eu-north-1", thing{}, 50},
		{"ssm", "GetParameter", "eu-north-1", thing{}, 40},
		{"ssm", "PutParameter", "eu-north-1", thing{}, 3},
		{"sts", "AssumeRole", "eu-north-1", thing{}, 600},
		{"sns", "Publish", "eu-north-1", thing{}, 300},
		{"sns", "Publish", "eu-central-1", thing{}, 1500},
		{"events", "PutEvents", "eu-north-1", thing{}, 600},
		{"events", "PutEvents", "af-south-1", thing{}, 400},
		{"sqs", "SendMessage", "eu-north-1", thing{QueueUrl: "https://sqs/1/q.fifo"}, 300},
		{"sqs", "SendMessage", "eu-north-1", thing{QueueUrl: "https://sqs/1/q"}, unlimited},
		{"lambda", "UpdateFunctionCode", "eu-north-1", thing{}, 15},
		{"lambda", "Invoke", "eu-north-1", thing{}, unlimited},
		{"cloudtrail", "LookupEvents", "eu-north-1", thing{}, 2},
		{"s3", "PutObject", "eu-north-1", thing{Bucket: "b", Key: "a/b/c"}, 3500},
		{"s3", "GetObject", "eu-north-1", thing{Bucket: "b", Key: "a/b/c"}, 5500},
		{"iam", "CreateUser", "eu-north-1", thing{}, unlimited},
	} {
		_, s := newShop(Options{Quotas: true})
		equal(t, c.service+" "+c.operation+" in "+c.region, s.served(t, calls(c.want), c.region, c.service, c.operation, c.in), c.want)
	}
}

func calls(want int) int {
	if want == unlimited {
		return unlimited
	}
	return want + 1
}

// Nobody is throttled unless that is asked for.
func TestNoQuotas(t *testing.T) {
	_, s := newShop(Options{})
	equal(t, "what is served", s.served(t, 1000, "eu-north-1", "kms", "CreateKey", thing{}), 1000)
}

// A bucket fills up with time, and not above its brim; operations that share a
// quota share the bucket; Regions, prefixes and other operations do not.
func TestBuckets(t *testing.T) {
	w, s := newShop(Options{Quotas: true})
	read := func(operation, region string, n int) int { return s.served(t, n, region, "ssm", operation, thing{}) }
	equal(t, "the first second", read("GetParameter", "eu-north-1", 30), 30)
	equal(t, "what shares it", read("GetParametersByPath", "eu-north-1", 30), 10)
	equal(t, "another operation", read("PutParameter", "eu-north-1", 3), 3)
	equal(t, "another Region", read("GetParameter", "eu-west-1", 40), 40)
	w.Advance(500 * time.Millisecond)
	equal(t, "half a second later", read("GetParameter", "eu-north-1", 100), 20)
	w.Advance(time.Hour)
	equal(t, "an hour later", read("GetParameter", "eu-north-1", 100), 40)
	put := func(key string, n int) int {
		return s.served(t, n, "eu-north-1", "s3", "PutObject", thing{Bucket: "b", Key: key})
	}
	equal(t, "a prefix", put("a/1", 4000), 3500)
	equal(t, "the same prefix", put("a/2", 1), 0)
	equal(t, "another prefix", put("b/1", 1), 1)
}

// A quota of a resource is shared by all that call.
func TestLimit(t *testing.T) {
	for want, o := range map[int]Options{3: {Quotas: true}, 10: {}} {
		w, s := newShop(o)
		s.each = func(c *Call) error { return c.Limit("a store", 3) }
		equal(t, "what is served", s.served(t, 10, "eu-north-1", "kms", "Decrypt", thing{}), want)
		equal(t, "what is served in another Region", s.served(t, 3, "eu-west-1", "kms", "Decrypt", thing{}), 3)
		w.Advance(time.Second)
		equal(t, "what is served a second later", s.served(t, 3, "eu-north-1", "kms", "Decrypt", thing{}), 3)
	}
}

// What services call on a caller's behalf counts against its quota, and what
// they do as themselves against that of the account for which they act.
func TestQuotasWithin(t *testing.T) {
	w, s := newShop(Options{Quotas: true})
	w.SetQuota("111122223333", "eu-north-1", "kms", "Decrypt", 3)
	s.each = func(c *Call) error {
		return c.On("kms", "Decrypt", "secretsmanager.eu-north-1.amazonaws.com", func(*Call) error { return nil })
	}
	if got := s.call(t, "kms", "Decrypt", thing{}); got != "" { // and one of the caller's own: two
		t.Fatal(got)
	}
	equal(t, "the second answer", s.call(t, "secretsmanager", "GetSecretValue", thing{}), "")
	equal(t, "the third answer", s.call(t, "secretsmanager", "GetSecretValue", thing{}), "ThrottlingException")
	act := func(account keyid.Account) (err error) {
		w.Locked(func() {
			actor := Actor{Caller: ServiceCaller("s3.amazonaws.com"), Region: "eu-north-1", Source: Source{Account: account}}
			err = w.Act(actor, "kms", "Decrypt", func(*Call) error { return nil })
		})
		return err
	}
	if err := act("111122223333"); err == nil {
		t.Error("a service acts for an account without end")
	}
	if err := act("444455556666"); err != nil {
		t.Errorf("another account is throttled too: %v", err)
	}
	w.SetQuota("111122223333", "eu-north-1", "kms", "Encrypt", 0)
	equal(t, "the answer with nothing allowed", s.call(t, "kms", "Encrypt", thing{}), "ThrottlingException")
}

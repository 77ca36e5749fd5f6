package rotate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/functions/rotate"
	"rekey/shared/keyid"
)

// Keys of every kind that AWS KMS does not rotate get a successor, which was tried in
// each of its Regions before an alias moved.
func TestSuccessorsOfEveryKind(t *testing.T) {
	for spec, kind := range map[types.KeySpec]struct {
		usage types.KeyUsageType
		tried string // the operation that proves it
	}{
		types.KeySpecRsa2048:             {types.KeyUsageTypeEncryptDecrypt, "Decrypt"},
		types.KeySpecRsa3072:             {types.KeyUsageTypeSignVerify, "Verify"},
		types.KeySpecEccNistP256:         {types.KeyUsageTypeSignVerify, "Verify"},
		types.KeySpecEccNistP384:         {types.KeyUsageTypeKeyAgreement, "DeriveSharedSecret"},
		types.KeySpecEccNistP521:         {types.KeyUsageTypeSignVerify, "Verify"},
		types.KeySpecEccSecgP256k1:       {types.KeyUsageTypeSignVerify, "Verify"},
		types.KeySpecEccNistEdwards25519: {types.KeyUsageTypeSignVerify, "Verify"},
		types.KeySpecMlDsa65:             {types.KeyUsageTypeSignVerify, "Verify"},
		types.KeySpecHmac224:             {types.KeyUsageTypeGenerateVerifyMac, "VerifyMac"},
		types.KeySpecHmac512:             {types.KeyUsageTypeGenerateVerifyMac, "VerifyMac"},
		types.KeySpecSymmetricDefault:    {types.KeyUsageTypeEncryptDecrypt, "Decrypt"},
	} {
		t.Run(string(spec), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.key(&kms.CreateKeyInput{KeySpec: spec, KeyUsage: kind.usage, Tags: wishes()}, "us-east-1")
			s.age()
			s.succeeds(kind.tried, 2)
		})
	}
}

// succeeds applies what is due, and wants the aliases to have moved after a trial in
// so many Regions.
func (s *stage) succeeds(tried string, regions int) {
	s.Helper()
	k, p := s.due()
	s.lab.World.Trail.Reset()
	res, err := s.rotator("one", nil).Apply(s.Context(), k, p)
	if err != nil || res.Ending != rotate.Finished {
		s.Fatalf("%+v, %v", res, err)
	}
	seen := 0
	for _, e := range s.lab.World.Trail.Entries() {
		switch e.Operation {
		case tried:
			seen++
		case "UpdateAlias":
			if seen != regions {
				s.Fatalf("an alias moves after %d trials, of %d", seen, regions)
			}
		}
	}
	s.intact()
	if text := s.state(); strings.Count(text, "alias/shop is NEW") != regions || strings.Contains(text, "is OLD") || seen != regions {
		s.Errorf("%d trials\n%s", seen, text)
	}
}

// A key of a CloudHSM key store has a successor there.
func TestSuccessorInCustomKeyStore(t *testing.T) {
	s := newStage(t)
	c := s.owner(here)
	store, err := c.CreateCustomKeyStore(t.Context(), &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: aws.String("vault"), CloudHsmClusterId: aws.String("cluster-" + strings.Repeat("a", 11)),
		TrustAnchorCertificate: aws.String("-----BEGIN CERTIFICATE-----"), KeyStorePassword: aws.String("kmsPswd1"),
	})
	s.check(err)
	s.must(c.ConnectCustomKeyStore(t.Context(), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: store.CustomKeyStoreId}))
	s.lab.World.Advance(20 * time.Minute)
	s.key(&kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: store.CustomKeyStoreId, Tags: wishes()})
	s.age()
	s.succeeds("Decrypt", 1)
}

// The successor of a key in an external key store takes the key that its owner made
// in the external key manager, and told of by a tag; without one nothing is made.
func TestSuccessorInExternalKeyStore(t *testing.T) {
	s := newStage(t)
	c := s.owner(here)
	store, err := c.CreateCustomKeyStore(t.Context(), &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: aws.String("proxy"), CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint, XksProxyUriEndpoint: aws.String("https://xks.example.com"),
		XksProxyUriPath: aws.String("/kms/xks/v1"), XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{
			AccessKeyId: aws.String("ABCDE23456EXAMPLEABC"), RawSecretAccessKey: aws.String(strings.Repeat("s", 43)),
		},
	})
	s.check(err)
	s.must(c.ConnectCustomKeyStore(t.Context(), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: store.CustomKeyStoreId}))
	s.lab.World.Advance(20 * time.Minute)
	s.key(&kms.CreateKeyInput{
		Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: store.CustomKeyStoreId, XksKeyId: aws.String("key-of-2025"),
		Tags: wishes(rotate.TagExternalKey, "key-of-2025"),
	})
	s.age()
	if _, p := s.plan(); p.Outcome != rotate.Blocked || !strings.Contains(p.Why, rotate.TagExternalKey) {
		t.Fatalf("with the key that it has already the plan is %s: %s", p.Outcome, p.Why)
	}
	s.must(c.TagResource(t.Context(), &kms.TagResourceInput{
		KeyId: aws.String(string(s.old.ID)), Tags: []types.Tag{{TagKey: aws.String(rotate.TagExternalKey), TagValue: aws.String("key-of-2026")}},
	}))
	s.succeeds("Decrypt", 1)
	out, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("alias/shop")})
	s.check(err)
	if x := out.KeyMetadata.XksKeyConfiguration; x == nil || *x.Id != "key-of-2026" {
		t.Errorf("the successor is %+v", out.KeyMetadata)
	}
}

// A successor that does not do what it has to gets no alias.
func TestTrialFails(t *testing.T) {
	s := newStage(t)
	s.oldKey()
	k, p := s.due()
	s.deny("kms:Decrypt")
	res, err := s.rotator("one", nil).Apply(t.Context(), k, p)
	if err == nil || !strings.Contains(err.Error(), rotate.ErrCanary.Error()) || !strings.Contains(err.Error(), "no alias is moved") {
		t.Errorf("%+v, %v", res, err)
	}
	if res.Successor == (keyid.ARN{}) || strings.Contains(s.state(), "is NEW") {
		t.Error(s.state())
	}
}

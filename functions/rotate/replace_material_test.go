package rotate_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/functions/rotate"
	"rekey/shared/keyid"
)

// pkcs8 makes a private key of a spec.
func (s *stage) pkcs8(spec types.KeySpec) []byte {
	s.Helper()
	var private any
	var err error
	switch spec {
	case types.KeySpecRsa2048:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	case types.KeySpecEccNistP521:
		private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case types.KeySpecEccSecgP256k1:
		curve, _ := asn1.Marshal(struct{ Key, Curve asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, asn1.ObjectIdentifier{1, 3, 132, 0, 10}})
		inner, _ := asn1.Marshal(struct {
			Version int
			Private []byte
		}{1, append(make([]byte, 16), random(16)...)})
		der, err := asn1.Marshal(struct {
			Version   int
			Algorithm asn1.RawValue
			Private   []byte
		}{0, asn1.RawValue{FullBytes: curve}, inner})
		s.check(err)
		return der
	}
	s.check(err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	s.check(err)
	return der
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}

// importedKey makes an old key of a kind with imported material, wherever it is, that
// is to have a successor.
func (s *stage) importedKey(in *kms.CreateKeyInput, material []byte, replicas ...keyid.Region) {
	s.Helper()
	s.material = material
	in.Origin, in.Tags = types.OriginTypeExternal, wishes()
	s.key(in, replicas...)
	sealer, err := keyid.ParseARN("arn:aws:kms:" + string(here) + ":" + string(account) + ":key/" + *s.another())
	s.check(err)
	s.sealer = []keyid.Ref{sealer.Ref()}
	s.age()
}

// Keys with imported material of every kind get a successor with the material that
// lies ready for it, in each Region.
func TestSuccessorsWithImportedMaterial(t *testing.T) {
	for spec, kind := range map[types.KeySpec]struct {
		usage    types.KeyUsageType
		tried    string
		material func(*stage, types.KeySpec) []byte
		replicas []keyid.Region
	}{
		types.KeySpecSymmetricDefault: {types.KeyUsageTypeEncryptDecrypt, "Encrypt", func(*stage, types.KeySpec) []byte { return random(32) }, []keyid.Region{"us-east-1"}},
		types.KeySpecHmac384:          {types.KeyUsageTypeGenerateVerifyMac, "VerifyMac", func(*stage, types.KeySpec) []byte { return random(48) }, []keyid.Region{"us-east-1"}},
		types.KeySpecRsa2048:          {types.KeyUsageTypeSignVerify, "Verify", (*stage).pkcs8, nil},
		types.KeySpecEccNistP521:      {types.KeyUsageTypeKeyAgreement, "DeriveSharedSecret", (*stage).pkcs8, []keyid.Region{"us-east-1"}},
		types.KeySpecEccSecgP256k1:    {types.KeyUsageTypeSignVerify, "Verify", (*stage).pkcs8, nil},
	} {
		t.Run(string(spec), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.importedKey(&kms.CreateKeyInput{KeySpec: spec, KeyUsage: kind.usage}, kind.material(s, spec), kind.replicas...)
			want := fmt.Sprintf("rekey:material-for=%s, and store that under s3://journal/material/%s/", s.old, s.old.ID)
			if _, p := s.plan(); p.Outcome != rotate.Blocked || !strings.Contains(p.Why, want) {
				t.Fatalf("with nothing ready the plan is %s: %s", p.Outcome, p.Why)
			}
			s.lay("001", kind.material(s, spec), nil)
			s.succeeds(kind.tried, 1+len(kind.replicas))
			if spec == types.KeySpecSymmetricDefault && strings.Count(s.state(), `NEW material 0 is CURRENT  IMPORTED "s3://journal/material/OLD/001"`) != 2 {
				t.Error(s.state())
			}
		})
	}
}

// What lay ready for a successor is not taken again for the successor's own; what the
// old key has is none for its successor.
func TestMaterialIsUsedOnce(t *testing.T) {
	s := newStage(t)
	s.importedKey(&kms.CreateKeyInput{}, random(32))
	s.lay("001", random(32), nil)
	tag := func(way string) {
		s.must(s.owner(here).TagResource(t.Context(), &kms.TagResourceInput{
			KeyId: aws.String(string(s.old.ID)), Tags: []types.Tag{{TagKey: aws.String(rotate.TagRotate), TagValue: &way}},
		}))
	}
	tag("import")
	goOn(s, s.rotator("one", nil))
	tag("successor")
	if _, p := s.plan(); p.Outcome != rotate.Blocked || !strings.Contains(p.Why, "none lies ready") {
		t.Fatalf("with what the key has already the plan is %s: %s", p.Outcome, p.Why)
	}
	s.lay("002", random(32), nil)
	s.succeeds("Encrypt", 1) // it decrypts what is sealed, too
	next, err := s.owner(here).DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("alias/shop")})
	s.check(err)
	s.age()
	s.old.ID = keyid.ID(*next.KeyMetadata.KeyId)
	if _, p := s.plan(); p.Outcome != rotate.Blocked || !strings.Contains(p.Why, "none lies ready") {
		t.Errorf("the plan of the successor is %s: %s", p.Outcome, p.Why)
	}
}

// Material that is not fit is told of before a key is made.
func TestUnfitMaterialForSuccessor(t *testing.T) {
	for name, c := range map[string]struct {
		spec  types.KeySpec
		usage types.KeyUsageType
		old   func(*stage) []byte
		next  func(*stage) []byte
		pairs map[string]string
	}{
		"too short":      {types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac, of(32), of(31), nil},
		"too long":       {types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac, of(32), of(129), nil},
		"no private key": {types.KeySpecEccNistP521, types.KeyUsageTypeSignVerify, pair(types.KeySpecEccNistP521), of(66), nil},
		"another curve":  {types.KeySpecEccNistP521, types.KeyUsageTypeSignVerify, pair(types.KeySpecEccNistP521), pair(types.KeySpecEccSecgP256k1), nil},
		"no Koblitz key": {types.KeySpecEccSecgP256k1, types.KeyUsageTypeSignVerify, pair(types.KeySpecEccSecgP256k1), pair(types.KeySpecEccNistP521), nil},
		"long ago":       {types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, of(32), of(32), map[string]string{"rekey:valid-to": "2020-01-31T00:00:00Z"}},
		"too late":       {types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, of(32), of(32), map[string]string{"rekey:valid-to": "2090-01-31T00:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.importedKey(&kms.CreateKeyInput{KeySpec: c.spec, KeyUsage: c.usage}, c.old(s))
			s.lay("001", c.next(s), c.pairs)
			before := s.state()
			k, p := s.due()
			res, err := s.rotator("one", nil).Apply(t.Context(), k, p)
			if res.Ending != rotate.Failed || !errors.Is(err, rotate.ErrMaterial) || !strings.Contains(err.Error(), "/001") {
				t.Errorf("%+v, %v", res, err)
			}
			if after := s.state(); after != before {
				t.Errorf("there was\n%s\nand is\n%s", before, after)
			}
			good := c.old(s)
			s.lay("001", good, nil) // under the same name: the job goes on with it
			goOn(s, s.rotator("one", nil))
		})
	}
}

func of(n int) func(*stage) []byte { return func(*stage) []byte { return random(n) } }

func pair(spec types.KeySpec) func(*stage) []byte {
	return func(s *stage) []byte { return s.pkcs8(spec) }
}

// The successor gets its material once, in each Region, wherever a write crashes.
func TestCrashOfSuccessorsImport(t *testing.T) {
	scenario{key: func(s *stage) {
		s.importedKey(&kms.CreateKeyInput{}, bytes.Repeat([]byte("1"), 32), "us-east-1")
		s.lay("001", bytes.Repeat([]byte("2"), 32), nil)
	}, work: apply, mend: goOn, crashes: func(at int, operation string) []crash {
		switch operation {
		case "CreateKey", "ReplicateKey", "ImportKeyMaterial": // wrapping keys take the lab long to make
			return crashes(at, operation)[2:]
		}
		return nil
	}}.run(t)
}

// A successor whose material expired meanwhile gets it again when it is gone forward
// to.
func TestForwardAgainToExpiredMaterial(t *testing.T) {
	s := newStage(t)
	s.importedKey(&kms.CreateKeyInput{}, random(32))
	secret := random(32)
	s.lay("001", secret, map[string]string{"rekey:valid-to": s.lab.World.Now().Add(48 * time.Hour).UTC().Format(time.RFC3339)})
	finish(s)
	s.must(s.rotator("one", nil).Rollback(t.Context(), s.old))
	s.lab.World.Advance(72 * time.Hour)
	if !strings.Contains(s.state(), "NEW is PendingImport") {
		t.Fatal(s.state())
	}
	s.lay("001", secret, nil)
	forwardAgain(s, s.rotator("two", nil))
	if text := s.state(); !strings.Contains(text, "NEW is Enabled") || strings.Contains(text, "is OLD") {
		t.Error(text)
	}
}

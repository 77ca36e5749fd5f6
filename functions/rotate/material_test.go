package rotate_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/functions/rotate"
	"rekey/lab"
	"rekey/lab/world"
	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
	"rekey/shared/secretref"
)

// external makes an old key with imported material, in every Region, and new material
// that lies ready for it.
func external(replicas ...keyid.Region) func(*stage) {
	return func(s *stage) {
		s.Helper()
		s.key(&kms.CreateKeyInput{Origin: types.OriginTypeExternal, Tags: on()}, replicas...)
		sealer, err := keyid.ParseARN("arn:aws:kms:" + string(here) + ":" + string(account) + ":key/" + *s.another())
		s.check(err)
		s.sealer = []keyid.Ref{sealer.Ref()}
		s.lay("001", bytes.Repeat([]byte("2"), 32), nil)
		s.age()
	}
}

// bring imports material by hand.
func (s *stage) bring(r keyid.Region, of types.KeySpec, material []byte) {
	s.Helper()
	c, id, algorithm := s.owner(r), aws.String(string(s.old.ID)), types.AlgorithmSpecRsaesOaepSha256
	if strings.HasPrefix(string(of), "RSA_") {
		algorithm = types.AlgorithmSpecRsaAesKeyWrapSha256
	}
	under := types.WrappingKeySpecRsa2048 // which takes the lab the shortest to make
	if of == types.KeySpecEccNistP521 {
		under = types.WrappingKeySpecRsa3072
	}
	offer, err := c.GetParametersForImport(s.Context(), &kms.GetParametersForImportInput{
		KeyId: id, WrappingAlgorithm: algorithm, WrappingKeySpec: under,
	})
	s.check(err)
	wrapped, err := rotate.Kind{Spec: of}.Wrap(secretref.NewSecret(bytes.Clone(material)), offer.PublicKey)
	s.check(err)
	s.must(c.ImportKeyMaterial(s.Context(), &kms.ImportKeyMaterialInput{
		KeyId: id, ImportToken: offer.ImportToken, EncryptedKeyMaterial: wrapped, ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
	}))
}

// lay seals material for the old key and lets it lie ready; pairs change the encryption
// context.
func (s *stage) lay(name string, material []byte, pairs map[string]string) {
	s.Helper()
	config := s.lab.Config(here, lab.Root(account))
	ring, err := kmskeyring.New(kms.NewFromConfig(config), s.sealer[0])
	s.check(err)
	message, err := envelope.Seal(s.Context(), material, ring, func(o *envelope.SealOptions) {
		o.EncryptionContext = map[string]string{"rekey:material-for": s.old.String()}
		for k, v := range pairs {
			o.EncryptionContext[k] = v
		}
	})
	s.check(err)
	objects := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	s.must(objects.PutObject(s.Context(), &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String("material/" + string(s.old.ID) + "/" + name), Body: bytes.NewReader(message),
	}))
}

// The primary key gets new material, each replica the same, and then it is rotated to.
func TestImport(t *testing.T) {
	s := newStage(t)
	external("us-east-1")(s)
	k, p := s.due()
	res, err := s.rotator("one", nil).Apply(t.Context(), k, p)
	if err != nil || res.Ending != rotate.Finished || len(res.Steps) != 3 {
		t.Fatalf("%+v, %v", res, err)
	}
	s.lab.World.Advance(time.Minute)
	text := s.state()
	if n := strings.Count(text, `is CURRENT ON_DEMAND IMPORTED`); n != 2 {
		t.Errorf("in %d Regions\n%s", n, text)
	}
	if !strings.Contains(text, `"s3://journal/material/OLD/001"`) {
		t.Error(text)
	}
	if _, p := s.plan(); p.Outcome != rotate.Current {
		t.Errorf("afterwards the plan is %s: %s", p.Outcome, p.Why)
	}
	s.age()
	if _, p := s.plan(); p.Outcome != rotate.Blocked { // nothing more lies ready
		t.Errorf("later the plan is %s: %s", p.Outcome, p.Why)
	}
}

// It is imported and rotated to once, though the answer to a write of the key is lost.
// How the journal is written is no other than elsewhere, and wrapping keys take the lab
// long to make.
func TestCrashOfImport(t *testing.T) {
	scenario{key: external("us-east-1"), work: apply, mend: goOn, crashes: func(at int, operation string) []crash {
		if operation == "ImportKeyMaterial" || operation == "RotateKeyOnDemand" {
			return []crash{{at, false, world.After}}
		}
		return nil
	}}.run(t)
}

// What is to expire does so when its sealer wanted.
func TestImportThatExpires(t *testing.T) {
	s := newStage(t)
	external()(s)
	end := s.lab.World.Now().Add(200 * 24 * time.Hour).UTC().Truncate(time.Second)
	s.lay("000", bytes.Repeat([]byte("3"), 32), map[string]string{"rekey:valid-to": end.Format(time.RFC3339)})
	goOn(s, s.rotator("one", nil))
	k, _ := s.plan()
	for _, m := range k.Materials.Value {
		if strings.HasSuffix(m.Description, "/000") && m.Expires.Equal(end) {
			return
		}
	}
	t.Errorf("%+v", k.Materials)
}

// Material that is not what it should be is not imported, and the key stays as it is.
func TestWrongMaterial(t *testing.T) {
	good := bytes.Repeat([]byte("4"), 32)
	for name, spoil := range map[string]func(*stage){
		"too short":         func(s *stage) { s.lay("000", good[1:], nil) },
		"of another key":    func(s *stage) { s.lay("000", good, map[string]string{"rekey:material-for": "arn:aws:kms:x"}) },
		"no time":           func(s *stage) { s.lay("000", good, map[string]string{"rekey:valid-to": "soon"}) },
		"under another key": func(s *stage) { s.lay("000", good, nil); s.sealer = []keyid.Ref{s.old.Ref()} },
		"under no key":      func(s *stage) { s.lay("000", good, nil); s.sealer = nil },
		"no message": func(s *stage) {
			objects := s3.NewFromConfig(s.lab.Config(here, lab.Root(account)), func(o *s3.Options) { o.UsePathStyle = true })
			s.must(objects.PutObject(s.Context(), &s3.PutObjectInput{
				Bucket: aws.String(bucket), Key: aws.String("material/" + string(s.old.ID) + "/000"), Body: bytes.NewReader(good),
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			external()(s)
			spoil(s)
			before := s.state()
			k, p := s.due()
			res, err := s.rotator("one", nil).Apply(t.Context(), k, p)
			if res.Ending != rotate.Failed || !errors.Is(err, rotate.ErrMaterial) || !strings.Contains(err.Error(), "/000") {
				t.Errorf("%+v, %v", res, err)
			}
			if strings.Contains(err.Error(), string(good[:8])) {
				t.Errorf("the error shows the material: %v", err)
			}
			if after := s.state(); after != before || len(s.open()) != 0 {
				t.Errorf("there was\n%s\nand is\n%s\nopen %v", before, after, s.open())
			}
		})
	}
}

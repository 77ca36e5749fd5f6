package rotate

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/wiring"
)

// bring imports material of one byte's repetition into a key, under a description.
func (s *sight) bring(arn keyid.ARN, b byte, description string, kind types.ImportType) {
	s.t.Helper()
	client, id := s.admin(arn.Region), string(arn.ID)
	offer, err := client.GetParametersForImport(s.t.Context(), &kms.GetParametersForImportInput{KeyId: &id, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048})
	must(s.t)(offer, err)
	public, err := x509.ParsePKIXPublicKey(offer.PublicKey)
	must(s.t)(public, err)
	wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public.(*rsa.PublicKey), bytes.Repeat([]byte{b}, 32), nil)
	must(s.t)(wrapped, err)
	in := &kms.ImportKeyMaterialInput{KeyId: &id, ImportToken: offer.ImportToken, EncryptedKeyMaterial: wrapped, ImportType: kind, ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire}
	if description != "" {
		in.KeyMaterialDescription = &description
	}
	must(s.t)(client.ImportKeyMaterial(s.t.Context(), in))
}

// materials makes the bucket where material waits.
func (s *sight) materials() {
	s.t.Helper()
	must(s.t)(s3.NewFromConfig(s.root, wiring.PathStyle).CreateBucket(s.t.Context(), &s3.CreateBucketInput{
		Bucket: new("sealed"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(region)},
	}))
	s.o.Materials = Sealed{Bucket: "sealed", Name: "to/import"}
}

func (s *sight) put(name string) {
	s.t.Helper()
	must(s.t)(s3.NewFromConfig(s.root, wiring.PathStyle).PutObject(s.t.Context(), &s3.PutObjectInput{Bucket: new("sealed"), Key: &name, Body: strings.NewReader("sealed")}))
}

// The next material of a key is the first object that was not imported yet; while a
// replica lacks what the primary key has, it is that one again.
func TestObserveMaterial(t *testing.T) {
	s := observing(t)
	arn := s.made(external, func(in *kms.CreateKeyInput) { in.Origin, in.MultiRegion = types.OriginTypeExternal, new(true) })
	s.bring(arn, 1, "", "")
	must(t)(s.admin(region).ReplicateKey(t.Context(), &kms.ReplicateKeyInput{KeyId: new(string(arn.ID)), ReplicaRegion: new(string(far))}))
	s.lab.World.Advance(time.Hour)
	s.bring(arn.In(far), 1, "", "")
	if k, p := s.observe(arn); p.Outcome != Current || k.Waiting.Unread == nil || k.Kind != external {
		t.Errorf("young: %s, %s; %+v", p.Outcome, p.Why, k.Kind)
	}
	s.lab.World.Advance(91 * day)
	if _, p := s.observe(arn); p.Outcome != Blocked || !strings.Contains(p.Why, "no new key material lies ready") {
		t.Errorf("nowhere to import from: %s, %s", p.Outcome, p.Why)
	}
	s.materials()
	if _, p := s.observe(arn); p.Outcome != Blocked || !strings.Contains(p.Why, "no new key material lies ready") {
		t.Errorf("nothing to import: %s, %s", p.Outcome, p.Why)
	}
	prefix := "to/import/" + string(arn.ID) + "/"
	for _, name := range []string{prefix, prefix + "2", prefix + "1", "to/import/" + string(keyID) + "/0", "to/import/other"} {
		s.put(name)
	}
	s.lab.World.Faults.Add(world.Fault{Operation: "ListObjectsV2", PageSize: 1})
	next := func() (string, Plan) {
		k, p := s.observe(arn)
		if k.Waiting.Value == nil {
			return "", p
		}
		return k.Waiting.Value.String(), p
	}
	if name, p := next(); name != "s3://sealed/"+prefix+"1" || ops(p) != "import, import@us-east-1, rotate" {
		t.Errorf("%s: %s, %s", name, ops(p), p.Why)
	}
	s.bring(arn, 2, "s3://sealed/"+prefix+"1", types.ImportTypeNewKeyMaterial)
	if name, p := next(); name != "s3://sealed/"+prefix+"1" || ops(p) != "import@us-east-1, rotate" {
		t.Errorf("half imported: %s: %s, %s", name, ops(p), p.Why)
	}
	s.bring(arn.In(far), 2, "s3://sealed/"+prefix+"1", types.ImportTypeExistingKeyMaterial)
	if _, p := next(); ops(p) != "rotate" {
		t.Errorf("imported: %s, %s", ops(p), p.Why)
	}
	must(t)(s.admin(region).RotateKeyOnDemand(t.Context(), &kms.RotateKeyOnDemandInput{KeyId: new(string(arn.ID))}))
	s.lab.World.Advance(day)
	if k, p := s.observe(arn); p.Outcome != Current || k.demanded() != 1 || k.pending() != nil {
		t.Errorf("rotated: %s, %s; %+v", p.Outcome, p.Why, k.Materials)
	}
	s.lab.World.Advance(91 * day)
	if name, p := next(); name != "s3://sealed/"+prefix+"2" || ops(p) != "import, import@us-east-1, rotate" {
		t.Errorf("the second time: %s: %s, %s", name, ops(p), p.Why)
	}
	s.allow(without(readActions, []string{listObjects})...)
	if _, p := s.observe(arn); p.Outcome != Blocked || len(p.Missing) != 1 || p.Missing[0].Action != listObjects || !p.Missing[0].Denied || p.Missing[0].Resource != "arn:aws:s3:::sealed" {
		t.Errorf("without %s: %s, %+v", listObjects, p.Outcome, p.Missing)
	}
	s.allow(readActions...)
	denied := `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"kms:ListKeyRotations","Resource":"` + arn.In(far).String() + `"}}`
	s.inline("rekey-rotate", denied)
	if _, p := s.observe(arn); p.Outcome != Blocked || len(p.Steps) > 0 || len(p.Missing) != 1 || p.Missing[0].Action != listRotated || p.Missing[0].Resource != arn.In(far).String() {
		t.Errorf("without the replica's material: %s, %s, %+v", p.Outcome, ops(p), p.Missing)
	}
}

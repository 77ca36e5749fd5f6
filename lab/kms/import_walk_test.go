package kms

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"pgregory.net/rapid"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// importWalk is a key with imported material that may have replicas.
type importWalk struct {
	*rapid.T
	w        *world.World
	s        *Service
	id       keyid.ID
	wrapping *rsa.PrivateKey
}

var walkRegions = []keyid.Region{"eu-west-1", "us-east-1", "ap-east-1"}

// TestImportWalk imports, deletes, rotates, replicates and lets expire in random
// order, and asks after each step whether anything must not be.
func TestImportWalk(t *testing.T) {
	wrapping, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		w := world.New(world.Options{})
		x := &importWalk{T: r, w: w, s: New(w), wrapping: wrapping}
		in := &kms.CreateKeyInput{Origin: types.OriginTypeExternal, MultiRegion: new(rapid.Bool().Draw(r, "multi-Region"))}
		out, err := walkTo(x, walkRegions[0], "CreateKey", x.s.createKey, in)
		if err != nil {
			r.Fatal(err)
		}
		x.id = keyid.ID(*out.KeyMetadata.KeyId)
		x.begin()
		for range rapid.IntRange(10, 60).Draw(r, "steps") {
			what := x.step()
			if bad := w.Violations(); len(bad) > 0 {
				r.Fatalf("after %s: %s", what, strings.Join(bad, "\n"))
			}
		}
	})
}

// begin gives the key its first material, and, if it can, a replica with it.
func (x *importWalk) begin() {
	first := bytes.Repeat([]byte{1}, 32)
	x.imports(walkRegions[0], first)
	in := &kms.ReplicateKeyInput{KeyId: new(string(x.id)), ReplicaRegion: new(string(walkRegions[1]))}
	if _, err := walkTo(x, walkRegions[0], "ReplicateKey", x.s.replicateKey, in); err == nil {
		x.w.Advance(settling)
		x.imports(walkRegions[1], first)
	}
}

// step does one thing in one Region, and says what.
func (x *importWalk) step() string {
	at := rapid.SampledFrom(walkRegions).Draw(x.T, "at")
	id := new(string(x.id))
	switch what := rapid.SampledFrom([]string{
		"import", "import", "import", "import", "delete", "delete", "rotate", "rotate", "replicate", "promote", "disable", "enable", "schedule", "cancel", "leap", "leap",
	}).Draw(x.T, "what"); what {
	case "import":
		x.imports(at, x.material())
		return what
	case "delete":
		in := &kms.DeleteImportedKeyMaterialInput{KeyId: id}
		if rapid.Bool().Draw(x.T, "named") {
			in.KeyMaterialId = new(importedID(x.id, x.material()))
		}
		_, _ = walkTo(x, at, "DeleteImportedKeyMaterial", x.s.deleteImportedKeyMaterial, in)
		return what
	case "rotate":
		_, _ = walkTo(x, at, "RotateKeyOnDemand", x.s.rotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: id})
		return what
	case "replicate":
		to := string(rapid.SampledFrom(walkRegions).Draw(x.T, "to"))
		_, _ = walkTo(x, at, "ReplicateKey", x.s.replicateKey, &kms.ReplicateKeyInput{KeyId: id, ReplicaRegion: &to})
		return what
	case "promote":
		to := string(rapid.SampledFrom(walkRegions).Draw(x.T, "to"))
		_, _ = walkTo(x, at, "UpdatePrimaryRegion", x.s.updatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: id, PrimaryRegion: &to})
		return what
	case "disable":
		_, _ = walkTo(x, at, "DisableKey", x.s.disableKey, &kms.DisableKeyInput{KeyId: id})
		return what
	case "enable":
		_, _ = walkTo(x, at, "EnableKey", x.s.enableKey, &kms.EnableKeyInput{KeyId: id})
		return what
	case "schedule":
		_, _ = walkTo(x, at, "ScheduleKeyDeletion", x.s.scheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: id, PendingWindowInDays: new(int32(7))})
		return what
	case "cancel":
		_, _ = walkTo(x, at, "CancelKeyDeletion", x.s.cancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: id})
		return what
	}
	by := rapid.SampledFrom([]time.Duration{time.Second, 6 * time.Second, time.Hour, 25 * time.Hour, 8 * 24 * time.Hour}).Draw(x.T, "by")
	x.w.Advance(by)
	return "a leap of " + by.String()
}

func (x *importWalk) material() []byte {
	return bytes.Repeat([]byte{rapid.ByteRange(1, 4).Draw(x.T, "material")}, 32)
}

func (x *importWalk) imports(at keyid.Region, secret []byte) {
	wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, &x.wrapping.PublicKey, secret, nil)
	if err != nil {
		x.Fatal(err)
	}
	in := &kms.ImportKeyMaterialInput{KeyId: new(string(x.id)), ImportToken: []byte("token"), EncryptedKeyMaterial: wrapped, ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire}
	if rapid.Bool().Draw(x.T, "expires") {
		in.ExpirationModel, in.ValidTo = "", new(x.w.Now().Add(rapid.SampledFrom([]time.Duration{7 * time.Second, 24 * time.Hour}).Draw(x.T, "after")))
	}
	if rapid.Bool().Draw(x.T, "described") {
		in.KeyMaterialDescription = new("safe")
	}
	in.ImportType = rapid.SampledFrom([]types.ImportType{"", types.ImportTypeNewKeyMaterial, types.ImportTypeExistingKeyMaterial}).Draw(x.T, "type")
	x.w.Locked(func() {
		if k := x.s.here(home{account, at}).keys[x.id]; k != nil { // instead of a wrapping key of its own, which takes its time
			k.external.offers["token"] = &offer{x.wrapping, types.AlgorithmSpecRsaesOaepSha256, x.w.Clock.Now()}
		}
	})
	_, _ = walkTo(x, at, "ImportKeyMaterial", x.s.importKeyMaterial, in)
}

// walkTo makes a call in a Region.
func walkTo[I, O any](x *importWalk, at keyid.Region, name string, handle func(*world.Call, *I) (*O, error), in *I) (out *O, err error) {
	root, bad := keypolicy.ParsePrincipal("arn:aws:iam::" + string(account) + ":root")
	if bad != nil {
		x.Fatal(bad)
	}
	c := &world.Call{Service: "kms", Operation: name, RequestID: x.w.RequestID(), Region: at, Caller: world.Caller{UserID: string(account), Principal: root}}
	err = x.w.Perform(context.Background(), c, world.Op(name, handle), in, func(o any) error { out = o.(*O); return nil })
	return out, err
}

package kms

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

func decoded(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 5649, section 6.
func TestUnwrapPadded(t *testing.T) {
	kek := decoded(t, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")
	for want, wrapped := range map[string]string{
		"c37b7e6492584340bed12207808941155068f738": "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
		"466f7250617369": "afbeb0f07dfbf5419200f2ccb50bb24f",
	} {
		got, err := unwrapPadded(kek, decoded(t, wrapped))
		if err != nil || !bytes.Equal(got, decoded(t, want)) {
			t.Errorf("%s: got %x, %v", wrapped, got, err)
		}
		for i := range wrapped {
			other := []byte(wrapped)
			other[i] ^= 1 // still a hexadecimal digit, but for a letter f, which is no more one
			if b, err := hex.DecodeString(string(other)); err == nil {
				if got, err := unwrapPadded(kek, b); err == nil {
					t.Errorf("%s is unwrapped to %x", other, got)
				}
			}
		}
	}
	for size := range 16 {
		if _, err := unwrapPadded(kek, make([]byte, size)); err == nil {
			t.Errorf("%d bytes are unwrapped", size)
		}
	}
	if _, err := unwrapPadded(kek[1:], make([]byte, 24)); err == nil {
		t.Error("a key of 23 bytes unwraps")
	}
}

// newImported is a key with material that expires in a day, and other material that
// waits for its rotation.
func newImported(t *testing.T) (*world.World, *Service, *key) {
	t.Helper()
	w := world.New(world.Options{})
	s := New(w)
	out, err := perform(t, w, "CreateKey", s.createKey, &kms.CreateKeyInput{Origin: types.OriginTypeExternal})
	if err != nil {
		t.Fatal(err)
	}
	k := s.regions[home{account, "eu-west-1"}].keys[keyid.ID(*out.KeyMetadata.KeyId)]
	w.Locked(func() {
		for _, in := range []*kms.ImportKeyMaterialInput{
			{ValidTo: new(w.Clock.Now().Add(24 * time.Hour)), KeyMaterialDescription: new("safe 1")},
			{ImportType: types.ImportTypeNewKeyMaterial},
		} {
			secret := w.Bytes(32)
			id := importedID(k.arn.ID, secret)
			k.ring.associate(id, w.Clock.Now())
			s.keep(k, material{id: id, secret: secret}, in)
		}
	})
	if bad := w.Violations(); len(bad) != 0 {
		t.Fatalf("before: %q", bad)
	}
	return w, s, k
}

func TestImportViolations(t *testing.T) {
	first := func(k *key) *imported { return k.external.copies[k.ring.current().id] }
	for want, spoil := range map[string]func(k *key){
		"has imported material, and its origin is AWS_KMS": func(k *key) { k.kind.origin = types.OriginTypeAwsKms },
		"waits for an import, and can have none":           func(k *key) { k.external = nil },
		"has material pending rotation that it rotated to": func(k *key) { k.ring.pending = k.ring.current() },
		"waits for a rotation to material that it has not": func(k *key) { delete(k.external.copies, k.ring.pending.id) },
		"rotates by date, and its material is imported":    func(k *key) { k.ring.rotation.period = 90 },
		"has a copy of other material":                     func(k *key) { k.external.copies["0"] = &imported{} },
		"expires on":                                       func(k *key) { first(k).validTo = first(k).validTo.Add(time.Hour) },
		"and will not":                                     func(k *key) { first(k).expiry = nil },
		"describes other material":                         func(k *key) { k.external.about["0"] = "safe 0" },
		"is Enabled without all its material":              func(k *key) { delete(k.external.copies, k.ring.current().id) },
		"is pending import, and has all its material":      func(k *key) { k.state = types.KeyStatePendingImport },
		"is Disabled without all its material":             func(k *key) { k.state, k.external.copies = types.KeyStateDisabled, nil },
		"has a copy of other material, " + hex.EncodeToString(make([]byte, 1)): func(k *key) {
			k.external.copies["00"] = &imported{material: material{secret: []byte{0}}}
		},
	} {
		t.Run(want, func(t *testing.T) {
			w, _, k := newImported(t)
			w.Locked(func() { spoil(k) })
			bad := w.Violations()
			if !slices.ContainsFunc(bad, func(s string) bool { return strings.Contains(s, want) }) {
				t.Errorf("got %q", bad)
			}
		})
	}
}

// What a key loses is overwritten, also when the key itself is deleted.
func TestImportedSecretsAreCleared(t *testing.T) {
	w, s, k := newImported(t)
	var kept [][]byte
	for _, c := range k.external.copies {
		kept = append(kept, c.secret)
	}
	if _, err := perform(t, w, "ScheduleKeyDeletion", s.scheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: new(string(k.arn.ID)), PendingWindowInDays: new(int32(7))}); err != nil {
		t.Fatal(err)
	}
	w.Advance(8 * 24 * time.Hour)
	for _, secret := range kept {
		if !bytes.Equal(secret, make([]byte, 32)) {
			t.Error("a deleted key's material is still there")
		}
	}
	if len(kept) != 2 || len(k.external.copies) != 0 {
		t.Errorf("there were %d copies, and are %d", len(kept), len(k.external.copies))
	}
}

package kms

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// newStored is a KMS with a connected CloudHSM key store and an external one, and
// a key in each.
func newStored(t *testing.T) (w *world.World, k kept, hsm, xks *key) {
	t.Helper()
	w, k = newKept(t)
	cluster, err := perform(t, w, "CreateCustomKeyStore", k.createCustomKeyStore, &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: new("cluster"), CloudHsmClusterId: new("cluster-aaaaaaaaaaa"), TrustAnchorCertificate: new("certificate"), KeyStorePassword: new("password"),
	})
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := perform(t, w, "CreateCustomKeyStore", k.createCustomKeyStore, &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: new("proxy"), CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint, XksProxyUriEndpoint: new("https://xks.example.com"), XksProxyUriPath: new("/kms/xks/v1"),
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: new("ABCDEFGHIJKLMNOPQRST"), RawSecretAccessKey: new("secret")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []*string{cluster.CustomKeyStoreId, proxy.CustomKeyStoreId} {
		if _, err := perform(t, w, "ConnectCustomKeyStore", k.connectCustomKeyStore, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: id}); err != nil {
			t.Fatal(err)
		}
	}
	w.Advance(connectingCluster)
	make := func(in *kms.CreateKeyInput) *key {
		out, err := perform(t, w, "CreateKey", k.createKey, in)
		if err != nil {
			t.Fatal(err)
		}
		return k.r.keys[keyid.ID(*out.KeyMetadata.KeyId)]
	}
	hsm = make(&kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: cluster.CustomKeyStoreId})
	xks = make(&kms.CreateKeyInput{Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: proxy.CustomKeyStoreId, XksKeyId: new("external")})
	if bad := w.Violations(); len(bad) != 0 {
		t.Fatalf("before: %q", bad)
	}
	return w, k, hsm, xks
}

func TestStoreViolations(t *testing.T) {
	for want, spoil := range map[string]func(k kept, hsm, xks *key){
		"there are 11 custom key stores": func(k kept, hsm, _ *key) {
			for n := range storeLimit - 1 {
				k.r.stores[string(rune('a'+n))] = hsm.store
			}
		},
		"is kept as x":                   func(k kept, hsm, _ *key) { k.r.stores["x"] = hsm.store },
		"two custom key stores are":      func(_ kept, hsm, xks *key) { hsm.store.name = xks.store.name },
		"are required":                   func(_ kept, hsm, _ *key) { hsm.store.cluster.password = "" },
		"is CONNECTING for ever":         func(_ kept, hsm, _ *key) { hsm.store.state = types.ConnectionStateTypeConnecting },
		"is CONNECTED for ever, or not":  func(k kept, hsm, _ *key) { hsm.store.changing = k.world.Clock.After(time.Hour, func() {}) },
		"is FAILED, with the error code": func(_ kept, hsm, _ *key) { hsm.store.state = types.ConnectionStateTypeFailed },
		"have the external key external": func(k kept, _, xks *key) { other := *xks; k.r.keys["other"] = &other },
		"has the origin AWS_KMS, and is": func(_ kept, hsm, _ *key) { hsm.kind.origin = types.OriginTypeAwsKms },
		"has the origin AWS_CLOUDHSM, and is in the custom key store <nil>": func(_ kept, hsm, _ *key) { hsm.store = nil },
		"is in a custom key store that is not there":                        func(k kept, hsm, _ *key) { delete(k.r.stores, hsm.store.id) },
		"is in a custom key store of type EXTERNAL_KEY_STORE":               func(_ kept, hsm, xks *key) { hsm.store = xks.store },
		`of the origin EXTERNAL_KEY_STORE has the external key ""`:          func(_ kept, _, xks *key) { xks.xksKey = "" },
		"in a custom key store is multi-Region":                             func(k kept, hsm, _ *key) { hsm.family = k.primary.family },
		"in a custom key store rotates":                                     func(k kept, hsm, _ *key) { k.rotate(hsm, types.RotationTypeOnDemand, world.Epoch) },
	} {
		t.Run(want, func(t *testing.T) {
			w, k, hsm, xks := newStored(t)
			w.Locked(func() { spoil(k, hsm, xks) })
			if bad := strings.Join(w.Violations(), "\n"); !strings.Contains(bad, want) {
				t.Errorf("the violations are %q", bad)
			}
		})
	}
}

// The keys of a store share its quota, whoever uses them, and those of another
// store have their own.
func TestStoreQuota(t *testing.T) {
	for _, quotas := range []bool{true, false} {
		w := world.New(world.Options{Quotas: quotas})
		c := &world.Call{World: w, Service: "kms", Region: "eu-west-1", Time: world.Epoch}
		served := func(k *key) (n int) {
			w.Locked(func() {
				for range storeRate + 1 {
					if k.ready(c) == nil {
						n++
					}
				}
			})
			return n
		}
		want := storeRate + 1
		if quotas {
			want = storeRate
		}
		for _, id := range []string{"cks-1", "cks-2"} {
			k := &key{state: types.KeyStateEnabled, store: &keyStore{id: id, state: types.ConnectionStateTypeConnected}}
			if got := served(k); got != want {
				t.Errorf("quotas %v: %d uses of keys of %s were served, want %d", quotas, got, id, want)
			}
		}
	}
}

package conformance

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const (
	keyStatePage    = "KMS Developer Guide, Key states of AWS KMS keys"
	keyMetadataPage = "KMS API Reference, KeyMetadata"
)

// inCluster and inProxy are requests for keys in a store.
func inCluster(store string) *kms.CreateKeyInput {
	return &kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: &store}
}

func inProxy(store, external string) *kms.CreateKeyInput {
	return &kms.CreateKeyInput{Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: &store, XksKeyId: &external}
}

func (c *caller) made(in *kms.CreateKeyInput) (key, *types.KeyMetadata) {
	c.x.Helper()
	m := succeed(c.x, c.KMS.CreateKey, in).KeyMetadata
	return key{text(m.KeyId), text(m.Arn)}, m
}

// keysInStores makes a connected store of each type with a key in it.
func (c *caller) keysInStores() (cluster, proxy string, hsm, xks key) {
	c.x.Helper()
	cluster, proxy = c.connect(c.keyStore(c.cluster("a"))), c.connect(c.keyStore(c.proxy("a")))
	hsm, _ = c.made(inCluster(cluster))
	xks, _ = c.made(inProxy(proxy, "bb8562717f809024"))
	return cluster, proxy, hsm, xks
}

// shown is a key's state and whether it is enabled.
func (c *caller) shown(k key) string {
	c.x.Helper()
	m := succeed(c.x, c.KMS.DescribeKey, &kms.DescribeKeyInput{KeyId: &k.id}).KeyMetadata
	return fmt.Sprint(m.KeyState, " ", m.Enabled)
}

var kmsKeyStoreKeys = []claim{
	{
		says:   "a key in a custom key store tells where its material is, and has no id of key material",
		source: keyMetadataPage + ", CloudHsmClusterId, CustomKeyStoreId, XksKeyConfiguration and CurrentKeyMaterialId; KMS Developer Guide, Create KMS keys in an AWS CloudHSM key store",
		needs:  inside,
		check: func(x *bench) {
			cluster, proxy, hsm, xks := x.Own.keysInStores()
			m := succeed(x, x.Own.KMS.DescribeKey, &kms.DescribeKeyInput{KeyId: &hsm.id}).KeyMetadata
			equal(x, "the key in a cluster", fmt.Sprint(m.Origin, " ", m.KeySpec, " ", m.KeyUsage, " ", m.KeyState, " ", m.KeyManager), "AWS_CLOUDHSM SYMMETRIC_DEFAULT ENCRYPT_DECRYPT Enabled CUSTOMER")
			equal(x, "CustomKeyStoreId", text(m.CustomKeyStoreId), cluster)
			equal(x, "CloudHsmClusterId", text(m.CloudHsmClusterId), "cluster-aaaaaaaaaaa")
			equal(x, "whether it has other members", m.XksKeyConfiguration != nil || m.CurrentKeyMaterialId != nil || *m.MultiRegion, false)
			m = succeed(x, x.Own.KMS.DescribeKey, &kms.DescribeKeyInput{KeyId: &xks.id}).KeyMetadata
			equal(x, "Origin", m.Origin, types.OriginTypeExternalKeyStore)
			equal(x, "CustomKeyStoreId", text(m.CustomKeyStoreId), proxy)
			equal(x, "XksKeyConfiguration", text(m.XksKeyConfiguration.Id), "bb8562717f809024")
			equal(x, "whether it has other members", m.CloudHsmClusterId != nil || m.CurrentKeyMaterialId != nil, false)
		},
	},
	{
		says:   "a key is made in a store that is connected, of its type, in the Region, with an external key of its own",
		source: createKeyPage + ", CustomKeyStoreId, Origin and XksKeyId; " + storeErrors + "; assumption: the code for a store of the other type",
		needs:  inside,
		check: func(x *bench) {
			cluster, proxy, _, _ := x.Own.keysInStores()
			refused(x, x.Own.KMS.CreateKey, inProxy(proxy, "bb8562717f809024"), "XksKeyAlreadyInUseException")
			refused(x, x.Own.KMS.CreateKey, inCluster("cks-none"), "CustomKeyStoreNotFoundException")
			refused(x, x.Own.in(x.away).KMS.CreateKey, inCluster(cluster), "CustomKeyStoreNotFoundException")
			refused(x, x.Other.KMS.CreateKey, inCluster(cluster), "CustomKeyStoreNotFoundException")
			refused(x, x.Own.KMS.CreateKey, inCluster(proxy), "UnsupportedOperationException")
			refused(x, x.Own.KMS.CreateKey, inProxy(cluster, "other"), "UnsupportedOperationException")
			x.Own.disconnect(cluster)
			refused(x, x.Own.KMS.CreateKey, inCluster(cluster), wrongState)
		},
	},
	{
		says:   "keys in a custom key store are symmetric encryption keys of one Region, and name store, origin and external key together",
		source: createKeyPage + ", CustomKeyStoreId, Origin, XksKeyId and MultiRegion; assumption: the codes",
		needs:  inside,
		check: func(x *bench) {
			cluster, proxy, _, _ := x.Own.keysInStores()
			several := inCluster(cluster)
			several.MultiRegion = new(true)
			refused(x, x.Own.KMS.CreateKey, several, "UnsupportedOperationException")
			for _, in := range []*kms.CreateKeyInput{
				{CustomKeyStoreId: &cluster},
				{Origin: types.OriginTypeAwsCloudhsm},
				{Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: &proxy},
				{Origin: types.OriginTypeExternalKeyStore, XksKeyId: new("other")},
				{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: &cluster, XksKeyId: new("other")},
				{XksKeyId: new("other")},
			} {
				refused(x, x.Own.KMS.CreateKey, in, "ValidationException")
			}
		},
	},
	{
		says:   "keys in a custom key store encrypt, decrypt, re-encrypt and generate data keys like others, and no data key pairs",
		source: createKeyPage + ", custom key store; KMS API Reference, GenerateDataKeyPair",
		needs:  inside,
		check: func(x *bench) {
			_, _, hsm, xks := x.Own.keysInStores()
			plain := x.Own.key("")
			for _, k := range []key{hsm, xks} {
				blob := x.Own.seal(k, "hello", "app", "shop")
				equal(x, "the plaintext", string(succeed(x, x.Own.KMS.Decrypt, k.decrypt(blob, "app", "shop")).Plaintext), "hello")
				refused(x, x.Own.KMS.Decrypt, k.decrypt(blob), "InvalidCiphertextException")
				moved := succeed(x, x.Own.KMS.ReEncrypt, &kms.ReEncryptInput{CiphertextBlob: blob, SourceEncryptionContext: contextOf("app", "shop"), DestinationKeyId: &plain.id}).CiphertextBlob
				equal(x, "the plaintext", string(succeed(x, x.Own.KMS.Decrypt, plain.decrypt(moved)).Plaintext), "hello")
				data := succeed(x, x.Own.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &k.id, KeySpec: types.DataKeySpecAes256})
				equal(x, "the data key", string(succeed(x, x.Own.KMS.Decrypt, k.decrypt(data.CiphertextBlob)).Plaintext), string(data.Plaintext))
				refused(x, x.Own.KMS.Encrypt, &kms.EncryptInput{KeyId: &k.id, Plaintext: []byte("x"), DryRun: new(true)}, "DryRunOperationException")
				refused(x, x.Own.KMS.GenerateDataKeyPair, &kms.GenerateDataKeyPairInput{KeyId: &k.id, KeyPairSpec: types.DataKeyPairSpecEccNistP256}, "UnsupportedOperationException")
			}
		},
	},
	{
		says:   "keys in a custom key store are not rotated, by date or on demand, nor asked about it, whatever the store's state",
		source: keyStatePage + ", [7]; KMS API Reference, EnableKeyRotation and RotateKeyOnDemand; KMS API Reference, ListKeyRotations, IncludeKeyMaterial; assumption: the code of that, and that there are none",
		needs:  inside,
		check: func(x *bench) {
			cluster, proxy, hsm, xks := x.Own.keysInStores()
			for _, when := range []string{"CONNECTED", "DISCONNECTED"} {
				for _, k := range []key{hsm, xks} {
					refused(x, x.Own.KMS.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &k.id}, "UnsupportedOperationException")
					refused(x, x.Own.KMS.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &k.id}, "UnsupportedOperationException")
					refused(x, x.Own.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, "UnsupportedOperationException")
					refused(x, x.Own.KMS.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: &k.id}, "UnsupportedOperationException")
					equal(x, "the number of rotations", len(x.Own.rotations(k, "")), 0)
					all := &kms.ListKeyRotationsInput{KeyId: &k.id, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial}
					refused(x, x.Own.KMS.ListKeyRotations, all, "UnsupportedOperationException")
				}
				if when == "CONNECTED" {
					x.Own.disconnect(cluster)
					x.Own.disconnect(proxy)
				}
			}
		},
	},
	{
		says:   "a store with keys, also with one that is pending deletion, cannot be deleted",
		source: "KMS API Reference, DeleteCustomKeyStore",
		needs:  inside,
		check: func(x *bench) {
			cluster, _, hsm, _ := x.Own.keysInStores()
			in := &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: &cluster}
			x.Own.disconnect(cluster)
			refused(x, x.Own.KMS.DeleteCustomKeyStore, in, "CustomKeyStoreHasCMKsException")
			x.schedule(hsm, 7)
			refused(x, x.Own.KMS.DeleteCustomKeyStore, in, "CustomKeyStoreHasCMKsException")
			x.advance(7 * day)
			succeed(x, x.Own.KMS.DeleteCustomKeyStore, in)
		},
	},
	{
		says:   "kms:KeyOrigin holds a caller to keys of an origin, made or used; no key store is named by a condition",
		source: conditionKeys + "kms:KeyOrigin; KMS Developer Guide, Controlling access to your external key store",
		needs:  inside,
		check: func(x *bench) {
			cluster, proxy, hsm, xks := x.Own.keysInStores()
			s := x.Own.session(document(may("kms:CreateKey kms:Encrypt", "*", when("StringEquals", "kms:KeyOrigin", "EXTERNAL_KEY_STORE"))))
			succeed(x, s.KMS.Encrypt, xks.encrypt("hello"))
			refused(x, s.KMS.Encrypt, hsm.encrypt("hello"), "AccessDeniedException")
			succeed(x, s.KMS.CreateKey, &kms.CreateKeyInput{
				Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: &proxy, XksKeyId: new("other"), BypassPolicyLockoutSafetyCheck: true,
			})
			refused(x, s.KMS.CreateKey, inCluster(cluster), "AccessDeniedException")
			refused(x, s.KMS.CreateKey, &kms.CreateKeyInput{}, "AccessDeniedException")
		},
	},
	{
		says:   "random bytes come of a CloudHSM key store that is connected, and of no external one",
		source: "KMS API Reference, GenerateRandom, CustomKeyStoreId; " + storeErrors,
		needs:  inside,
		check: func(x *bench) {
			cluster, proxy, _, _ := x.Own.keysInStores()
			from := func(id string) *kms.GenerateRandomInput {
				return &kms.GenerateRandomInput{CustomKeyStoreId: &id, NumberOfBytes: new(int32(32))}
			}
			equal(x, "the number of bytes", len(succeed(x, x.Own.KMS.GenerateRandom, from(cluster)).Plaintext), 32)
			refused(x, x.Own.KMS.GenerateRandom, from(proxy), "UnsupportedOperationException")
			refused(x, x.Own.KMS.GenerateRandom, from("cks-none"), "CustomKeyStoreNotFoundException")
			x.Own.disconnect(cluster)
			refused(x, x.Own.KMS.GenerateRandom, from(cluster), wrongState)
		},
	},
}

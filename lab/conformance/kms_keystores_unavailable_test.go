package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const (
	storeTrouble = "KMS Developer Guide, Troubleshooting a custom key store"
	proxyTrouble = "KMS Developer Guide, Troubleshooting external key stores"
)

var kmsUnavailable = []claim{
	{
		says:   "the keys of a store that is not connected are Unavailable, at once and until it is connected again",
		source: "KMS Developer Guide, Disconnect an AWS CloudHSM key store; " + keyStatePage + ", [11]; " + storeTrouble,
		needs:  inside,
		check: func(x *bench) {
			cluster, _, hsm, xks := x.Own.keysInStores()
			blob := x.Own.seal(hsm, "hello")
			grant := &kms.CreateGrantInput{KeyId: &hsm.id, GranteePrincipal: new(x.Own.role("")), Operations: []types.GrantOperation{types.GrantOperationDecrypt}}
			succeed(x, x.Own.KMS.DisconnectCustomKeyStore, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &cluster})
			for _, when := range []string{"DISCONNECTING", "DISCONNECTED", "CONNECTING"} {
				equal(x, "the store", string(x.Own.describeStore(cluster).ConnectionState), when)
				equal(x, "the key, "+when, x.Own.shown(hsm), "Unavailable false")
				refused(x, x.Own.KMS.Encrypt, hsm.encrypt("hello"), "KMSInvalidStateException").saying(hsm.arn + " is unavailable.")
				refused(x, x.Own.KMS.Decrypt, hsm.decrypt(blob), "KMSInvalidStateException")
				refused(x, x.Own.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &hsm.id, KeySpec: types.DataKeySpecAes256}, "KMSInvalidStateException")
				refused(x, x.Own.KMS.Encrypt, &kms.EncryptInput{KeyId: &hsm.id, Plaintext: []byte("x"), DryRun: new(true)}, "KMSInvalidStateException")
				refused(x, x.Own.KMS.ReEncrypt, &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &xks.id}, "KMSInvalidStateException")
				equal(x, "a key of another store, "+when, x.Own.shown(xks), "Enabled true")
				succeed(x, x.Own.KMS.CreateGrant, grant)
				x.Own.alias(hsm)
				x.advance(5 * time.Minute)
				if when == "DISCONNECTED" {
					succeed(x, x.Own.KMS.ConnectCustomKeyStore, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &cluster})
				}
			}
			x.advance(20 * time.Minute)
			equal(x, "the key", x.Own.shown(hsm), "Enabled true")
			equal(x, "the plaintext", string(succeed(x, x.Own.KMS.Decrypt, hsm.decrypt(blob)).Plaintext), "hello")
		},
	},
	{
		says:   "an unavailable key is enabled or disabled once it becomes available; one that is pending deletion stays so, and the deletion can be cancelled",
		source: keyStatePage + ", [12] and [13]; " + storeTrouble,
		needs:  inside,
		check: func(x *bench) {
			cluster, proxy, hsm, xks := x.Own.keysInStores()
			x.Own.disconnect(cluster)
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &hsm.id})
			equal(x, "the key", x.Own.shown(hsm), "Unavailable false")
			x.Own.connect(cluster)
			equal(x, "the key", x.Own.shown(hsm), "Disabled false")
			refused(x, x.Own.KMS.Encrypt, hsm.encrypt("hello"), "DisabledException")
			x.Own.disconnect(cluster)
			equal(x, "the key", x.Own.shown(hsm), "Unavailable false")
			succeed(x, x.Own.KMS.EnableKey, &kms.EnableKeyInput{KeyId: &hsm.id})
			x.Own.connect(cluster)
			equal(x, "the key", x.Own.shown(hsm), "Enabled true")

			x.schedule(xks, 7)
			x.Own.disconnect(proxy)
			equal(x, "the key", x.Own.shown(xks), "PendingDeletion false")
			refused(x, x.Own.KMS.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &hsm.id}, "KMSInvalidStateException")
			succeed(x, x.Own.KMS.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &xks.id})
			equal(x, "the key", x.Own.shown(xks), "Unavailable false")
			x.Own.connect(proxy)
			equal(x, "the key", x.Own.shown(xks), "Disabled false")
		},
	},
	{
		says:   "the keys of a store whose connection failed are Unavailable",
		source: storeTrouble + ", How to fix unavailable KMS keys",
		needs:  inside,
		check: func(x *bench) {
			_, proxy, _, xks := x.Own.keysInStores()
			x.Own.disconnect(proxy)
			x.lab.KMS.BreakKeyStore(proxy, types.ConnectionErrorCodeTypeXksProxyTimedOut)
			x.Own.connect(proxy)
			equal(x, "the store", string(x.Own.describeStore(proxy).ConnectionState), "FAILED")
			equal(x, "the key", x.Own.shown(xks), "Unavailable false")
		},
	},
	{
		says:   "what is behind a connected store may be out of reach: then its keys are Enabled, and fail",
		source: storeTrouble + ", How to respond to a cryptographic operation failure; " + proxyTrouble,
		needs:  inside,
		check: func(x *bench) {
			cluster, proxy, hsm, xks := x.Own.keysInStores()
			x.lab.KMS.BreakKeyStore(cluster, types.ConnectionErrorCodeTypeNetworkErrors)
			x.lab.KMS.BreakKeyStore(proxy, types.ConnectionErrorCodeTypeXksProxyNotReachable)
			for _, k := range []key{hsm, xks} {
				equal(x, "the key", x.Own.shown(k), "Enabled true")
			}
			refused(x, x.Own.KMS.Encrypt, hsm.encrypt("hello"), "KMSInvalidStateException").saying("KMS cannot communicate with your CloudHSM cluster")
			refused(x, x.Own.KMS.Encrypt, xks.encrypt("hello"), "KMSInvalidStateException").mentioning("KMS cannot communicate with the external key store proxy.")
			refused(x, x.Own.KMS.CreateKey, inProxy(proxy, "other"), wrongState)
			x.lab.KMS.BreakKeyStore(cluster, "")
			x.Own.seal(hsm, "hello")
		},
	},
}

package kms

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// stored says whether keys of an origin are in a custom key store, and of which
// type that is.
func stored(o types.OriginType) (of types.CustomKeyStoreType, ok bool) {
	switch o {
	case types.OriginTypeAwsCloudhsm:
		return types.CustomKeyStoreTypeAwsCloudhsm, true
	case types.OriginTypeExternalKeyStore:
		return types.CustomKeyStoreTypeExternalKeyStore, true
	}
	return "", false
}

// storeForm says what is wrong with what a request says of a custom key store:
// the origin goes with the store, and EXTERNAL_KEY_STORE with an external key;
// only symmetric encryption keys of a single Region are in one (API reference,
// CreateKey). Codes and wording are assumed.
func storeForm(in *kms.CreateKeyInput, of kind) error {
	_, ok := stored(of.origin)
	external := of.origin == types.OriginTypeExternalKeyStore
	switch {
	case ok != (in.CustomKeyStoreId != nil):
		return invalid("CustomKeyStoreId goes with the Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE, and they with it.")
	case external != (in.XksKeyId != nil):
		return invalid("XksKeyId goes with the Origin EXTERNAL_KEY_STORE, and that with it.")
	case ok && !of.symmetric():
		return unsupported("Keys of spec " + string(of.spec) + " are not supported in a custom key store.")
	case ok && aws.ToBool(in.MultiRegion):
		return unsupported("Multi-Region keys are not supported in a custom key store.")
	}
	return nil
}

func unsupported(message string) error {
	return &types.UnsupportedOperationException{Message: &message}
}

// storeFor finds the custom key store of a new key, nil for a key that goes into
// none. It must be connected, and an external key serves one KMS key of its store
// (API reference, CreateKey; the code for a store of the other type is assumed).
func (s *Service) storeFor(c *world.Call, in *kms.CreateKeyInput) (*keyStore, error) {
	if in.CustomKeyStoreId == nil {
		return nil, nil
	}
	st := s.mine(c).stores[*in.CustomKeyStoreId]
	if st == nil {
		return nil, noStore(*in.CustomKeyStoreId)
	}
	if of, _ := stored(in.Origin); of != st.kind {
		return nil, unsupported("The Origin " + string(in.Origin) + " is not valid for a custom key store of type " + string(st.kind) + ".")
	}
	if st.state != types.ConnectionStateTypeConnected {
		return nil, st.wrongState()
	}
	for _, k := range s.mine(c).keys {
		if in.XksKeyId != nil && k.store == st && k.xksKey == *in.XksKeyId { // assumed wording
			return nil, &types.XksKeyAlreadyInUseException{Message: new("The external key " + k.xksKey + " is in use by another KMS key of the custom key store " + st.id + ".")}
		}
	}
	return st, st.reachable(func(message string) error { return &types.CustomKeyStoreInvalidStateException{Message: &message} })
}

// shown is the key state as callers see it: that of a key in a custom key store
// that is not connected is Unavailable, unless it is PendingDeletion; once the
// store is connected it is what it was, or what EnableKey and DisableKey made of
// it in the meantime (KMS Developer Guide, "Key states of AWS KMS keys", [12] and
// [13]; "Troubleshooting a custom key store").
func (k *key) shown() types.KeyState {
	if k.store != nil && k.store.state != types.ConnectionStateTypeConnected && k.notPending() == nil {
		return types.KeyStateUnavailable
	}
	return k.state
}

// ready says why the key cannot be used for cryptography now, or nil: its state,
// and for a key in a custom key store whether that can be reached, and is not used
// too often.
func (k *key) ready(c *world.Call) error {
	if k.shown() == types.KeyStateUnavailable {
		return k.invalidState("unavailable")
	}
	if err := k.usable(); err != nil || k.store == nil {
		return err
	}
	err := k.store.reachable(func(message string) error { return &types.KMSInvalidStateException{Message: &message} })
	if err != nil {
		return err
	}
	return c.Limit("custom key store "+k.store.id, storeRate)
}

// storeRate is how many cryptographic operations a second the keys of one custom
// key store share, whoever calls (KMS Developer Guide, "Request quotas", Custom key
// store request quota).
const storeRate = 1800

// reachable words that KMS cannot reach what is behind the store (KMS Developer
// Guide, "Troubleshooting a custom key store" and "Troubleshooting external key
// stores"; that all causes have the words of the most common one is assumed).
func (st *keyStore) reachable(refuse func(message string) error) error {
	switch {
	case st.broken == "":
		return nil
	case st.kind == types.CustomKeyStoreTypeAwsCloudhsm:
		return refuse("KMS cannot communicate with your CloudHSM cluster")
	}
	return refuse("AWS KMS cannot communicate with the external key store proxy. Verify that your external key store proxy is active and is connected to the network, and that its URI path and endpoint URI or VPC service name are correct in your external key store.")
}

// describeStore adds to a key's metadata where its material is.
func (k *key) describeStore(m *types.KeyMetadata) {
	if k.store == nil {
		return
	}
	m.CustomKeyStoreId = &k.store.id
	if k.store.kind == types.CustomKeyStoreTypeAwsCloudhsm {
		m.CloudHsmClusterId = &k.store.cluster.id
	} else {
		m.XksKeyConfiguration = &types.XksKeyConfigurationType{Id: &k.xksKey}
	}
}

// randomStore checks the custom key store that random bytes are asked of: a
// CloudHSM key store that is connected (API reference, GenerateRandom).
func (s *Service) randomStore(c *world.Call, id *string) error {
	if id == nil {
		return nil
	}
	st := s.mine(c).stores[*id]
	switch {
	case st == nil:
		return noStore(*id)
	case st.kind != types.CustomKeyStoreTypeAwsCloudhsm: // assumed wording
		return unsupported("The custom key store " + st.id + " is an external key store.")
	case st.state != types.ConnectionStateTypeConnected:
		return st.wrongState()
	}
	return st.reachable(func(message string) error { return &types.CustomKeyStoreInvalidStateException{Message: &message} })
}

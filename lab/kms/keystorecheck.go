package kms

import (
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// checkStores: what must not be of custom key stores.
func checkStores(bad *world.Findings, r *region) {
	bad.If(len(r.stores) > storeLimit, "there are %d custom key stores", len(r.stores))
	names := map[string]bool{}
	for id, st := range r.stores {
		bad.If(st.id != id, "custom key store %s is kept as %s", st.id, id)
		bad.If(names[st.name], "two custom key stores are called %s", st.name)
		names[st.name] = true
		if err := st.form(); err != nil {
			bad.If(true, "custom key store %s: %v", id, err)
		}
		transient := st.state == types.ConnectionStateTypeConnecting || st.state == types.ConnectionStateTypeDisconnecting
		bad.If(transient != st.changing.Waits(), "custom key store %s is %s for ever, or not for long", id, st.state)
		bad.If((st.state == types.ConnectionStateTypeFailed) != (st.failure != ""), "custom key store %s is %s, with the error code %q", id, st.state, st.failure)
	}
	external := map[string]bool{}
	for _, k := range r.keys {
		if k.xksKey != "" && k.store != nil {
			bad.If(external[k.store.id+" "+k.xksKey], "two keys of custom key store %s have the external key %s", k.store.id, k.xksKey)
			external[k.store.id+" "+k.xksKey] = true
		}
	}
}

// checkStored: where the material of a key is, and what follows from it.
func (s *Service) checkStored(bad *world.Findings, h home, k *key) {
	of, in := stored(k.kind.origin)
	bad.If(in != (k.store != nil), "%s has the origin %s, and is in the custom key store %v", k.arn, k.kind.origin, k.store)
	if k.store == nil || !in {
		return
	}
	bad.If(s.here(h).stores[k.store.id] != k.store, "%s is in a custom key store that is not there, %s", k.arn, k.store.id)
	bad.If(k.store.kind != of, "%s of the origin %s is in a custom key store of type %s", k.arn, k.kind.origin, k.store.kind)
	bad.If((k.xksKey != "") != (of == types.CustomKeyStoreTypeExternalKeyStore), "%s of the origin %s has the external key %q", k.arn, k.kind.origin, k.xksKey)
	bad.If(!k.kind.symmetric() || k.family != nil, "%s in a custom key store is multi-Region, or of spec %s", k.arn, k.kind.spec)
	bad.If(k.ring.rotation.period != 0 || len(k.ring.materials) != 1, "%s in a custom key store rotates", k.arn)
}

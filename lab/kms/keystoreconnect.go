package kms

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// How long it takes: to connect "up to 20 minutes" to a CloudHSM cluster, and
// "about five minutes" to an external key store proxy, and to disconnect that as
// long (KMS Developer Guide, "Connect an AWS CloudHSM key store", "Connect and
// disconnect external key stores"). That a cluster is disconnected as fast is
// assumed.
const (
	connectingCluster = 20 * time.Minute
	connectingProxy   = 5 * time.Minute
	disconnecting     = 5 * time.Minute
)

// wrongState refuses what the connection state does not allow (API reference,
// CustomKeyStoreInvalidStateException; its wording is assumed).
func (st *keyStore) wrongState() error {
	return &types.CustomKeyStoreInvalidStateException{Message: new("The custom key store " + st.id + " is " + string(st.state) + ".")}
}

// connectCustomKeyStore begins to connect. It is "valid for all other"
// connection states than DISCONNECTING and FAILED (API reference,
// CustomKeyStoreInvalidStateException): that it changes nothing where a store is
// connected, or about to be, is assumed.
func (s *Service) connectCustomKeyStore(c *world.Call, in *kms.ConnectCustomKeyStoreInput) (*kms.ConnectCustomKeyStoreOutput, error) {
	st, err := s.store(c, *in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	switch st.state {
	case types.ConnectionStateTypeDisconnecting, types.ConnectionStateTypeFailed:
		return nil, st.wrongState()
	case types.ConnectionStateTypeDisconnected:
		s.connect(st)
	}
	return &kms.ConnectCustomKeyStoreOutput{}, nil
}

func (s *Service) connect(st *keyStore) {
	takes := connectingCluster
	if st.kind == types.CustomKeyStoreTypeExternalKeyStore {
		takes = connectingProxy
	}
	st.state = types.ConnectionStateTypeConnecting
	st.changing = s.world.Clock.After(takes, func() {
		st.state, st.failure = types.ConnectionStateTypeConnected, st.broken
		if st.broken != "" {
			st.state = types.ConnectionStateTypeFailed
		}
	})
}

// disconnectCustomKeyStore begins to disconnect; the store's keys are unavailable
// at once. A store that is FAILED is disconnected too, before it can be connected
// again.
func (s *Service) disconnectCustomKeyStore(c *world.Call, in *kms.DisconnectCustomKeyStoreInput) (*kms.DisconnectCustomKeyStoreOutput, error) {
	st, err := s.store(c, *in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	switch st.state {
	case types.ConnectionStateTypeDisconnecting, types.ConnectionStateTypeDisconnected:
		return nil, st.wrongState()
	}
	s.world.Clock.Cancel(st.changing)
	st.state, st.failure = types.ConnectionStateTypeDisconnecting, ""
	st.changing = s.world.Clock.After(disconnecting, func() { st.state = types.ConnectionStateTypeDisconnected })
	return &kms.DisconnectCustomKeyStoreOutput{}, nil
}

// BreakKeyStore has KMS not reach what is behind a custom key store any more:
// attempts to connect it fail with the code, and so do all uses of its keys while
// it is connected. With "" it is mended. It is called from outside the world's
// lock, and panics where there is no such store.
func (s *Service) BreakKeyStore(id string, why types.ConnectionErrorCodeType) {
	found := false
	s.world.Locked(func() {
		for _, r := range s.regions {
			if st := r.stores[id]; st != nil {
				st.broken, found = why, true
			}
		}
	})
	if !found {
		panic("kms: there is no custom key store " + id)
	}
}

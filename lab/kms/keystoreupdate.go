package kms

import (
	"cmp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// updateCustomKeyStore changes properties. A connected store, and none in a state
// of transition or failure, takes a new name, and an external one a new credential
// and path too; all else needs a disconnected one (API reference,
// UpdateCustomKeyStore).
func (s *Service) updateCustomKeyStore(c *world.Call, in *kms.UpdateCustomKeyStoreInput) (*kms.UpdateCustomKeyStoreOutput, error) {
	st, err := s.store(c, *in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	changed := *st
	changed.update(in)
	changed.proxy.complete(c)
	if err := changed.form(); err != nil {
		return nil, err
	}
	if changed.proxy.connectivity != st.proxy.connectivity && in.XksProxyUriEndpoint == nil { // assumed wording
		return nil, invalid("A change of XksProxyConnectivity requires a change of XksProxyUriEndpoint.")
	}
	connected := st.state == types.ConnectionStateTypeConnected && !st.needsDisconnecting(in)
	if !connected && st.state != types.ConnectionStateTypeDisconnected {
		return nil, st.wrongState()
	}
	if err := s.mine(c).clash(c, &changed); err != nil {
		return nil, err
	}
	*st = changed
	return &kms.UpdateCustomKeyStoreOutput{}, nil
}

func (st *keyStore) needsDisconnecting(in *kms.UpdateCustomKeyStoreInput) bool {
	return in.CloudHsmClusterId != nil || in.KeyStorePassword != nil || in.XksProxyConnectivity != "" || in.XksProxyUriEndpoint != nil ||
		in.XksProxyVpcEndpointServiceName != nil || in.XksProxyVpcEndpointServiceOwner != nil
}

// update takes over what a request has. With the connectivity of a VPC endpoint
// service goes the service.
func (st *keyStore) update(in *kms.UpdateCustomKeyStoreInput) {
	set := func(to, from *string) {
		if from != nil {
			*to = *from
		}
	}
	set(&st.name, in.NewCustomKeyStoreName)
	set(&st.cluster.id, in.CloudHsmClusterId)
	set(&st.cluster.password, in.KeyStorePassword)
	p := &st.proxy
	if in.XksProxyConnectivity != "" && in.XksProxyConnectivity != p.connectivity {
		p.connectivity, p.service, p.owner = in.XksProxyConnectivity, "", ""
	}
	set(&p.endpoint, in.XksProxyUriEndpoint)
	set(&p.path, in.XksProxyUriPath)
	set(&p.service, in.XksProxyVpcEndpointServiceName)
	set(&p.owner, in.XksProxyVpcEndpointServiceOwner)
	if a := in.XksProxyAuthenticationCredential; a != nil {
		p.accessKeyID, p.secret = aws.ToString(a.AccessKeyId), aws.ToString(a.RawSecretAccessKey)
	}
}

// disconnected gives a CloudHSM key store with all the same properties that is
// disconnected, or nil.
func (r *region) disconnected(asked *keyStore) *keyStore {
	for _, st := range r.stores {
		if st.kind == types.CustomKeyStoreTypeAwsCloudhsm && st.state == types.ConnectionStateTypeDisconnected &&
			st.kind == asked.kind && st.name == asked.name && st.cluster == asked.cluster {
			return st
		}
	}
	return nil
}

// clash says what of a store another one has that must be its own (API reference,
// CreateCustomKeyStore; the wording is assumed). A VPC endpoint service is found in
// its own Region only (KMS Developer Guide, "Troubleshooting external key stores").
func (r *region) clash(c *world.Call, asked *keyStore) error {
	if service := asked.proxy.service; service != "" && !strings.Contains(service, ".vpce."+string(c.Region)+".") {
		return &types.XksProxyVpcEndpointServiceNotFoundException{Message: new("The VPC endpoint service " + service + " is not found in " + string(c.Region) + ".")}
	}
	for _, other := range world.Sorted(r.stores) {
		if other.id == asked.id {
			continue
		}
		if other.name == asked.name {
			return &types.CustomKeyStoreNameInUseException{Message: new("The name " + asked.name + " is in use by another custom key store.")}
		}
		if err := cmp.Or(asked.cluster.clash(other, asked.id != ""), asked.proxy.clash(other)); err != nil {
			return err
		}
	}
	return nil
}

// clash: a cluster that another store has is none that is related to the one that
// a store has now, so an update to it is refused as such (assumption).
func (c cluster) clash(other *keyStore, update bool) error {
	switch {
	case c.id == "" || c.id != other.cluster.id:
		return nil
	case update:
		return &types.CloudHsmClusterNotRelatedException{Message: new("The cluster " + c.id + " is not related to the one of this custom key store.")}
	}
	return &types.CloudHsmClusterInUseException{Message: new("The cluster " + c.id + " is in use by another custom key store.")}
}

func (p proxy) clash(other *keyStore) error {
	service := types.XksProxyConnectivityTypeVpcEndpointService
	switch o := other.proxy; {
	case p.endpoint == "":
		return nil
	case p.service != "" && p.service == o.service:
		return &types.XksProxyVpcEndpointServiceInUseException{Message: new("The VPC endpoint service " + p.service + " is in use by another external key store.")}
	case p.endpoint != o.endpoint:
		return nil
	case p.connectivity == service || o.connectivity == service:
		return &types.XksProxyUriEndpointInUseException{Message: new("The endpoint " + p.endpoint + " is in use by another external key store.")}
	case p.path == o.path:
		return &types.XksProxyUriInUseException{Message: new("The URI " + p.endpoint + p.path + " is in use by another external key store.")}
	}
	return nil
}

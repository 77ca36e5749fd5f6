package kms

import (
	"cmp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// keyStore is a custom key store. What is behind it, a CloudHSM cluster or an
// external key store proxy, is not in the lab: it is taken to be there, and to be
// as it must, until BreakKeyStore.
type keyStore struct {
	id, name string // cks-…
	kind     types.CustomKeyStoreType
	created  time.Time
	cluster  cluster // of AWS_CLOUDHSM
	proxy    proxy   // of EXTERNAL_KEY_STORE

	state    types.ConnectionStateType
	changing *world.Due                    // the end of CONNECTING or DISCONNECTING
	failure  types.ConnectionErrorCodeType // why it is FAILED
	broken   types.ConnectionErrorCodeType // why it cannot be reached, or ""
}

// cluster is how KMS finds a CloudHSM cluster and logs into it.
type cluster struct{ id, certificate, password string }

// proxy is how KMS finds an external key store proxy and signs its requests.
type proxy struct {
	connectivity        types.XksProxyConnectivityType
	endpoint, path      string
	service, owner      string // the Amazon VPC endpoint service, of VPC_ENDPOINT_SERVICE
	accessKeyID, secret string
}

// storeLimit is how many custom key stores a Region of an account can have (KMS
// Developer Guide, "Resource quotas").
const storeLimit = 10

// createCustomKeyStore makes a store that is not connected. The same request again
// for a CloudHSM key store that is disconnected gives that one: KMS "recognizes
// the duplicate as the likely consequence of a retry" (KMS Developer Guide, "Create
// an AWS CloudHSM key store").
func (s *Service) createCustomKeyStore(c *world.Call, in *kms.CreateCustomKeyStoreInput) (*kms.CreateCustomKeyStoreOutput, error) {
	st := requestedStore(c, in)
	if err := st.form(); err != nil {
		return nil, err
	}
	if err := authorizeAccount(c, "*", nil); err != nil {
		return nil, err
	}
	if st.kind == types.CustomKeyStoreTypeAwsCloudhsm {
		if err := authorizeCluster(c); err != nil {
			return nil, err
		}
	}
	r := s.mine(c)
	if again := r.disconnected(st); again != nil {
		return &kms.CreateCustomKeyStoreOutput{CustomKeyStoreId: &again.id}, nil
	}
	if err := r.clash(c, st); err != nil {
		return nil, err
	}
	if len(r.stores) >= storeLimit { // assumed wording
		return nil, &types.LimitExceededException{Message: new("Custom key stores quota for this account in this region is 10, current usage is 10.")}
	}
	st.id = s.world.Hex("keystore", "cks-", 17)
	s.make(homeOf(c)).stores[st.id] = st
	return &kms.CreateCustomKeyStoreOutput{CustomKeyStoreId: &st.id}, nil
}

// authorizeCluster is for who makes a CloudHSM key store: KMS looks at the
// cluster, and makes its service-linked role (KMS Developer Guide, "Controlling
// access to your AWS CloudHSM key store"). The wording of the refusal is assumed.
func authorizeCluster(c *world.Call) error {
	err := c.Authorize("AccessDeniedException", world.Access{Action: "cloudhsm:DescribeClusters", Resource: "*", ResourceAccount: c.Account()})
	if err != nil {
		return err
	}
	return authorizeLinkedRole(c, "cks.kms.amazonaws.com", "AWSServiceRoleForKeyManagementServiceCustomKeyStores")
}

func requestedStore(c *world.Call, in *kms.CreateCustomKeyStoreInput) *keyStore {
	st := &keyStore{
		name: *in.CustomKeyStoreName, kind: cmp.Or(in.CustomKeyStoreType, types.CustomKeyStoreTypeAwsCloudhsm), created: c.Time,
		cluster: cluster{aws.ToString(in.CloudHsmClusterId), aws.ToString(in.TrustAnchorCertificate), aws.ToString(in.KeyStorePassword)},
		proxy: proxy{
			connectivity: in.XksProxyConnectivity, endpoint: aws.ToString(in.XksProxyUriEndpoint), path: aws.ToString(in.XksProxyUriPath),
			service: aws.ToString(in.XksProxyVpcEndpointServiceName), owner: aws.ToString(in.XksProxyVpcEndpointServiceOwner),
		},
		state: types.ConnectionStateTypeDisconnected,
	}
	if a := in.XksProxyAuthenticationCredential; a != nil {
		st.proxy.accessKeyID, st.proxy.secret = *a.AccessKeyId, *a.RawSecretAccessKey
	}
	st.proxy.complete(c)
	return st
}

// complete names the owner of the VPC endpoint service where a request does not:
// the caller's account (API reference, CreateCustomKeyStore).
func (p *proxy) complete(c *world.Call) {
	if p.connectivity == types.XksProxyConnectivityTypeVpcEndpointService {
		p.owner = cmp.Or(p.owner, string(c.Account()))
	}
}

// form says which properties a store lacks, or has that are of the other type (API
// reference, CreateCustomKeyStore). Code and wording are assumed.
func (st *keyStore) form() error {
	if st.kind == types.CustomKeyStoreTypeAwsCloudhsm {
		switch c := st.cluster; {
		case st.proxy != proxy{}:
			return invalid("The properties of an external key store proxy are not valid for a custom key store of type AWS_CLOUDHSM.")
		case c.id == "", c.certificate == "", c.password == "":
			return invalid("CloudHsmClusterId, TrustAnchorCertificate and KeyStorePassword are required for a custom key store of type AWS_CLOUDHSM.")
		}
		return nil
	}
	byService := st.proxy.connectivity == types.XksProxyConnectivityTypeVpcEndpointService
	switch p := st.proxy; {
	case st.cluster != cluster{}:
		return invalid("The properties of a CloudHSM cluster are not valid for a custom key store of type EXTERNAL_KEY_STORE.")
	case p.connectivity == "", p.endpoint == "", p.path == "", p.accessKeyID == "":
		return invalid("XksProxyConnectivity, XksProxyAuthenticationCredential, XksProxyUriEndpoint and XksProxyUriPath are required for a custom key store of type EXTERNAL_KEY_STORE.")
	case byService != (p.service != ""), byService != (p.owner != ""):
		return invalid("The Amazon VPC endpoint service is required for the connectivity VPC_ENDPOINT_SERVICE, and not valid for another one.")
	}
	return nil
}

// describeCustomKeyStores lists all, or the one of an id or a name.
func (s *Service) describeCustomKeyStores(c *world.Call, in *kms.DescribeCustomKeyStoresInput) (*kms.DescribeCustomKeyStoresOutput, error) {
	if in.CustomKeyStoreId != nil && in.CustomKeyStoreName != nil { // assumed wording
		return nil, invalid("Provide either the CustomKeyStoreId or the CustomKeyStoreName, but not both.")
	}
	if err := authorizeAccount(c, "*", nil); err != nil {
		return nil, err
	}
	var all []*keyStore
	for _, st := range world.Sorted(s.mine(c).stores) {
		if (in.CustomKeyStoreId == nil || *in.CustomKeyStoreId == st.id) && (in.CustomKeyStoreName == nil || *in.CustomKeyStoreName == st.name) {
			all = append(all, st)
		}
	}
	if len(all) == 0 && (in.CustomKeyStoreId != nil || in.CustomKeyStoreName != nil) {
		return nil, noStore(aws.ToString(cmp.Or(in.CustomKeyStoreId, in.CustomKeyStoreName)))
	}
	some, next, err := page(c, all, func(st *keyStore) string { return st.id }, in.Marker, in.Limit, 100)
	if err != nil {
		return nil, err
	}
	out := &kms.DescribeCustomKeyStoresOutput{CustomKeyStores: []types.CustomKeyStoresListEntry{}, NextMarker: next, Truncated: next != nil}
	for _, st := range some {
		out.CustomKeyStores = append(out.CustomKeyStores, st.describe())
	}
	return out, nil
}

// noStore refuses what is not there (assumed wording).
func noStore(name string) error {
	return &types.CustomKeyStoreNotFoundException{Message: new("The custom key store " + name + " does not exist.")}
}

// describe leaves out the password and the secret.
func (st *keyStore) describe() types.CustomKeyStoresListEntry {
	e := types.CustomKeyStoresListEntry{
		CustomKeyStoreId: &st.id, CustomKeyStoreName: &st.name, CustomKeyStoreType: st.kind, CreationDate: &st.created,
		ConnectionState: st.state, ConnectionErrorCode: st.failure,
	}
	if st.kind == types.CustomKeyStoreTypeAwsCloudhsm {
		e.CloudHsmClusterId, e.TrustAnchorCertificate = &st.cluster.id, &st.cluster.certificate
		return e
	}
	p := &st.proxy
	e.XksProxyConfiguration = &types.XksProxyConfigurationType{
		AccessKeyId: &p.accessKeyID, Connectivity: p.connectivity, UriEndpoint: &p.endpoint, UriPath: &p.path,
	}
	if p.service != "" {
		e.XksProxyConfiguration.VpcEndpointServiceName, e.XksProxyConfiguration.VpcEndpointServiceOwner = &p.service, &p.owner
	}
	return e
}

// store authorizes an operation on a custom key store of the caller's, and finds
// it: no policy names one (Service Authorization Reference, AWS KMS).
func (s *Service) store(c *world.Call, id string) (*keyStore, error) {
	if err := authorizeAccount(c, "*", nil); err != nil {
		return nil, err
	}
	st := s.mine(c).stores[id]
	if st == nil {
		return nil, noStore(id)
	}
	c.Tell("customKeyStoreName", st.name) // KMS Developer Guide, log entry of ConnectCustomKeyStore
	if st.cluster.id != "" {
		c.Tell("clusterId", st.cluster.id)
	}
	return st, nil
}

// deleteCustomKeyStore is for a store without keys that is disconnected. Which of
// the two is looked at first is assumed.
func (s *Service) deleteCustomKeyStore(c *world.Call, in *kms.DeleteCustomKeyStoreInput) (*kms.DeleteCustomKeyStoreOutput, error) {
	st, err := s.store(c, *in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	if st.state != types.ConnectionStateTypeDisconnected {
		return nil, st.wrongState()
	}
	for _, k := range s.mine(c).keys {
		if k.store == st { // assumed wording
			return nil, &types.CustomKeyStoreHasCMKsException{Message: new("The custom key store " + st.id + " contains KMS keys.")}
		}
	}
	delete(s.mine(c).stores, st.id)
	return &kms.DeleteCustomKeyStoreOutput{}, nil
}

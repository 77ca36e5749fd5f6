package conformance

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const (
	storeErrors = "KMS API Reference, CustomKeyStoreInvalidStateException"
	storeUpdate = "KMS API Reference, UpdateCustomKeyStore"
	wrongState  = "CustomKeyStoreInvalidStateException"
)

// updating is a request to change a store.
func updating(id string, change func(*kms.UpdateCustomKeyStoreInput)) *kms.UpdateCustomKeyStoreInput {
	in := &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: &id}
	change(in)
	return in
}

var kmsKeyStoreStates = []claim{
	{
		says:   "what is done with a custom key store is recorded with its name and cluster, and without certificate and password",
		source: logEntries + "CreateCustomKeyStore, ConnectCustomKeyStore, UpdateCustomKeyStore and DeleteCustomKeyStore",
		needs:  inside,
		check: func(x *bench) {
			in := x.Own.cluster("a")
			id := x.Own.keyStore(in)
			made := x.latest(x.Own, "CreateCustomKeyStore")
			equal(x, "requestParameters.customKeyStoreName", made.RequestParameters["customKeyStoreName"].(string), text(in.CustomKeyStoreName))
			equal(x, "the number of parameters", len(made.RequestParameters), 2)
			equal(x, "responseElements.customKeyStoreId", made.ResponseElements["customKeyStoreId"].(string), id)
			x.Own.connect(id)
			x.Own.disconnect(id)
			succeed(x, x.Own.KMS.UpdateCustomKeyStore, updating(id, func(in *kms.UpdateCustomKeyStoreInput) { in.KeyStorePassword = new("another1") }))
			succeed(x, x.Own.KMS.DeleteCustomKeyStore, &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: &id})
			for _, name := range []string{"ConnectCustomKeyStore", "DisconnectCustomKeyStore", "UpdateCustomKeyStore", "DeleteCustomKeyStore"} {
				r := x.latest(x.Own, name)
				equal(x, "the parameters of "+name, fmt.Sprint(r.RequestParameters), "map[customKeyStoreId:"+id+"]")
				equal(x, "the number of elements of the answer to "+name, len(r.ResponseElements), 0)
				equal(x, "additionalEventData of "+name, fmt.Sprint(r.AdditionalEventData), "map[clusterId:cluster-aaaaaaaaaaa customKeyStoreName:"+text(in.CustomKeyStoreName)+"]")
			}
		},
	},
	{
		says:   "to connect takes up to 20 minutes with a cluster, and about five with a proxy",
		source: "KMS Developer Guide, Connect an AWS CloudHSM key store; KMS Developer Guide, Connect and disconnect external key stores",
		needs:  inside,
		check: func(x *bench) {
			cluster, proxy := x.Own.keyStore(x.Own.cluster("a")), x.Own.keyStore(x.Own.proxy("a"))
			states := func() string {
				return fmt.Sprint(x.Own.describeStore(cluster).ConnectionState, " ", x.Own.describeStore(proxy).ConnectionState)
			}
			for _, id := range []string{cluster, proxy} {
				succeed(x, x.Own.KMS.ConnectCustomKeyStore, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &id})
			}
			equal(x, "the states at once", states(), "CONNECTING CONNECTING")
			x.advance(5 * time.Minute)
			equal(x, "the states after 5 minutes", states(), "CONNECTING CONNECTED")
			x.advance(15 * time.Minute)
			equal(x, "the states after 20 minutes", states(), "CONNECTED CONNECTED")
			for _, id := range []string{cluster, proxy} {
				succeed(x, x.Own.KMS.DisconnectCustomKeyStore, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &id})
			}
			equal(x, "the states while they are disconnected", states(), "DISCONNECTING DISCONNECTING")
			x.advance(5 * time.Minute)
			equal(x, "the states after that", states(), "DISCONNECTED DISCONNECTED")
		},
	},
	{
		says:   "which operations the connection state of a store allows",
		source: storeErrors + "; assumption: to connect what is connected, or about to be, changes nothing",
		needs:  inside,
		check: func(x *bench) {
			id := x.Own.keyStore(x.Own.cluster("a"))
			connect, disconnect := &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &id}, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &id}
			remove := &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: &id}
			refused(x, x.Own.KMS.DisconnectCustomKeyStore, disconnect, wrongState) // DISCONNECTED
			succeed(x, x.Own.KMS.ConnectCustomKeyStore, connect)
			succeed(x, x.Own.KMS.ConnectCustomKeyStore, connect) // CONNECTING
			refused(x, x.Own.KMS.DeleteCustomKeyStore, remove, wrongState)
			x.advance(20 * time.Minute)
			succeed(x, x.Own.KMS.ConnectCustomKeyStore, connect) // CONNECTED
			equal(x, "ConnectionState", x.Own.describeStore(id).ConnectionState, types.ConnectionStateTypeConnected)
			refused(x, x.Own.KMS.DeleteCustomKeyStore, remove, wrongState)
			succeed(x, x.Own.KMS.DisconnectCustomKeyStore, disconnect)
			refused(x, x.Own.KMS.ConnectCustomKeyStore, connect, wrongState) // DISCONNECTING
			refused(x, x.Own.KMS.DisconnectCustomKeyStore, disconnect, wrongState)
			refused(x, x.Own.KMS.DeleteCustomKeyStore, remove, wrongState)
			x.advance(5 * time.Minute)
			succeed(x, x.Own.KMS.ConnectCustomKeyStore, connect)
			succeed(x, x.Own.KMS.DisconnectCustomKeyStore, disconnect) // CONNECTING
			x.advance(20 * time.Minute)
			equal(x, "ConnectionState", x.Own.describeStore(id).ConnectionState, types.ConnectionStateTypeDisconnected)
			succeed(x, x.Own.KMS.DeleteCustomKeyStore, remove)
			refused(x, x.Own.KMS.DeleteCustomKeyStore, remove, "CustomKeyStoreNotFoundException")
			refused(x, x.Own.KMS.ConnectCustomKeyStore, connect, "CustomKeyStoreNotFoundException")
			refused(x, x.Own.KMS.DisconnectCustomKeyStore, disconnect, "CustomKeyStoreNotFoundException")
			refused(x, x.Own.KMS.UpdateCustomKeyStore, updating(id, func(*kms.UpdateCustomKeyStoreInput) {}), "CustomKeyStoreNotFoundException")
		},
	},
	{
		says:   "a store whose connection fails says why, and is disconnected before it is connected again",
		source: "KMS API Reference, CustomKeyStoresListEntry, ConnectionErrorCode; " + storeErrors,
		needs:  inside,
		check: func(x *bench) {
			id := x.Own.keyStore(x.Own.cluster("a"))
			x.lab.KMS.BreakKeyStore(id, types.ConnectionErrorCodeTypeInvalidCredentials)
			x.Own.connect(id)
			st := x.Own.describeStore(id)
			equal(x, "ConnectionState", st.ConnectionState, types.ConnectionStateTypeFailed)
			equal(x, "ConnectionErrorCode", st.ConnectionErrorCode, types.ConnectionErrorCodeTypeInvalidCredentials)
			refused(x, x.Own.KMS.ConnectCustomKeyStore, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &id}, wrongState)
			x.lab.KMS.BreakKeyStore(id, "")
			x.Own.disconnect(id)
			st = x.Own.describeStore(id)
			equal(x, "ConnectionState", st.ConnectionState, types.ConnectionStateTypeDisconnected)
			equal(x, "ConnectionErrorCode", st.ConnectionErrorCode, "")
			x.Own.connect(id)
			equal(x, "ConnectionState", x.Own.describeStore(id).ConnectionState, types.ConnectionStateTypeConnected)
		},
	},
	{
		says:   "a connected store takes a new name, and an external one a new path and credential; all else needs a disconnected one",
		source: storeUpdate,
		needs:  inside,
		check: func(x *bench) {
			cluster, proxy := x.Own.keyStore(x.Own.cluster("a")), x.Own.keyStore(x.Own.proxy("a"))
			name, next := x.name("store"), x.name("store")
			change := func(in *kms.UpdateCustomKeyStoreInput) { in.CloudHsmClusterId = new("cluster-bbbbbbbbbbb") }
			password := func(in *kms.UpdateCustomKeyStoreInput) { in.KeyStorePassword = new("another1") }
			move := func(in *kms.UpdateCustomKeyStoreInput) { in.XksProxyUriEndpoint = new("https://other.xks.example.com") }
			easy := func(in *kms.UpdateCustomKeyStoreInput) {
				in.NewCustomKeyStoreName, in.XksProxyUriPath = &next, new("/b/kms/xks/v1")
				in.XksProxyAuthenticationCredential = &types.XksProxyAuthenticationCredentialType{AccessKeyId: new("ANOTHER23456EXAMPLEA"), RawSecretAccessKey: new(strings.Repeat("t", 43))}
			}
			rename := func(in *kms.UpdateCustomKeyStoreInput) { in.NewCustomKeyStoreName = &name }
			succeed(x, x.Own.KMS.ConnectCustomKeyStore, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &cluster})
			refused(x, x.Own.KMS.UpdateCustomKeyStore, updating(cluster, rename), wrongState) // CONNECTING
			x.Own.connect(proxy)
			succeed(x, x.Own.KMS.UpdateCustomKeyStore, updating(cluster, rename))
			succeed(x, x.Own.KMS.UpdateCustomKeyStore, updating(proxy, easy))
			refused(x, x.Own.KMS.UpdateCustomKeyStore, updating(cluster, change), wrongState)
			refused(x, x.Own.KMS.UpdateCustomKeyStore, updating(cluster, password), wrongState)
			refused(x, x.Own.KMS.UpdateCustomKeyStore, updating(proxy, move), wrongState)
			x.Own.disconnect(cluster)
			x.Own.disconnect(proxy)
			succeed(x, x.Own.KMS.UpdateCustomKeyStore, updating(cluster, change))
			succeed(x, x.Own.KMS.UpdateCustomKeyStore, updating(cluster, password))
			succeed(x, x.Own.KMS.UpdateCustomKeyStore, updating(proxy, move))
			equal(x, "the name", text(x.Own.describeStore(cluster).CustomKeyStoreName), name)
			equal(x, "the cluster", text(x.Own.describeStore(cluster).CloudHsmClusterId), "cluster-bbbbbbbbbbb")
			st := x.Own.describeStore(proxy)
			p := st.XksProxyConfiguration
			equal(x, "the proxy", fmt.Sprint(text(st.CustomKeyStoreName), text(p.UriEndpoint), text(p.UriPath), text(p.AccessKeyId)), next+"https://other.xks.example.com/b/kms/xks/v1ANOTHER23456EXAMPLEA")
		},
	},
	{
		says:   "an update takes no name, cluster or address of another store, nor properties of the other type",
		source: storeUpdate + "; assumption: the codes for another store's cluster and for the other type",
		needs:  inside,
		check: func(x *bench) {
			first := x.Own.cluster("a")
			one, two, proxy := x.Own.keyStore(first), x.Own.keyStore(x.Own.cluster("b")), x.Own.keyStore(x.Own.proxy("a"))
			x.Own.keyStore(x.Own.proxy("b"))
			for code, in := range map[string]*kms.UpdateCustomKeyStoreInput{
				"CustomKeyStoreNameInUseException":   updating(two, func(in *kms.UpdateCustomKeyStoreInput) { in.NewCustomKeyStoreName = first.CustomKeyStoreName }),
				"CloudHsmClusterNotRelatedException": updating(two, func(in *kms.UpdateCustomKeyStoreInput) { in.CloudHsmClusterId = first.CloudHsmClusterId }),
				"XksProxyUriInUseException":          updating(proxy, func(in *kms.UpdateCustomKeyStoreInput) { in.XksProxyUriPath = new("/b/kms/xks/v1") }),
				"ValidationException":                updating(proxy, func(in *kms.UpdateCustomKeyStoreInput) { in.KeyStorePassword = new("another1") }),
				"CustomKeyStoreNotFoundException":    updating("cks-none", func(in *kms.UpdateCustomKeyStoreInput) { in.NewCustomKeyStoreName = new("x") }),
			} {
				refused(x, x.Own.KMS.UpdateCustomKeyStore, in, code)
			}
			succeed(x, x.Own.KMS.UpdateCustomKeyStore, updating(one, func(in *kms.UpdateCustomKeyStoreInput) { in.NewCustomKeyStoreName = first.CustomKeyStoreName }))
		},
	},
	{
		says:   "with the connectivity of an external key store its endpoint changes, and its VPC endpoint service comes or goes",
		source: storeUpdate + ", XksProxyConnectivity; assumption: the code",
		needs:  inside,
		check: func(x *bench) {
			id, service := x.Own.keyStore(x.Own.proxy("a")), "com.amazonaws.vpce."+x.region+".vpce-svc-1"
			toService := func(in *kms.UpdateCustomKeyStoreInput) {
				in.XksProxyConnectivity, in.XksProxyVpcEndpointServiceName = types.XksProxyConnectivityTypeVpcEndpointService, &service
			}
			refused(x, x.Own.KMS.UpdateCustomKeyStore, updating(id, toService), "ValidationException")
			succeed(x, x.Own.KMS.UpdateCustomKeyStore, updating(id, func(in *kms.UpdateCustomKeyStoreInput) {
				toService(in)
				in.XksProxyUriEndpoint = new("https://private.example.com")
			}))
			p := x.Own.describeStore(id).XksProxyConfiguration
			equal(x, "the service", fmt.Sprint(p.Connectivity, text(p.VpcEndpointServiceName), text(p.VpcEndpointServiceOwner)), "VPC_ENDPOINT_SERVICE"+service+x.Own.account)
			succeed(x, x.Own.KMS.UpdateCustomKeyStore, updating(id, func(in *kms.UpdateCustomKeyStoreInput) {
				in.XksProxyConnectivity, in.XksProxyUriEndpoint = types.XksProxyConnectivityTypePublicEndpoint, new("https://public.example.com")
			}))
			p = x.Own.describeStore(id).XksProxyConfiguration
			equal(x, "whether it has a service", p.VpcEndpointServiceName != nil || p.VpcEndpointServiceOwner != nil, false)
		},
	},
}

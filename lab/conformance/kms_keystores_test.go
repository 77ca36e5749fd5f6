package conformance

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// On AWS a custom key store needs a CloudHSM cluster or an external key manager,
// so all these claims are checked inside the lab.
const storeCreate = "KMS API Reference, CreateCustomKeyStore"

// cluster is a request for a CloudHSM key store with a cluster of that letter.
func (c *caller) cluster(letter string) *kms.CreateCustomKeyStoreInput {
	return &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: new(c.x.name("store")), CloudHsmClusterId: new("cluster-" + strings.Repeat(letter, 11)),
		TrustAnchorCertificate: new("-----BEGIN CERTIFICATE-----"), KeyStorePassword: new("kmsPswd1"),
	}
}

// proxy is a request for an external key store with a path of that word.
func (c *caller) proxy(word string) *kms.CreateCustomKeyStoreInput {
	return &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: new(c.x.name("store")), CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint, XksProxyUriEndpoint: new("https://xks.example.com"),
		XksProxyUriPath:                  new("/" + word + "/kms/xks/v1"),
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: new("ABCDE23456EXAMPLEABC"), RawSecretAccessKey: new(strings.Repeat("s", 43))},
	}
}

// byService is a request for an external key store behind a VPC endpoint service.
func (c *caller) byService(word, service string) *kms.CreateCustomKeyStoreInput {
	in := c.proxy(word)
	in.XksProxyConnectivity = types.XksProxyConnectivityTypeVpcEndpointService
	in.XksProxyUriEndpoint = new("https://" + word + ".private.example.com")
	in.XksProxyVpcEndpointServiceName = &service
	return in
}

func (c *caller) keyStore(in *kms.CreateCustomKeyStoreInput) string {
	c.x.Helper()
	return text(succeed(c.x, c.KMS.CreateCustomKeyStore, in).CustomKeyStoreId)
}

// connect begins to connect a store, and waits until that is done.
func (c *caller) connect(id string) string {
	c.x.Helper()
	succeed(c.x, c.KMS.ConnectCustomKeyStore, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &id})
	c.x.advance(20 * time.Minute)
	return id
}

func (c *caller) disconnect(id string) {
	c.x.Helper()
	succeed(c.x, c.KMS.DisconnectCustomKeyStore, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &id})
	c.x.advance(5 * time.Minute)
}

func (c *caller) describeStore(id string) types.CustomKeyStoresListEntry {
	c.x.Helper()
	out := succeed(c.x, c.KMS.DescribeCustomKeyStores, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: &id})
	equal(c.x, "the number of stores", len(out.CustomKeyStores), 1)
	return out.CustomKeyStores[0]
}

var kmsKeyStores = []claim{
	{
		says:   "a new CloudHSM key store is disconnected, and tells of its cluster and certificate, but not of the password",
		source: storeCreate + "; KMS API Reference, CustomKeyStoresListEntry",
		needs:  inside,
		check: func(x *bench) {
			in := x.Own.cluster("a")
			st := x.Own.describeStore(x.Own.keyStore(in))
			equal(x, "the kind of id", text(st.CustomKeyStoreId)[:4], "cks-")
			equal(x, "CustomKeyStoreName", text(st.CustomKeyStoreName), text(in.CustomKeyStoreName))
			equal(x, "CustomKeyStoreType", st.CustomKeyStoreType, types.CustomKeyStoreTypeAwsCloudhsm)
			equal(x, "CloudHsmClusterId", text(st.CloudHsmClusterId), text(in.CloudHsmClusterId))
			equal(x, "TrustAnchorCertificate", text(st.TrustAnchorCertificate), text(in.TrustAnchorCertificate))
			equal(x, "ConnectionState", st.ConnectionState, types.ConnectionStateTypeDisconnected)
			equal(x, "ConnectionErrorCode", st.ConnectionErrorCode, "")
			equal(x, "whether it has a proxy", st.XksProxyConfiguration != nil, false)
			equal(x, "the password is recorded", strings.Contains(fmt.Sprint(x.latest(x.Own, "CreateCustomKeyStore")), "kmsPswd1"), false)
		},
	},
	{
		says:   "a new external key store is disconnected, and tells of its proxy, but not of the secret",
		source: storeCreate + "; KMS API Reference, XksProxyConfigurationType",
		needs:  inside,
		check: func(x *bench) {
			st := x.Own.describeStore(x.Own.keyStore(x.Own.proxy("a")))
			equal(x, "CustomKeyStoreType", st.CustomKeyStoreType, types.CustomKeyStoreTypeExternalKeyStore)
			equal(x, "ConnectionState", st.ConnectionState, types.ConnectionStateTypeDisconnected)
			equal(x, "whether it has a cluster", st.CloudHsmClusterId != nil || st.TrustAnchorCertificate != nil, false)
			p := st.XksProxyConfiguration
			equal(x, "the proxy", fmt.Sprint(text(p.AccessKeyId), " ", p.Connectivity, " ", text(p.UriEndpoint), text(p.UriPath)),
				"ABCDE23456EXAMPLEABC PUBLIC_ENDPOINT https://xks.example.com/a/kms/xks/v1")
			equal(x, "whether it has a service", p.VpcEndpointServiceName != nil || p.VpcEndpointServiceOwner != nil, false)
			p = x.Own.describeStore(x.Own.keyStore(x.Own.byService("b", "com.amazonaws.vpce."+x.region+".vpce-svc-1"))).XksProxyConfiguration
			equal(x, "the service", text(p.VpcEndpointServiceName), "com.amazonaws.vpce."+x.region+".vpce-svc-1")
			equal(x, "its owner", text(p.VpcEndpointServiceOwner), x.Own.account)
		},
	},
	{
		says:   "a store has all properties of its type, and none of the other",
		source: storeCreate + "; assumption: the code",
		needs:  inside,
		check: func(x *bench) {
			for _, spoil := range []func(*kms.CreateCustomKeyStoreInput){
				func(in *kms.CreateCustomKeyStoreInput) { in.CloudHsmClusterId = nil },
				func(in *kms.CreateCustomKeyStoreInput) { in.TrustAnchorCertificate = nil },
				func(in *kms.CreateCustomKeyStoreInput) { in.KeyStorePassword = nil },
				func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyUriPath = new("/kms/xks/v1") },
			} {
				in := x.Own.cluster("a")
				spoil(in)
				refused(x, x.Own.KMS.CreateCustomKeyStore, in, "ValidationException")
			}
			for _, spoil := range []func(*kms.CreateCustomKeyStoreInput){
				func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyConnectivity = "" },
				func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyAuthenticationCredential = nil },
				func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyUriEndpoint = nil },
				func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyUriPath = nil },
				func(in *kms.CreateCustomKeyStoreInput) {
					in.XksProxyVpcEndpointServiceName = new("com.amazonaws.vpce.us-east-1.vpce-svc-1")
				},
				func(in *kms.CreateCustomKeyStoreInput) {
					in.XksProxyConnectivity = types.XksProxyConnectivityTypeVpcEndpointService
				},
				func(in *kms.CreateCustomKeyStoreInput) { in.CloudHsmClusterId = new("cluster-aaaaaaaaaaa") },
			} {
				in := x.Own.proxy("a")
				spoil(in)
				refused(x, x.Own.KMS.CreateCustomKeyStore, in, "ValidationException")
			}
		},
	},
	{
		says:   "name, cluster and proxy address of a store are its own in the Region of the account",
		source: storeCreate + ", CustomKeyStoreName, CloudHsmClusterId, XksProxyUriEndpoint, XksProxyUriPath and XksProxyVpcEndpointServiceName",
		needs:  inside,
		check: func(x *bench) {
			service := "com.amazonaws.vpce." + x.region + ".vpce-svc-"
			first := x.Own.cluster("a")
			x.Own.keyStore(first)
			x.Own.keyStore(x.Own.proxy("a"))
			x.Own.keyStore(x.Own.byService("b", service+"1"))
			named := x.Own.cluster("b")
			named.CustomKeyStoreName = first.CustomKeyStoreName
			refused(x, x.Own.KMS.CreateCustomKeyStore, named, "CustomKeyStoreNameInUseException")
			refused(x, x.Own.KMS.CreateCustomKeyStore, x.Own.cluster("a"), "CloudHsmClusterInUseException")
			refused(x, x.Own.KMS.CreateCustomKeyStore, x.Own.proxy("a"), "XksProxyUriInUseException")
			x.Own.keyStore(x.Own.proxy("c"))
			refused(x, x.Own.KMS.CreateCustomKeyStore, x.Own.byService("c", service+"1"), "XksProxyVpcEndpointServiceInUseException")
			refused(x, x.Own.KMS.CreateCustomKeyStore, x.Own.byService("b", service+"2"), "XksProxyUriEndpointInUseException")
			public := x.Own.proxy("d")
			public.XksProxyUriEndpoint = new("https://b.private.example.com")
			refused(x, x.Own.KMS.CreateCustomKeyStore, public, "XksProxyUriEndpointInUseException")
			refused(x, x.Own.KMS.CreateCustomKeyStore, x.Own.byService("e", "com.amazonaws.vpce."+x.away+".vpce-svc-3"), "XksProxyVpcEndpointServiceNotFoundException")
			x.Own.in(x.away).keyStore(x.Own.cluster("a"))
		},
	},
	{
		says:   "the same request again for a CloudHSM key store that is disconnected gives that one",
		source: "KMS Developer Guide, Create an AWS CloudHSM key store",
		needs:  inside,
		check: func(x *bench) {
			in := x.Own.cluster("a")
			id := x.Own.keyStore(in)
			equal(x, "the id", x.Own.keyStore(in), id)
			other := *in
			other.KeyStorePassword = new("another1")
			refused(x, x.Own.KMS.CreateCustomKeyStore, &other, "CustomKeyStoreNameInUseException")
			x.Own.connect(id)
			refused(x, x.Own.KMS.CreateCustomKeyStore, in, "CustomKeyStoreNameInUseException")
		},
	},
	{
		says:   "a Region of an account has ten custom key stores at most",
		source: "KMS Developer Guide, Resource quotas; KMS API Reference, CreateCustomKeyStore, LimitExceededException",
		needs:  inside,
		check: func(x *bench) {
			for n := range 10 {
				x.Own.keyStore(x.Own.proxy(string(rune('a' + n))))
			}
			refused(x, x.Own.KMS.CreateCustomKeyStore, x.Own.cluster("a"), "LimitExceededException")
		},
	},
	{
		says:   "stores are listed in pages, and one is found by its id or its name",
		source: "KMS API Reference, DescribeCustomKeyStores; assumption: the code for both",
		needs:  inside,
		check: func(x *bench) {
			one, two := x.Own.proxy("a"), x.Own.proxy("b")
			id := x.Own.keyStore(one)
			x.Own.keyStore(two)
			page := succeed(x, x.Own.KMS.DescribeCustomKeyStores, &kms.DescribeCustomKeyStoresInput{Limit: new(int32(1))})
			equal(x, "Truncated", page.Truncated, true)
			rest := succeed(x, x.Own.KMS.DescribeCustomKeyStores, &kms.DescribeCustomKeyStoresInput{Marker: page.NextMarker})
			equal(x, "the number of stores on both pages", len(page.CustomKeyStores)+len(rest.CustomKeyStores), 2)
			named := succeed(x, x.Own.KMS.DescribeCustomKeyStores, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreName: one.CustomKeyStoreName})
			equal(x, "the id", text(named.CustomKeyStores[0].CustomKeyStoreId), id)
			refused(x, x.Own.KMS.DescribeCustomKeyStores, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreName: new("none")}, "CustomKeyStoreNotFoundException")
			refused(x, x.Own.KMS.DescribeCustomKeyStores, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: new("cks-none")}, "CustomKeyStoreNotFoundException")
			refused(x, x.Own.KMS.DescribeCustomKeyStores, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: &id, CustomKeyStoreName: one.CustomKeyStoreName}, "ValidationException")
			refused(x, x.Own.KMS.DescribeCustomKeyStores, &kms.DescribeCustomKeyStoresInput{Marker: new("none")}, "InvalidMarkerException")
		},
	},
	{
		says:   "who makes a CloudHSM key store needs cloudhsm:DescribeClusters and iam:CreateServiceLinkedRole, too",
		source: "KMS Developer Guide, Controlling access to your AWS CloudHSM key store; Service Authorization Reference, AWS KMS",
		needs:  inside,
		check: func(x *bench) {
			const all = "kms:CreateCustomKeyStore kms:DescribeCustomKeyStores"
			for _, actions := range []string{all, all + " cloudhsm:DescribeClusters", all + " iam:CreateServiceLinkedRole"} {
				refused(x, x.Own.session(document(may(actions, "*"))).KMS.CreateCustomKeyStore, x.Own.cluster("a"), "AccessDeniedException")
			}
			x.Own.session(document(may(all, "*"))).keyStore(x.Own.proxy("a"))
			x.Own.session(document(may(all+" cloudhsm:DescribeClusters iam:CreateServiceLinkedRole", "*"))).keyStore(x.Own.cluster("a"))
		},
	},
}

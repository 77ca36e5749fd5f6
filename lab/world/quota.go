package world

import (
	"reflect"
	"strings"
	"time"

	"rekey/shared/keyid"
)

// Quotas a second: a call that exceeds its service's is throttled. How AWS
// counts is not documented beyond that: a bucket of one second's requests that
// fills up evenly is assumed. What a service calls on somebody's behalf counts
// as that account's calls (KMS Developer Guide, "Request quotas", API requests
// made on your behalf), and what a service calls as itself as those of the
// account for whose resource it does so.
//
// Left out, since they are not documented or depend on what is not modelled:
// IAM's, those of most of SNS and CloudWatch Logs, SQS's but for FIFO queues,
// Lambda's for invocations, EventBridge Scheduler's, KMS's of encapsulation, and
// the bursts that AWS lets pass. That a ReEncrypt with an RSA key counts against
// RSA's quota alone is assumed, and that ML-DSA has one of its own, like the others'.

// group is the operations that share a quota: its name, and how many requests
// they may make a second.
type group struct {
	name string
	rate float64
}

// limited are the services that have quotas here: what quota a call counts
// against, if any.
var limited = map[string]func(*Call) (group, bool){
	"kms":            kmsQuota,
	"secretsmanager": byOperation(secretsQuotas),
	"ssm":            byOperation(ssmQuotas),
	"sts":            func(*Call) (group, bool) { return group{"all", 600}, true }, // IAM User Guide, "IAM and AWS STS quotas"
	"cloudtrail":     byOperation(map[string]group{"LookupEvents": {"LookupEvents", 2}}),
	"sns":            snsQuota,
	"sqs":            sqsQuota,
	"events":         eventsQuota,
	"lambda":         lambdaQuota,
	"s3":             s3Quota,
	"logs":           byOperation(map[string]group{"CreateLogStream": {"CreateLogStream", 50}}), // API reference, CreateLogStream
}

func byOperation(quotas map[string]group) func(*Call) (group, bool) {
	return func(c *Call) (group, bool) {
		g, ok := quotas[c.Operation]
		return g, ok
	}
}

// shared gives one quota to several operations.
func shared(into map[string]group, rate float64, operations string) {
	for _, op := range strings.Fields(operations) {
		into[op] = group{operations, rate}
	}
}

// each gives several operations a quota of their own.
func each(into map[string]group, rate float64, operations string) {
	for _, op := range strings.Fields(operations) {
		into[op] = group{op, rate}
	}
}

func quotas(fill func(map[string]group)) map[string]group {
	all := map[string]group{}
	fill(all)
	return all
}

// KMS Developer Guide, "Request quotas".
var kmsQuotas = quotas(func(q map[string]group) {
	each(q, 1000, "GetKeyPolicy GetKeyRotationStatus")
	each(q, 5, "CancelKeyDeletion ConnectCustomKeyStore CreateAlias CreateCustomKeyStore CreateKey DeleteCustomKeyStore DescribeCustomKeyStores DisableKey"+
		" DisableKeyRotation DisconnectCustomKeyStore EnableKey GetKeyLastUsage ReplicateKey RotateKeyOnDemand UntagResource UpdateAlias UpdateCustomKeyStore UpdateKeyDescription UpdatePrimaryRegion")
	each(q, 15, "DeleteAlias DeleteImportedKeyMaterial EnableKeyRotation ImportKeyMaterial PutKeyPolicy ScheduleKeyDeletion")
	each(q, 50, "CreateGrant RetireGrant RevokeGrant")
	each(q, 100, "ListGrants ListKeyPolicies ListKeyRotations ListRetirableGrants")
	each(q, 500, "ListAliases ListKeys")
	each(q, 2000, "DescribeKey GetPublicKey ListResourceTags")
	each(q, 1, "GetParametersForImport")
	each(q, 10, "TagResource")
})

func kmsQuota(c *Call) (group, bool) {
	if of := asymmetric(c); of != "" {
		return group{"cryptographic " + of, 1000}, true
	}
	switch c.Operation {
	case "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GenerateRandom", "ReEncrypt", "VerifyMac":
		return group{"cryptographic", perRegion(c.Region, 10000, map[float64]string{
			100000: "us-east-1 us-west-2 eu-west-1",
			20000:  "us-east-2 ap-southeast-1 ap-southeast-2 ap-northeast-1 eu-central-1 eu-west-2",
		})}, true
	case "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext":
		rate := map[string]float64{"RSA_2048": 20, "RSA_3072": 4, "RSA_4096": 1}[c.member("KeyPairSpec")]
		if rate == 0 {
			rate = 100
		}
		return group{"GenerateDataKeyPair " + c.member("KeyPairSpec"), rate}, true
	}
	g, ok := kmsQuotas[c.Operation]
	return g, ok
}

// asymmetric says which asymmetric keys' quota a call of KMS counts against, by the
// algorithm that it names; "" for none.
func asymmetric(c *Call) string {
	switch c.Operation {
	case "Encrypt", "Decrypt", "ReEncrypt":
		for _, name := range []string{"EncryptionAlgorithm", "SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm"} {
			if strings.HasPrefix(c.member(name), "RSA") {
				return "RSA"
			}
		}
	case "Sign", "Verify":
		switch a := c.member("SigningAlgorithm"); {
		case strings.HasPrefix(a, "RSA"):
			return "RSA"
		case strings.HasPrefix(a, "ML_DSA"):
			return "ML-DSA"
		}
		return "ECC"
	case "DeriveSharedSecret":
		return "ECC"
	}
	return ""
}

// perRegion gives what a Region has of its own, or what the others have.
func perRegion(region keyid.Region, others float64, own map[float64]string) float64 {
	for rate, regions := range own {
		if strings.Contains(" "+regions+" ", " "+string(region)+" ") {
			return rate
		}
	}
	return others
}

// Secrets Manager User Guide, "AWS Secrets Manager quotas".
var secretsQuotas = quotas(func(q map[string]group) {
	shared(q, 10000, "DescribeSecret GetSecretValue")
	shared(q, 50, "DeleteResourcePolicy GetResourcePolicy PutResourcePolicy ValidateResourcePolicy")
	shared(q, 50, "PutSecretValue RemoveRegionsFromReplication ReplicateSecretToRegions StopReplicationToReplica UpdateSecret UpdateSecretVersionStage")
	shared(q, 50, "CancelRotateSecret RotateSecret")
	shared(q, 50, "TagResource UntagResource")
	each(q, 50, "CreateSecret DeleteSecret GetRandomPassword ListSecretVersionIds RestoreSecret")
	each(q, 100, "BatchGetSecretValue ListSecrets")
})

// AWS General Reference, "AWS Systems Manager endpoints and quotas": as long as
// nobody has paid for more.
var ssmQuotas = quotas(func(q map[string]group) {
	shared(q, 40, "GetParameter GetParameters GetParametersByPath")
	each(q, 3, "PutParameter")
})

// AWS General Reference, "Amazon SNS endpoints and quotas". It counts messages;
// here a batch counts as one.
func snsQuota(c *Call) (group, bool) {
	switch c.Operation {
	case "Publish", "PublishBatch":
		return group{"messages", perRegion(c.Region, 300, map[float64]string{
			30000: "us-east-1", 9000: "us-west-2 eu-west-1",
			1500: "us-east-2 us-west-1 ap-south-1 ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2 eu-central-1",
		})}, true
	case "Subscribe", "Unsubscribe":
		return group{c.Operation, 100}, true
	}
	return group{}, false
}

// sqsQuota: standard queues have none. Of a FIFO queue each of the three
// actions has its own, and a batch is one request (SQS Developer Guide, "Amazon
// SQS message quotas").
func sqsQuota(c *Call) (group, bool) {
	queue := c.member("QueueUrl")
	action := strings.TrimSuffix(c.Operation, "Batch")
	if !strings.HasSuffix(queue, ".fifo") || action != "SendMessage" && action != "ReceiveMessage" && action != "DeleteMessage" {
		return group{}, false
	}
	return group{action + " " + queue, 300}, true
}

// AWS General Reference, "Amazon EventBridge endpoints and quotas".
func eventsQuota(c *Call) (group, bool) {
	if c.Operation != "PutEvents" {
		return group{"all others", 50}, true
	}
	return group{"PutEvents", perRegion(c.Region, 400, map[float64]string{
		10000: "us-east-1 us-west-2 eu-west-1", 2400: "us-east-2 eu-central-1 eu-south-2",
		1200: "us-west-1 ap-northeast-1 ap-southeast-1 ap-southeast-2 eu-west-2",
		600:  "ap-east-1 ap-northeast-2 ap-south-1 ca-central-1 eu-north-1 eu-west-3 sa-east-1",
	})}, true
}

// Lambda Developer Guide, "Lambda quotas", API requests.
func lambdaQuota(c *Call) (group, bool) {
	switch c.Operation {
	case "Invoke", "InvokeAsync", "InvokeWithResponseStream":
		return group{}, false
	case "GetFunction":
		return group{c.Operation, 100}, true
	case "GetPolicy":
		return group{c.Operation, 15}, true
	}
	return group{"control plane", 15}, true
}

// s3Quota is per prefix of a bucket, not per account (S3 User Guide, "Best
// practices design patterns: optimizing Amazon S3 performance"). That the prefix
// is the key up to its last slash is assumed: S3 divides as it sees fit.
func s3Quota(c *Call) (group, bool) {
	bucket, key := c.member("Bucket"), c.member("Key")
	if bucket == "" || key == "" && !strings.HasPrefix(c.Operation, "ListObject") {
		return group{}, false
	}
	prefix := bucket + "/" + key[:strings.LastIndexByte(key, '/')+1]
	if strings.HasPrefix(c.Operation, "Get") || strings.HasPrefix(c.Operation, "Head") || strings.HasPrefix(c.Operation, "List") {
		return group{"reads of " + prefix, 5500}, true
	}
	return group{"writes of " + prefix, 3500}, true
}

// member gives a text of the call's input, or "".
func (c *Call) member(name string) string {
	v := reflect.Indirect(reflect.ValueOf(c.in))
	if v.Kind() != reflect.Struct {
		return ""
	}
	f := reflect.Indirect(v.FieldByName(name))
	if f.Kind() != reflect.String {
		return ""
	}
	return f.String()
}

// bucketKey names a bucket of requests.
type bucketKey struct {
	account keyid.Account
	region  keyid.Region
	service string
	group   string
}

// bucket holds the requests that may be made at once.
type bucket struct {
	left float64
	at   time.Time
}

// meter counts requests, within the world's lock.
type meter struct {
	buckets map[bucketKey]*bucket
	raised  map[bucketKey]float64 // by operation
}

// SetQuota sets how many requests of an operation an account may make a second
// in a Region, instead of what it shares with others: as after an increase of
// the quota. It panics on less than nothing. Quotas count only where
// Options.Quotas asks for them.
func (w *World) SetQuota(account keyid.Account, region keyid.Region, service, operation string, perSecond float64) {
	if perSecond < 0 {
		panic("world: a quota of less than nothing")
	}
	w.mu.Lock()
	defer w.unlock()
	if w.meter != nil {
		w.meter.raised[bucketKey{account, region, service, operation}] = perSecond
	}
}

// exceeded says whether a call is one more than its quota allows, and counts it.
func (m *meter) exceeded(c *Call) bool {
	account := c.Account()
	if account == "" {
		account = c.Source.Account
	}
	of := limited[c.Service]
	if m == nil || of == nil {
		return false
	}
	g, ok := of(c)
	key := bucketKey{account, c.Region, c.Service, c.Operation}
	if rate, raised := m.raised[key]; raised {
		g, ok = group{c.Operation, rate}, true
	}
	if key.group = g.name; c.Service == "s3" {
		key.account, key.region = "", ""
	} else if account == "" {
		return false // a service that acts for nobody
	}
	if !ok {
		return false
	}
	return !m.take(key, g.rate, c.Time)
}

// Limit counts a call against a quota that does not depend on who calls, such as
// that of a custom key store, and refuses it where it is one too many. A handler
// asks before it changes anything.
func (c *Call) Limit(of string, perSecond float64) error {
	m := c.World.meter
	if m == nil || m.take(bucketKey{region: c.Region, service: c.Service, group: of}, perSecond, c.Time) {
		return nil
	}
	return throttled(c.Service)
}

// take takes one request out of a bucket that fills up in a second. The first
// use finds it full.
func (m *meter) take(key bucketKey, rate float64, now time.Time) bool {
	size := max(rate, 1)
	b := m.buckets[key]
	if b == nil {
		b = &bucket{left: size, at: now}
		m.buckets[key] = b
	}
	b.left = min(size, b.left+rate*now.Sub(b.at).Seconds())
	b.at = now
	if rate == 0 || b.left < 1 {
		return false
	}
	b.left--
	return true
}

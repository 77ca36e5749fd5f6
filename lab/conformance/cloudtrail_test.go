package conformance

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

const (
	lookupPage = "CloudTrail API Reference, LookupEvents"
	recordPage = "CloudTrail User Guide, CloudTrail record contents for management, data, and network activity events"
	whoPage    = "CloudTrail User Guide, CloudTrail userIdentity element"
	kmsLogPage = "KMS Developer Guide, Logging AWS KMS API calls with AWS CloudTrail"
)

// lookup gives the newest events of a caller's account and Region that have an
// attribute.
func (x *bench) lookup(c *caller, in *cloudtrail.LookupEventsInput) []types.Event {
	x.Helper()
	events := succeed(x, c.Trail.LookupEvents, in).Events
	if len(events) == 0 {
		x.Fatalf("there is no event for %s=%s", in.LookupAttributes[0].AttributeKey, text(in.LookupAttributes[0].AttributeValue))
	}
	return events
}

// having asks for events with an attribute.
func having(key types.LookupAttributeKey, value string) *cloudtrail.LookupEventsInput {
	return &cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{{AttributeKey: key, AttributeValue: &value}}}
}

// recorded is what the claims read of a record.
type recorded struct {
	EventVersion, EventTime, EventSource, EventName, AwsRegion, SourceIPAddress, UserAgent                   string
	ErrorCode, ErrorMessage, RequestID, EventID, EventType, RecipientAccountId, SharedEventID, EventCategory string
	ReadOnly, ManagementEvent                                                                                bool
	UserIdentity                                                                                             struct {
		Type, PrincipalId, Arn, AccountId, AccessKeyId, UserName, InvokedBy string
		SessionContext                                                      struct {
			SessionIssuer struct{ Type, PrincipalId, Arn, AccountId, UserName string }
			Attributes    map[string]string
		}
	}
	RequestParameters, ResponseElements map[string]any
	AdditionalEventData                 map[string]string
	Resources                           []struct{ AccountId, Type, ARN string }
}

func (x *bench) recorded(e types.Event) recorded {
	x.Helper()
	var r recorded
	if err := json.Unmarshal([]byte(text(e.CloudTrailEvent)), &r); err != nil {
		x.Fatal(err)
	}
	return r
}

// latest is the record of the newest event of a name, once it is there.
func (x *bench) latest(c *caller, name string) recorded {
	x.Helper()
	x.advance(6 * time.Minute)
	return x.recorded(x.lookup(c, having(types.LookupAttributeKeyEventName, name))[0])
}

var trailClaims = []claim{
	{
		says:   "a change is recorded with who, what, where, when, its parameters and its answer",
		source: recordPage + "; KMS Developer Guide, Examples of AWS KMS log entries, ScheduleKeyDeletion",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			x.schedule(k, 20)
			r := x.latest(x.Own, "ScheduleKeyDeletion")
			equal(x, "eventSource", r.EventSource, "kms.amazonaws.com")
			equal(x, "awsRegion", r.AwsRegion, x.region)
			equal(x, "eventType", r.EventType, "AwsApiCall")
			equal(x, "readOnly", r.ReadOnly, false)
			equal(x, "managementEvent", r.ManagementEvent, true)
			equal(x, "eventCategory", r.EventCategory, "Management")
			equal(x, "recipientAccountId", r.RecipientAccountId, x.Own.account)
			equal(x, "requestParameters.keyId", r.RequestParameters["keyId"].(string), k.id)
			equal(x, "requestParameters.pendingWindowInDays", r.RequestParameters["pendingWindowInDays"].(float64), 20)
			equal(x, "responseElements.keyId", r.ResponseElements["keyId"].(string), k.arn)
			equal(x, "responseElements.keyState", r.ResponseElements["keyState"].(string), "PendingDeletion")
			equal(x, "responseElements.deletionDate", r.ResponseElements["deletionDate"].(string), "Jan 21, 2026, 12:00:00 AM")
			equal(x, "the resource's type", r.Resources[0].Type, "AWS::KMS::Key")
			equal(x, "the resource", r.Resources[0].ARN, k.arn)
			equal(x, "the resource's account", r.Resources[0].AccountId, x.Own.account)
		},
	},
	{
		says:   "a user is recorded by id, ARN, name and access key",
		source: whoPage,
		needs:  clock,
		check: func(x *bench) {
			x.Own.key("")
			who := x.latest(x.Own, "CreateKey").UserIdentity
			credentials, _ := x.Own.config.Credentials.Retrieve(x.Context())
			equal(x, "type", who.Type, "IAMUser")
			equal(x, "arn", who.Arn, x.Own.arn)
			equal(x, "accountId", who.AccountId, x.Own.account)
			equal(x, "accessKeyId", who.AccessKeyId, credentials.AccessKeyID)
			equal(x, "userName", who.UserName, x.Own.arn[strings.LastIndexByte(x.Own.arn, '/')+1:])
			equal(x, "the beginning of the id", who.PrincipalId[:4], "AIDA")
		},
	},
	{
		says:   "a session is recorded with the role that issued it",
		source: whoPage,
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:DescribeKey", "*")))
			succeed(x, s.KMS.DescribeKey, describe(k.id))
			who := x.latest(x.Own, "DescribeKey").UserIdentity
			equal(x, "type", who.Type, "AssumedRole")
			equal(x, "arn", who.Arn, s.arn)
			equal(x, "the issuer's type", who.SessionContext.SessionIssuer.Type, "Role")
			equal(x, "the issuer's ARN", who.SessionContext.SessionIssuer.Arn, s.principal)
			equal(x, "the id", who.PrincipalId, who.SessionContext.SessionIssuer.PrincipalId+":conformance")
			equal(x, "mfaAuthenticated", who.SessionContext.Attributes["mfaAuthenticated"], "false")
		},
	},
	{
		says:   "cryptographic operations are read-only management events, without plaintext, ciphertext or answer",
		source: kmsLogPage + "; KMS Developer Guide, Examples of AWS KMS log entries, Encrypt and Decrypt",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			blob := x.Own.seal(k, "not to be seen", "Department", "IT")
			succeed(x, x.Own.KMS.Decrypt, k.decrypt(blob, "Department", "IT"))
			for _, name := range []string{"Encrypt", "Decrypt"} {
				r := x.latest(x.Own, name)
				equal(x, "readOnly", r.ReadOnly, true)
				equal(x, "requestParameters.keyId", r.RequestParameters["keyId"].(string), k.arn)
				equal(x, "the encryption context", r.RequestParameters["encryptionContext"].(map[string]any)["Department"].(string), "IT")
				equal(x, "the number of elements of the answer", len(r.ResponseElements), 0)
				for _, member := range []string{"plaintext", "ciphertextBlob"} {
					if r.RequestParameters[member] != nil {
						x.Errorf("%s has %s", name, member)
					}
				}
			}
		},
	},
	{
		says:   "what was refused is recorded with its error",
		source: recordPage + ", errorCode and errorMessage",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			nobody := x.Own.session("")
			said := refused(x, nobody.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException").message
			r := x.latest(x.Own, "Encrypt")
			equal(x, "errorCode", r.ErrorCode, "AccessDeniedException")
			equal(x, "errorMessage", r.ErrorMessage, said)
			equal(x, "the number of elements of the answer", len(r.ResponseElements), 0)
		},
	},
	{
		says:   "secrets are in no event, neither their values nor the credentials of sessions",
		source: "Secrets Manager User Guide, Log AWS Secrets Manager events with AWS CloudTrail; IAM User Guide, Logging IAM and AWS STS API calls with AWS CloudTrail; assumption: session tokens are left out, where AWS has them",
		needs:  clock,
		check: func(x *bench) {
			made := x.Own.secret(func(in *secretsmanager.CreateSecretInput) { in.SecretString = new("hunter-two") })
			succeed(x, x.Own.Secrets.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretId: made.ARN})
			user := x.name("user")
			succeed(x, x.Own.IAM.CreateUser, &iam.CreateUserInput{UserName: &user})
			cleanup(x, x.Own.IAM.DeleteUser, &iam.DeleteUserInput{UserName: &user})
			access := succeed(x, x.Own.IAM.CreateAccessKey, &iam.CreateAccessKeyInput{UserName: &user}).AccessKey
			cleanup(x, x.Own.IAM.DeleteAccessKey, &iam.DeleteAccessKeyInput{UserName: &user, AccessKeyId: access.AccessKeyId})
			s := x.Own.session("")
			temporary, _ := s.config.Credentials.Retrieve(x.Context())
			x.advance(6 * time.Minute)
			seen := map[string]bool{}
			for _, e := range succeed(x, x.Own.Trail.LookupEvents, &cloudtrail.LookupEventsInput{}).Events {
				seen[text(e.EventName)] = true
				for _, secret := range []string{"hunter-two", text(access.SecretAccessKey), temporary.SecretAccessKey, temporary.SessionToken} {
					if strings.Contains(text(e.CloudTrailEvent), secret) {
						x.Errorf("%s has a secret: %s", text(e.EventName), text(e.CloudTrailEvent))
					}
				}
			}
			for _, name := range []string{"CreateSecret", "GetSecretValue", "CreateAccessKey", "AssumeRole"} {
				equal(x, "an event "+name, seen[name], true)
			}
		},
	},
	{
		says:   "what a service does in the caller's name says which service",
		source: whoPage + ", invokedBy; KMS Developer Guide, How AWS Secrets Manager uses AWS KMS",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			made := x.Own.secret(func(in *secretsmanager.CreateSecretInput) { in.KmsKeyId = &k.arn })
			r := x.latest(x.Own, "GenerateDataKey")
			equal(x, "type", r.UserIdentity.Type, "IAMUser")
			equal(x, "invokedBy", r.UserIdentity.InvokedBy, "secretsmanager.amazonaws.com")
			equal(x, "sourceIPAddress", r.SourceIPAddress, "secretsmanager.amazonaws.com")
			equal(x, "the secret in the encryption context", r.RequestParameters["encryptionContext"].(map[string]any)["SecretARN"].(string), text(made.ARN))
		},
	},
	{
		says:   "the use of another account's key is recorded in both, with one shared id, and the owner is not told who it was by name",
		source: kmsLogPage + "; " + recordPage + ", sharedEventID; " + whoPage + ", AWSAccount",
		needs:  clock | otherAccount,
		check: func(x *bench) {
			k := x.Own.key(document(x.Own.delegate(), allow("Far", x.Other.root(), "kms:Encrypt")))
			x.Other.seal(k, "hello")
			theirs, ours := x.latest(x.Other, "Encrypt"), x.latest(x.Own, "Encrypt")
			equal(x, "sharedEventID", ours.SharedEventID, theirs.SharedEventID)
			equal(x, "whether the ids are the same", ours.EventID == theirs.EventID, false)
			equal(x, "the caller's recipient", theirs.RecipientAccountId, x.Other.account)
			equal(x, "the owner's recipient", ours.RecipientAccountId, x.Own.account)
			equal(x, "the caller's type", theirs.UserIdentity.Type, "IAMUser")
			equal(x, "the type that the owner is told", ours.UserIdentity.Type, "AWSAccount")
			equal(x, "the account that the owner is told", ours.UserIdentity.AccountId, x.Other.account)
			equal(x, "the ARN that the owner is told", ours.UserIdentity.Arn, "")
		},
	},
	{
		says:   "who is denied another account's key is recorded in the caller's account alone",
		source: kmsLogPage,
		needs:  clock | otherAccount,
		check: func(x *bench) {
			k := x.Own.key("")
			refused(x, x.Other.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
			equal(x, "errorCode", x.latest(x.Other, "Encrypt").ErrorCode, "AccessDeniedException")
			equal(x, "the number of the owner's events", len(succeed(x, x.Own.Trail.LookupEvents, having("EventName", "Encrypt")).Events), 0)
		},
	},
	{
		says:   "events are found by each attribute, the newest first",
		source: lookupPage + ", LookupAttributes",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:*", "*")))
			s.seal(k, "one")
			x.advance(time.Minute)
			s.seal(k, "two")
			x.advance(6 * time.Minute)
			credentials, _ := s.config.Credentials.Retrieve(x.Context())
			for attribute, value := range map[types.LookupAttributeKey]string{
				"EventName": "Encrypt", "Username": "conformance", "AccessKeyId": credentials.AccessKeyID, "ResourceName": k.arn,
				"ResourceType": "AWS::KMS::Key", "EventSource": "kms.amazonaws.com", "ReadOnly": "true",
			} {
				events := x.lookup(x.Own, having(attribute, value))
				newest := events[0]
				equal(x, "the newest by "+string(attribute), text(newest.EventName), "Encrypt")
				for i := 1; i < len(events); i++ {
					if events[i].EventTime.After(*events[i-1].EventTime) {
						x.Errorf("by %s, event %d is newer than the one before", attribute, i)
					}
				}
				one := x.lookup(x.Own, having("EventId", text(newest.EventId)))
				equal(x, "the number of events of one id", len(one), 1)
			}
			e := x.lookup(x.Own, having("EventName", "Encrypt"))[0]
			equal(x, "ReadOnly", text(e.ReadOnly), "true")
			equal(x, "the resource", text(e.Resources[0].ResourceName), k.arn)
			equal(x, "Username", text(e.Username), "conformance")
		},
	},
	{
		says:   "a lookup has one attribute at most, and no start after its end",
		source: lookupPage + ", Errors",
		check: func(x *bench) {
			two := having("EventName", "Encrypt")
			two.LookupAttributes = append(two.LookupAttributes, two.LookupAttributes[0])
			refused(x, x.Own.Trail.LookupEvents, two, "InvalidLookupAttributesException")
			refused(x, x.Own.Trail.LookupEvents, &cloudtrail.LookupEventsInput{StartTime: aws.Time(time.Now()), EndTime: aws.Time(time.Now().Add(-time.Hour))}, "InvalidTimeRangeException")
			refused(x, x.Own.Trail.LookupEvents, &cloudtrail.LookupEventsInput{NextToken: new("none")}, "InvalidNextTokenException")
			refused(x, x.Own.session("").Trail.LookupEvents, &cloudtrail.LookupEventsInput{}, "AccessDeniedException")
		},
	},
	{
		says:   "an event is there after some minutes, for 90 days, and between the times asked for",
		source: lookupPage + "; CloudTrail User Guide, How CloudTrail works: typically within an average of about 5 minutes of an API call",
		needs:  clock | inside,
		check: func(x *bench) {
			start := x.lab.World.Now()
			x.Own.key("")
			count := func(in *cloudtrail.LookupEventsInput) int {
				return len(succeed(x, x.Own.Trail.LookupEvents, in).Events)
			}
			made := func() *cloudtrail.LookupEventsInput { return having("EventName", "CreateKey") }
			x.advance(4 * time.Minute)
			equal(x, "the number of events after four minutes", count(made()), 0)
			x.advance(time.Minute)
			equal(x, "the number after five", count(made()), 1)
			late, early := made(), made()
			late.StartTime, early.EndTime = aws.Time(start.Add(time.Minute)), aws.Time(start.Add(-time.Minute))
			equal(x, "the number after its time", count(late), 0)
			equal(x, "the number before its time", count(early), 0)
			x.advance(89 * 24 * time.Hour)
			equal(x, "the number after 89 days", count(made()), 1)
			x.advance(2 * 24 * time.Hour)
			equal(x, "the number after 91 days", count(made()), 0)
		},
	},
	{
		says:   "a lookup goes on page by page, without what is new, and only with the same parameters",
		source: lookupPage + ", NextToken",
		needs:  clock,
		check: func(x *bench) {
			for range 3 {
				x.Own.key("")
			}
			x.advance(6 * time.Minute)
			in := having("EventName", "CreateKey")
			in.MaxResults = new(int32(2))
			first := succeed(x, x.Own.Trail.LookupEvents, in)
			equal(x, "the number on the first page", len(first.Events), 2)
			x.Own.key("")
			x.advance(6 * time.Minute)
			in.NextToken = first.NextToken
			second := succeed(x, x.Own.Trail.LookupEvents, in)
			equal(x, "the number on the second page", len(second.Events), 1)
			equal(x, "the token after the last page", text(second.NextToken), "")
			in.LookupAttributes[0].AttributeValue = new("DescribeKey")
			refused(x, x.Own.Trail.LookupEvents, in, "InvalidNextTokenException")
		},
	},
	{
		says:   "an event is in its Region alone, and those of IAM in us-east-1",
		source: lookupPage + "; CloudTrail User Guide, Global service events",
		needs:  clock,
		check: func(x *bench) {
			there := x.Own.in(x.away)
			k := there.key("")
			succeed(x, there.IAM.ListUsers, &iam.ListUsersInput{})
			equal(x, "the Region of the key's event", x.latest(there, "CreateKey").AwsRegion, x.away)
			equal(x, "the number of events here", len(succeed(x, x.Own.Trail.LookupEvents, having("ResourceName", k.arn)).Events), 0)
			equal(x, "the Region of IAM's event", x.latest(x.Own.in("us-east-1"), "ListUsers").AwsRegion, "us-east-1")
		},
	},
	{
		says:   "a grant is recorded without its token",
		source: "KMS Developer Guide, Examples of AWS KMS log entries, CreateGrant",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			g := x.Own.grantOn(k, x.Own.principal, "Encrypt RetireGrant", constrained(kmstypes.GrantConstraints{EncryptionContextSubset: map[string]string{"ContextKey1": "Value1"}}))
			r := x.latest(x.Own, "CreateGrant")
			equal(x, "responseElements.grantId", r.ResponseElements["grantId"].(string), text(g.GrantId))
			equal(x, "requestParameters.granteePrincipal", r.RequestParameters["granteePrincipal"].(string), x.Own.principal)
			equal(x, "the constraint", r.RequestParameters["constraints"].(map[string]any)["encryptionContextSubset"].(map[string]any)["ContextKey1"].(string), "Value1")
			if r.ResponseElements["grantToken"] != nil {
				x.Error("the token is recorded")
			}
		},
	},
	{
		says:   "replicating a key is two events, the replica's in its own Region",
		source: "KMS API Reference, ReplicateKey",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.primary()
			there, r := x.replicaOf(k)
			here := x.latest(x.Own, "ReplicateKey")
			equal(x, "requestParameters.replicaRegion", here.RequestParameters["replicaRegion"].(string), x.away)
			equal(x, "the new key's state", here.ResponseElements["replicaKeyMetadata"].(map[string]any)["keyState"].(string), "Creating")
			made := x.latest(there, "CreateKey")
			equal(x, "invokedBy", made.UserIdentity.InvokedBy, "kms.amazonaws.com")
			equal(x, "the resource", made.Resources[0].ARN, r.arn)
		},
	},
	{
		says:   "the deletion of a key is an event of the service itself",
		source: "KMS Developer Guide, Examples of AWS KMS log entries, DeleteKey",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			x.schedule(k, 7)
			x.advance(7 * 24 * time.Hour)
			r := x.latest(x.Own, "DeleteKey")
			equal(x, "eventType", r.EventType, "AwsServiceEvent")
			equal(x, "invokedBy", r.UserIdentity.InvokedBy, "AWS Internal")
			equal(x, "the resource", r.Resources[0].ARN, k.arn)
			equal(x, "the type", r.UserIdentity.Type, "")
		},
	},
	{
		says:   "a change comes to the rules of the default bus, and a read to those alone that ask for it",
		source: "EventBridge User Guide, AWS service events delivered via AWS CloudTrail; EventBridge User Guide, Receiving read-only management events from AWS services",
		needs:  clock, // and on AWS a trail
		check: func(x *bench) {
			ask := func(state eventtypes.RuleState) func(*eventbridge.PutRuleInput) {
				return func(in *eventbridge.PutRuleInput) {
					in.EventPattern, in.State = new(`{"source":["aws.kms"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":["CreateKey","DescribeKey"]}}`), state
				}
			}
			changes := x.Own.heard(x.Own.rule(ask(eventtypes.RuleStateEnabled)))
			all := x.Own.heard(x.Own.rule(ask(eventtypes.RuleStateEnabledWithAllCloudtrailManagementEvents)))
			k := x.Own.key("")
			succeed(x, x.Own.KMS.DescribeKey, describe(k.id))
			x.advance(5 * time.Minute)
			var event struct {
				Source, Account, Region string
				Resources               []string
				Detail                  recorded
			}
			if err := json.Unmarshal([]byte(text(x.Own.received(changes, 1)[0].Body)), &event); err != nil {
				x.Fatal(err)
			}
			equal(x, "the event", event.Detail.EventName, "CreateKey")
			equal(x, "the account", event.Account, x.Own.account)
			equal(x, "the Region", event.Region, x.region)
			equal(x, "the number of resources", len(event.Resources), 0)
			equal(x, "the key", event.Detail.Resources[0].ARN, k.arn)
			x.Own.received(all, 2)
		},
	},
	{
		says:   "the deletion of a key is an event that KMS sends itself",
		source: "EventBridge Events Reference Guide, AWS KMS events; KMS Developer Guide, Monitor KMS keys with Amazon EventBridge",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.heard(x.Own.rule(func(in *eventbridge.PutRuleInput) {
				in.EventPattern = new(`{"source":["aws.kms"],"detail-type":["KMS CMK Deletion"]}`)
			}))
			k := x.Own.key("")
			x.schedule(k, 7)
			x.advance(7*24*time.Hour + time.Minute)
			var event struct {
				Resources []string
				Detail    map[string]string
			}
			if err := json.Unmarshal([]byte(text(x.Own.received(q, 1)[0].Body)), &event); err != nil {
				x.Fatal(err)
			}
			equal(x, "the resource", event.Resources[0], k.arn)
			equal(x, "detail.key-id", event.Detail["key-id"], k.id)
		},
	},
	{
		says:   "a rehearsal is recorded as the error that it is",
		source: "KMS Developer Guide, Testing your permissions: the output of any operation that specifies the DryRun parameter appears in the CloudTrail log",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			in := k.encrypt("hello")
			in.DryRun = new(true)
			refused(x, x.Own.KMS.Encrypt, in, "DryRunOperationException")
			r := x.latest(x.Own, "Encrypt")
			equal(x, "errorCode", r.ErrorCode, "DryRunOperationException")
			equal(x, "requestParameters.dryRun", r.RequestParameters["dryRun"].(bool), true)
		},
	},
}

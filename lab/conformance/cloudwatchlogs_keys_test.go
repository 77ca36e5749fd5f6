package conformance

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

const (
	logsEncrypt = logsGuide + "Encrypt log data in CloudWatch Logs using AWS Key Management Service"
	logsActions = "kms:Encrypt* kms:Decrypt* kms:ReEncrypt* kms:GenerateDataKey* kms:Describe*"
)

// logsService is a statement of a key policy that lets a service in, with the
// encryption context of a log group, or none that is asked for.
func logsService(service, actions, group string) statement {
	s := fmt.Sprintf(`{"Effect":"Allow","Principal":{"Service":%q},"Action":["%s"],"Resource":"*"`, service, strings.Join(strings.Fields(actions), `","`))
	if group != "" {
		s += "," + when("ArnLike", "kms:EncryptionContext:aws:logs:arn", group)
	}
	return statement(s + "}")
}

// logsKey is a key that CloudWatch Logs may use for the log groups of an ARN.
func (c *caller) logsKey(group string) key {
	c.x.Helper()
	return c.key(document(c.delegate(), logsService("logs."+c.x.region+".amazonaws.com", logsActions, group)))
}

func (g logGroup) associate(k key) *cloudwatchlogs.AssociateKmsKeyInput {
	return &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: &g.name, KmsKeyId: &k.arn}
}

func sealedUnder(k key) func(*cloudwatchlogs.CreateLogGroupInput) {
	return func(in *cloudwatchlogs.CreateLogGroupInput) { in.KmsKeyId = &k.arn }
}

var logKeyClaims = []claim{
	{
		says:   "a log group tells the key that it is under",
		source: "recorded: logs test_create_log_group_with_kms_key",
		check: func(x *bench) {
			k := x.Own.key(document(allow("All", "*", "kms:*")))
			equal(x, "kmsKeyId", text(x.Own.described(x.Own.logGroup(sealedUnder(k))).KmsKeyId), k.arn)
		},
	},
	{
		says:   "a key whose policy does not let the service of the Region in cannot be used",
		source: "reported: the message, in hashicorp/terraform-provider-aws#29282; " + logsEncrypt,
		check: func(x *bench) {
			g := x.Own.logGroup()
			for _, policy := range []string{
				document(x.Own.delegate()),
				document(x.Own.delegate(), logsService("logs.amazonaws.com", logsActions, "")),
				document(x.Own.delegate(), logsService("logs."+x.away+".amazonaws.com", logsActions, "")),
			} {
				k := x.Own.key(policy)
				refused(x, x.Own.Logs.AssociateKmsKey, g.associate(k), "AccessDeniedException").saying(
					"The specified KMS key does not exist or is not allowed to be used with Arn '" + g.arn + "'")
				name := g.name + "-other"
				refused(x, x.Own.Logs.CreateLogGroup, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name, KmsKeyId: &k.arn}, "AccessDeniedException").saying(
					"The specified KMS key does not exist or is not allowed to be used with Arn '" + g.arn + "-other'")
			}
			equal(x, "no kmsKeyId", x.Own.described(g).KmsKeyId == nil, true)
		},
	},
	{
		says:   "the encryption context is the log group's ARN, so that a key policy ties a key to log groups",
		source: logsEncrypt + ": AWS KMS keys and encryption context",
		check: func(x *bench) {
			name := "/" + x.name("tied")
			k := x.Own.logsKey(x.Own.logGroupNamed(name).arn)
			x.Own.logGroup(func(in *cloudwatchlogs.CreateLogGroupInput) { in.LogGroupName, in.KmsKeyId = &name, &k.arn })
			other := x.Own.logGroup()
			refused(x, x.Own.Logs.AssociateKmsKey, other.associate(k), "AccessDeniedException")
			succeed(x, x.Own.Logs.AssociateKmsKey, other.associate(x.Own.logsKey("arn:aws:logs:"+x.region+":"+x.Own.account+":*")))
		},
	},
	{
		says:   "the service needs each of the actions that the guide wants allowed, but that to describe the key, which has no encryption context",
		source: logsEncrypt + ": the key policy, of which all is under a condition on the encryption context; assumption: that each is tried when the key is associated",
		check: func(x *bench) {
			g := x.Own.logGroup()
			all := strings.Fields(logsActions)
			for i := range all[:len(all)-1] {
				left := append(append([]string{}, all[:i]...), all[i+1:]...)
				k := x.Own.key(document(x.Own.delegate(), logsService("logs."+x.region+".amazonaws.com", strings.Join(left, " "), "")))
				refused(x, x.Own.Logs.AssociateKmsKey, g.associate(k), "AccessDeniedException")
			}
			four := strings.Join(all[:len(all)-1], " ")
			succeed(x, x.Own.Logs.AssociateKmsKey, g.associate(x.Own.key(document(x.Own.delegate(), logsService("logs."+x.region+".amazonaws.com", four, "")))))
		},
	},
	{
		says:   "a key that does not exist, is disabled or is no ARN is an invalid parameter",
		source: logsAPI + "AssociateKmsKey; reported: the message for an id, in aquasecurity/tfsec#771; assumption: so is one that is pending deletion, and an alias",
		check: func(x *bench) {
			g, k := x.Own.logGroup(), x.Own.logsKey("")
			for _, id := range []string{k.id, strings.Replace(k.arn, k.id, "00000000-1111-2222-3333-444444444444", 1), strings.Replace(k.arn, "key/"+k.id, x.Own.alias(k), 1)} {
				refused(x, x.Own.Logs.AssociateKmsKey, g.associate(key{arn: id}), "InvalidParameterException").saying("The specified KMS Key Id could not be found.")
			}
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			refused(x, x.Own.Logs.AssociateKmsKey, g.associate(k), "InvalidParameterException")
			name := g.name + "-other"
			refused(x, x.Own.Logs.CreateLogGroup, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name, KmsKeyId: &k.arn}, "InvalidParameterException")
			succeed(x, x.Own.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id, PendingWindowInDays: new(int32(7))})
			refused(x, x.Own.Logs.AssociateKmsKey, g.associate(k), "InvalidParameterException")
		},
	},
	{
		says:   "whoever writes or reads events under a key, or associates one, needs no permission of KMS",
		source: "reported: the guide was corrected so, in awsdocs/amazon-cloudwatch-logs-user-guide#25; " + logsEncrypt,
		check: func(x *bench) {
			k := x.Own.logsKey("")
			someone := x.Own.session(document(may("logs:*", "*")))
			g := x.Own.logGroup()
			succeed(x, someone.Logs.AssociateKmsKey, g.associate(k))
			someone.stream(g, "s")
			someone.log(g, "s", "secret")
			equal(x, "the events", someone.logged(g, "s", 1), "secret")
			equal(x, "the events found", someone.search(&cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name, FilterPattern: new("secret")}, 1), "secret")
		},
	},
	{
		says:   "under a key that is disabled events are neither read nor written, until it is enabled",
		source: logsEncrypt + "; assumption: the errors, which are those of associating it, and that new events are refused at once",
		needs:  inside, // AWS needs up to five minutes
		check: func(x *bench) {
			k := x.Own.logsKey("")
			g := x.Own.logGroup(sealedUnder(k))
			x.Own.stream(g, "s")
			x.Own.log(g, "s", "secret")
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			refused(x, x.Own.Logs.GetLogEvents, g.get("s"), "InvalidParameterException")
			refused(x, x.Own.Logs.FilterLogEvents, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name}, "InvalidParameterException")
			refused(x, x.Own.Logs.PutLogEvents, g.put("s", x.now().UnixMilli(), "more"), "InvalidParameterException")
			succeed(x, x.Own.KMS.EnableKey, &kms.EnableKeyInput{KeyId: &k.id})
			equal(x, "the events", x.Own.logged(g, "s", 1), "secret")
		},
	},
	{
		says:   "events stay unreadable while the service may not use their key",
		source: logsEncrypt + ": Limits; assumption: the error",
		needs:  inside, // AWS needs up to five minutes
		check: func(x *bench) {
			k := x.Own.logsKey("")
			g := x.Own.logGroup(sealedUnder(k))
			x.Own.stream(g, "s")
			x.Own.log(g, "s", "secret")
			succeed(x, x.Own.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: new(document(x.Own.delegate()))})
			refused(x, x.Own.Logs.GetLogEvents, g.get("s"), "AccessDeniedException")
			refused(x, x.Own.Logs.PutLogEvents, g.put("s", x.now().UnixMilli(), "more"), "AccessDeniedException")
		},
	},
	{
		says:   "an event stays under the key that it came in under, or under none",
		source: logsAPI + "AssociateKmsKey; " + logsAPI + "DisassociateKmsKey",
		needs:  inside, // AWS needs up to five minutes
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			at := x.now().UnixMilli() - 1000
			one := func() string {
				in := g.get("s")
				in.StartTime, in.EndTime = &at, new(at+1)
				return printed(succeed(x, x.Own.Logs.GetLogEvents, in).Events)
			}
			x.Own.logAt(g, "s", at, "before")
			k := x.Own.logsKey("")
			succeed(x, x.Own.Logs.AssociateKmsKey, &cloudwatchlogs.AssociateKmsKeyInput{ResourceIdentifier: &g.arn, KmsKeyId: &k.arn})
			x.Own.logAt(g, "s", at+1, "under")
			succeed(x, x.Own.Logs.DisassociateKmsKey, &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: &g.name})
			equal(x, "no kmsKeyId", x.Own.described(g).KmsKeyId == nil, true)
			x.Own.logAt(g, "s", at+2, "after")
			equal(x, "the events", x.Own.logged(g, "s", 3), "before under after")
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			equal(x, "the event before", one(), "before")
			at += 2
			equal(x, "the event after", one(), "after")
			refused(x, x.Own.Logs.GetLogEvents, g.get("s"), "InvalidParameterException")
		},
	},
	{
		says:   "KMS is asked by the service, and the trail has it",
		source: logsEncrypt + "; assumption: one data key a batch",
		needs:  inside,
		check: func(x *bench) {
			k := x.Own.logsKey("")
			g := x.Own.logGroup(sealedUnder(k))
			x.Own.stream(g, "s")
			x.lab.World.Trail.Reset()
			x.Own.log(g, "s", "a", "b")
			equal(x, "the events", x.Own.logged(g, "s", 2), "a b")
			var asked []string
			for _, e := range x.lab.World.Trail.Entries() {
				if e.Service == "kms" {
					asked = append(asked, e.Operation+" by "+e.Caller.ARN())
				}
			}
			service := " by logs." + x.region + ".amazonaws.com"
			equal(x, "the calls of KMS", strings.Join(asked, ", "), "GenerateDataKey"+service+", Decrypt"+service)
		},
	},
}

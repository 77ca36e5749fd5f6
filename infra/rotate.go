package main

import (
	"path"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/constructs-go/constructs/v10"

	"rekey/functions/rotate"
	"rekey/infra/config"
)

// rotation is what the rotate function keeps and tells: its journal, its topic, and
// the key of both.
type rotation struct {
	stack   awscdk.Stack
	config  config.Rotate
	key     awskms.Key
	journal awss3.Bucket
	notices awssns.Topic
}

// newRotateStack makes the rotate function, what wakes it, its journal, and the topic
// that is told what it plans and does.
func newRotateStack(scope constructs.Construct, c config.Config, ops *operations, dist string, env *awscdk.Environment) {
	r := &rotation{stack: stackOf(scope, "RekeyRotate", "Keeps KMS keys as young as their owners want them", env), config: c.Rotate}
	r.key = newKey(r.stack, "Key", "rekey: the journal of rotations, and what is told of them", "", []statement{
		accountAdministers(),
		{ // the policies of the account's principals decide who reads the journal
			sid: "JournalAndNotices", principals: []awsiam.IPrincipal{awsiam.NewAccountRootPrincipal()}, resources: []string{"*"},
			actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, conditions: r.viaServices("s3", "sns"),
		},
	})
	r.key.AddAlias(new("alias/rekey-rotate"))
	r.keepJournal()
	r.tell()
	f := newFunction(r.stack, ops, functionProps{
		name: "rotate", description: "Keeps KMS keys as young as their owners want them", code: path.Join(dist, "rotate"),
		memory: 512, timeout: 900, environment: r.variables(), permissions: r.permissions(),
		concurrency: c.Rotate.ReservedConcurrency, guards: "the request quotas of AWS KMS",
	})
	f.AddEnvironment(new(rotate.EnvRole), f.role.RoleArn(), nil)
	r.wake(f)
	r.watch(f)
	for _, o := range []struct {
		name, says string
		value      *string
	}{
		{"FunctionName", "Invoke it for a plan, a rotation or a rollback", f.FunctionName()},
		{"FunctionRole", "For the key policies of keys that do not leave access to IAM policies", f.role.RoleArn()},
		{"JournalBucket", "Bucket of what was done: for rekey rotate --journal", r.journal.BucketName()},
		{"KeyArn", "Key of the journal and the notices", r.key.KeyArn()},
		{"NoticeTopic", "Topic of plans and results: subscribe to it", r.notices.TopicArn()},
		{"Failures", "Queue of events that the function failed", f.failures.QueueUrl()},
		{"Undelivered", "Queue of events that never reached the function", f.undelivered.QueueUrl()},
	} {
		awscdk.NewCfnOutput(r.stack, new(o.name), &awscdk.CfnOutputProps{Value: o.value, Description: new(o.says)})
	}
}

// viaServices bounds the use of a key to what goes through these services.
func (r *rotation) viaServices(names ...string) conditions {
	var via []string
	for _, n := range names {
		via = append(via, n+"."+*r.stack.Region()+".amazonaws.com")
	}
	return conditions{"StringEquals": {"kms:ViaService": via}}
}

// oldVersions is for how many days what was written over is kept.
const oldVersions = 90

// keepJournal makes the bucket of the journal. It stays when the stack goes, and so
// does its key: without the journal no successor can be taken back.
func (r *rotation) keepJournal() {
	r.journal = awss3.NewBucket(r.stack, new("Journal"), &awss3.BucketProps{
		Encryption: awss3.BucketEncryption_KMS, EncryptionKey: r.key, BucketKeyEnabled: new(true), Versioned: new(true),
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), ObjectOwnership: awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Id: new("OldVersions"), Enabled: new(true), NoncurrentVersionExpiration: awscdk.Duration_Days(new(float64(oldVersions))),
		}},
	})
	r.journal.AddToResourcePolicy(refusePlaintext([]string{"s3:*"}, r.journal.BucketArn(), r.journal.ArnForObjects(new("*"))))
	excuse(r.journal, "AwsSolutions-S1", "its versions tell what was written when; who wrote is in CloudTrail, for whoever has data events of S3 recorded", nil)
}

// tell makes the topic of plans and results.
func (r *rotation) tell() {
	r.notices = awssns.NewTopic(r.stack, new("Notices"), &awssns.TopicProps{DisplayName: new("rekey key rotation"), MasterKey: r.key})
	r.notices.AddToResourcePolicy(refusePlaintext(topicActions, r.notices.TopicArn()))
	if r.config.Email != "" {
		r.notices.AddSubscription(awssnssubscriptions.NewEmailSubscription(&r.config.Email, nil))
	}
}

// variables are the function's configuration.
func (r *rotation) variables() map[string]string {
	v := map[string]string{
		rotate.EnvJournal: *r.journal.BucketName(), rotate.EnvJournalKey: *r.key.KeyArn(), rotate.EnvTopic: *r.notices.TopicArn(),
		rotate.EnvApply: strconv.FormatBool(r.config.Apply), rotate.EnvRotate: r.config.Rotate, rotate.EnvEvery: r.config.Every,
	}
	if r.config.Materials.Objects != "" {
		v[rotate.EnvMaterials] = environment(r.stack, r.config.Materials.Objects)
		v[rotate.EnvMaterialKeys] = environment(r.stack, strings.Join(r.config.Materials.Keys, " "))
	}
	if r.config.QuotaShare > 0 {
		v[rotate.EnvShare] = strconv.Itoa(r.config.QuotaShare)
	}
	return v
}

// quarter is how often the function looks for what is unfinished, in minutes.
const quarter = 15.0

// wake has the function woken: the schedule alone would do, since events may be lost.
func (r *rotation) wake(f *function) {
	f.on("Sweep", "Every quarter of an hour: what is unfinished, and once a day every key", awsevents.Schedule_Rate(awscdk.Duration_Minutes(new(quarter))), nil)
	f.on("KeyEvents", "AWS KMS rotated a key, deleted one, or key material expired", nil, map[string]any{
		"source": []string{"aws.kms"}, "detail-type": rotate.Events,
	})
	f.on("KeyCalls", "Something changed what is wanted of a key, or whether it can be done", nil, map[string]any{
		"source": []string{"aws.kms"}, "detail-type": rotate.TrailEvents,
		"detail": map[string]any{
			"eventSource": []string{"kms.amazonaws.com"}, "eventName": rotate.Calls, "errorCode": []any{map[string]any{"exists": false}},
		},
	})
}

// The times after which somebody should look.
const (
	tooLate  = 7            // days that a key is past its time
	tooStill = 36 * 60 * 60 // seconds since a sweep was completed; they are a day apart
)

// watch makes the alarms of what the function itself tells, when it happens, or once
// a day of what a sweep found.
func (r *rotation) watch(f *function) {
	f.alarm("KeysFailed", "Rotations failed, and stay as they are until somebody has looked", r.metric(rotate.MetricFailed, "Sum", 1), 0)
	f.alarm("KeysBlocked", "Keys are due, and cannot be rotated before somebody does something", r.metric(rotate.MetricBlocked, "Maximum", 24), 0)
	f.alarm("Overdue", "A key is past its time by more than a week", r.metric(rotate.MetricOverdue, "Maximum", 24), tooLate)
	f.alarm("Untold", "No topic took a message about keys", r.metric(rotate.MetricUntold, "Sum", 1), 0)
	f.alarmAlive("NoSweep", "No sweep over the keys was completed for a day and a half, or the function is not woken", r.metric(rotate.MetricSweepAge, "Maximum", 1), tooStill)
}

func (r *rotation) metric(name, statistic string, hours float64) awscloudwatch.IMetric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: new(rotate.MetricNamespace), MetricName: &name, Statistic: &statistic, Period: awscdk.Duration_Hours(&hours),
		DimensionsMap: &map[string]*string{rotate.MetricDimension: new("rotate")},
	})
}

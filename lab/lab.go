// Package lab is AWS in a process: strict, of as many accounts as are asked
// for, over the real wire protocols. Any AWS SDK and the AWS CLI can use it.
//
// Who calls, and in which account and Region, is taken from the request's
// verified signature. An access key id of twelve digits with the secret test is
// that account's root user; all other credentials come from the lab's IAM and
// STS. What the lab cannot do faithfully it refuses with a NotImplemented
// error (HTTP 501), and marks in the trail; so it does with a policy that asks
// for a condition key of which the lab does not know what AWS would have for it.
//
// Known gaps: the text of a policy whose principal was deleted is given back as
// it was saved, where AWS shows the principal's unique id; IAM is signed for in
// any Region, where AWS takes us-east-1 alone; no request over a network is over
// TLS, so the served lab takes loopback for it (Loopback); what AWS brings about after a while
// (changes of policies, deletions) holds here at once, or at its time by the
// clock.
package lab

import (
	"cmp"
	"context"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"rekey/lab/cloudtrail"
	"rekey/lab/cloudwatchlogs"
	"rekey/lab/eventbridge"
	"rekey/lab/iam"
	"rekey/lab/kms"
	"rekey/lab/lambda"
	"rekey/lab/s3"
	"rekey/lab/scheduler"
	"rekey/lab/secretsmanager"
	"rekey/lab/sns"
	"rekey/lab/sqs"
	"rekey/lab/ssm"
	"rekey/lab/sts"
	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Options set a lab up; see world.Options.
type Options = world.Options

// Lab is one AWS.
type Lab struct {
	World          *world.World
	KMS            *kms.Service
	SecretsManager *secretsmanager.Service
	SSM            *ssm.Service
	IAM            *iam.Service
	STS            *sts.Service
	EventBridge    *eventbridge.Service
	Scheduler      *scheduler.Service
	SQS            *sqs.Service
	SNS            *sns.Service
	Lambda         *lambda.Service
	S3             *s3.Service
	CloudTrail     *cloudtrail.Service
	CloudWatchLogs *cloudwatchlogs.Service

	endpoints map[string]*endpoint // by signing name
	verifier  wire.Verifier
}

// New makes an AWS with nothing in it.
func New(o Options) *Lab {
	l := &Lab{World: world.New(o), endpoints: map[string]*endpoint{}}
	l.IAM = iam.New(l.World)
	l.STS = sts.New(l.World, l.IAM)
	l.KMS = kms.New(l.World)
	l.SecretsManager = secretsmanager.New(l.World, l.KMS)
	l.SSM = ssm.New(l.World, l.KMS, l.SecretsManager)
	l.SQS = sqs.New(l.World, l.KMS)
	l.Lambda = lambda.New(l.World, l.STS)
	l.SNS = sns.New(l.World, l.KMS, l.SQS, l.Lambda)
	l.SecretsManager.Functions = l.Lambda
	l.Lambda.Queues, l.Lambda.Topics = l.SQS, l.SNS
	l.S3 = s3.New(l.World, l.KMS)
	l.CloudTrail = cloudtrail.New(l.World)
	l.CloudWatchLogs = cloudwatchlogs.New(l.World, l.KMS)
	l.EventBridge = eventbridge.New(l.World, eventbridge.Others{Roles: l.STS, Queues: l.SQS, Topics: l.SNS, Functions: l.Lambda})
	l.Scheduler = scheduler.New(l.World, scheduler.Others{Roles: l.STS, Queues: l.SQS, Topics: l.SNS, Functions: l.Lambda, Buses: l.EventBridge})
	l.S3.Queues, l.S3.Topics, l.S3.Functions, l.S3.Events = l.SQS, l.SNS, l.Lambda, l.EventBridge
	l.Lambda.Buses, l.Lambda.Objects, l.Lambda.Logs = l.EventBridge, l.S3, l.CloudWatchLogs
	l.KMS.Tell(l.EventBridge)
	l.SSM.Events = l.EventBridge
	l.CloudTrail.Tell(l.EventBridge)
	l.verifier.Lookup = l.credential
	all := []service{l.IAM, l.STS, l.EventBridge, l.Scheduler, l.KMS, l.SecretsManager, l.SSM, l.SQS, l.SNS, l.Lambda, l.S3, l.CloudTrail, l.CloudWatchLogs}
	var reading sync.WaitGroup
	for _, s := range all {
		reading.Go(func() { modelOf(s) })
	}
	reading.Wait()
	for _, s := range all {
		e := newEndpoint(s)
		l.endpoints[e.model.SigningName()] = e
		l.World.Faults.Know(e.model.Name(), s.Operations())
	}
	return l
}

// credential is what a signature is verified with. Clients sign with the time
// of the wall, whatever the world's clock says, so signatures are held against
// the wall too, and the end of a session is told in its time.
func (l *Lab) credential(id string) (wire.Credential, bool) {
	k, ok := l.World.AccessKey(id)
	c := wire.Credential{Secret: k.Secret, SessionToken: k.SessionToken}
	if !k.Expires.IsZero() {
		left := k.Expires.Sub(l.World.Now())
		if left <= 0 {
			left = -time.Hour // over, also for a request that came in a moment ago
		}
		c.Expires = time.Now().Add(left)
	}
	return c, ok
}

// Root gives the credentials of an account's root user.
func Root(account keyid.Account) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(string(account), "test", "")
}

// Endpoint stands for the lab in a Config. No request to it leaves the process.
// Loopback answers requests that do not leave this machine as if they came over
// TLS, as all do at AWS whose clients are as they should be: policies that refuse
// plain HTTP, which are many, then refuse none of a served lab's clients.
func (l *Lab) Loopback() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil {
			r.TLS = &tls.ConnectionState{}
		}
		l.ServeHTTP(w, r)
	})
}

// SecureEndpoint, set as a Config's BaseEndpoint, has its requests come over TLS.
const (
	Endpoint       = "http://lab.invalid"
	SecureEndpoint = "https://lab.invalid"
)

// Config gives the configuration of an SDK client that calls this lab without
// a network. Requests are signed, sent and answered as over one. Calls are made
// once: whoever tests retries sets RetryMaxAttempts. S3 clients have to set
// UsePathStyle.
func (l *Lab) Config(region keyid.Region, who aws.CredentialsProvider) aws.Config {
	return aws.Config{
		Region: string(region), Credentials: who, BaseEndpoint: aws.String(Endpoint),
		HTTPClient: client{l}, RetryMaxAttempts: 1,
	}
}

// client is an http.Client that hands requests to the lab's handler.
type client struct{ handler http.Handler }

func (c client) Do(r *http.Request) (*http.Response, error) {
	if err := context.Cause(r.Context()); err != nil {
		return nil, err
	}
	// What a server sees of a request that a client made.
	got := r.Clone(r.Context())
	got.RequestURI = r.URL.RequestURI()
	got.Host = cmp.Or(r.Host, r.URL.Host)
	if r.URL.Scheme == "https" {
		got.TLS = &tls.ConnectionState{}
	}
	if got.Body == nil {
		got.Body = http.NoBody
	}
	if r.ContentLength > 0 {
		got.Header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	}
	rec := httptest.NewRecorder()
	c.handler.ServeHTTP(rec, got)
	return rec.Result(), nil
}

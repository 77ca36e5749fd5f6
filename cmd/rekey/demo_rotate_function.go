//go:build !nolab

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/functions/rotate"
	"rekey/lab"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/wiring"
)

// tenant is an account with the rotate function in it.
type tenant struct {
	cast
	name     string
	kms      *kms.Client // of its root user
	s3       *s3.Client
	settings rotate.Settings
	process  *process
	handler  *rotate.Handler
}

// rotatePermissions are what the function calls. Nothing among them disables or
// deletes a key.
var rotatePermissions = []string{
	"kms:DescribeKey", "kms:Get*", "kms:List*", "kms:Encrypt", "kms:Decrypt", "kms:Sign", "kms:Verify", "kms:GenerateMac", "kms:VerifyMac",
	"kms:CreateKey", "kms:CreateGrant", "kms:EnableKeyRotation", "kms:ImportKeyMaterial", "kms:ReplicateKey", "kms:RotateKeyOnDemand",
	"kms:TagResource", "kms:UntagResource", "kms:UpdateAlias",
	"s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "iam:GetAccountAuthorizationDetails",
}

// tenant sets an account up: the role of the function, and a bucket for its journal.
func (y *year) tenant(ctx context.Context, name string, account keyid.Account) *tenant {
	root := y.lab.Config(demoRegion, lab.Root(account))
	t := &tenant{cast: cast{account: account, root: root}, name: name, kms: kms.NewFromConfig(root), s3: s3.NewFromConfig(root, wiring.PathStyle)}
	role := y.role(ctx, &t.cast, "rekey-rotate", allow(nil, "*", rotatePermissions...).String())
	t.settings = rotate.Settings{
		Role: role, Home: rotate.Home{Partition: "aws", Account: account, Region: demoRegion},
		Journal: t.bucket(ctx, "journal"), Apply: true, Defaults: rotate.Wish{Every: 90}, Share: 0.5,
	}
	return t
}

func (t *tenant) bucket(ctx context.Context, what string) string {
	name := t.name + "-" + what
	got(t.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: demoRegion}}))
	return name
}

// start starts a process of the function, which knows what is in its settings, the
// journal and the keys' tags, and nothing else.
func (y *year) start(t *tenant) {
	cfg := y.lab.Config(demoRegion, y.session(t.settings.Role))
	t.process = &process{next: cfg.HTTPClient}
	cfg.HTTPClient = t.process
	t.handler = got(rotate.New(t.settings, cfg, io.Discard, slog.New(slog.DiscardHandler), handClock{y.lab.World}))
}

// session gives the credentials of a role that Lambda assumes: new ones as time
// passes.
func (y *year) session(role string) aws.CredentialsProvider {
	var key world.AccessKey
	var since time.Time
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		var err error
		if now := y.lab.World.Now(); now.Sub(since) > 30*time.Minute {
			y.lab.World.Locked(func() { key, err = y.lab.STS.AssumeForService("lambda.amazonaws.com", role, "rekey-rotate") })
			since = now
		}
		return aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret, SessionToken: key.SessionToken}, err
	})
}

// handClock is a world's clock that is moved by hand. Who sleeps moves it.
type handClock struct{ w *world.World }

func (c handClock) Now() time.Time { return c.w.Now() }

func (c handClock) Sleep(ctx context.Context, d time.Duration) error {
	c.w.Advance(d)
	return ctx.Err()
}

// process is what a function's calls go through. It may come to its end.
type process struct {
	next aws.HTTPClient
	// fatal is the operation whose answer the process does not live to see, "" for none.
	fatal string
	gone  bool
}

var errGone = errors.New("the process is gone")

// Do is called by one invocation at a time.
func (p *process) Do(r *http.Request) (*http.Response, error) {
	if p.gone {
		return nil, errGone
	}
	resp, err := p.next.Do(r)
	if _, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); p.fatal == "" || operation != p.fatal || err != nil {
		return resp, err
	}
	p.gone = true
	return nil, errors.Join(errGone, resp.Body.Close())
}

// wake has the function answer an event of its schedule, and wants nothing to fail
// but where the process comes to its end.
func (y *year) wake(ctx context.Context, t *tenant) {
	y.wakes++
	out, err := t.handler.Invoke(ctx, fmt.Appendf(nil, `{"source":"aws.events","detail-type":"Scheduled Event","account":%q,"region":%q,"detail":{}}`, t.account, demoRegion))
	if t.process.gone {
		expect(errors.Is(err, errGone), "the process is gone, and its answer was %s, %v", out, err)
		return
	}
	must(err)
	var a rotate.Answer
	must(json.Unmarshal(out, &a))
	expect(a.Sweep != nil && a.Sweep.State == "whole", "the sweep over the keys of the %s did not end: %s", t.name, out)
	y.resumed += len(a.Resumed)
	d := a.Sweep.Digest
	expect(d.Failed+d.Blocked+d.Unfinished == 0, "the sweep over the keys of the %s left something: %s", t.name, out)
}

// request sends the function a request about one key. Its answer must have no error.
func (y *year) request(ctx context.Context, t *tenant, r rotate.Request) rotate.KeyAnswer {
	var a rotate.Answer
	decoder := json.NewDecoder(bytes.NewReader(got(t.handler.Invoke(ctx, got(json.Marshal(r))))))
	decoder.DisallowUnknownFields()
	must(decoder.Decode(&a))
	expect(len(a.Keys) == 1 && a.Keys[0].Error == nil, "asked to %s %s, the function answered %+v", r.Action, r.Keys, a.Keys)
	return a.Keys[0]
}

package kms

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

const account = keyid.Account("111122223333")

// perform makes a call as the account's root user.
func perform[I, O any](t *testing.T, w *world.World, name string, handle func(*world.Call, *I) (*O, error), in *I) (out *O, err error) {
	t.Helper()
	root, bad := keypolicy.ParsePrincipal("arn:aws:iam::" + string(account) + ":root")
	if bad != nil {
		t.Fatal(bad)
	}
	c := &world.Call{Service: "kms", Operation: name, RequestID: w.RequestID(), Region: "eu-west-1", Caller: world.Caller{UserID: string(account), Principal: root}}
	err = w.Perform(context.Background(), c, world.Op(name, handle), in, func(o any) error { out = o.(*O); return nil })
	return out, err
}

func grantRequest(k string) *kms.CreateGrantInput {
	return &kms.CreateGrantInput{KeyId: &k, GranteePrincipal: new("arn:aws:iam::" + string(account) + ":root"), Operations: []types.GrantOperation{"Decrypt"}}
}

func TestGrantLimit(t *testing.T) {
	w := world.New(world.Options{})
	s := New(w)
	made, err := perform(t, w, "CreateKey", s.createKey, &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	id := *made.KeyMetadata.KeyId
	in := grantRequest(id)
	in.Name = new("first")
	first, err := perform(t, w, "CreateGrant", s.createGrant, in)
	if err != nil {
		t.Fatal(err)
	}
	w.Locked(func() {
		k := s.regions[home{account, "eu-west-1"}].keys[keyid.ID(id)]
		for i := 1; i < grantLimit; i++ {
			k.grants.add(&grant{id: fmt.Sprintf("%064x", i), key: k, grantee: party{name: "arn:aws:iam::" + string(account) + ":user/x"}})
		}
	})
	if _, err := perform(t, w, "CreateGrant", s.createGrant, grantRequest(id)); world.Answer(err).Code != "LimitExceededException" {
		t.Errorf("one too many: %v", err)
	}
	again, err := perform(t, w, "CreateGrant", s.createGrant, in)
	if err != nil || *again.GrantId != *first.GrantId {
		t.Errorf("the repeated request at the limit: %v", err)
	}
	if _, err := perform(t, w, "RevokeGrant", s.revokeGrant, &kms.RevokeGrantInput{KeyId: &id, GrantId: first.GrantId}); err != nil {
		t.Fatal(err)
	}
	if _, err := perform(t, w, "CreateGrant", s.createGrant, grantRequest(id)); err != nil {
		t.Errorf("after one was revoked: %v", err)
	}
}

// A request whose answer was lost is repeated: its name keeps it to one grant.
func TestGrantAnswerLost(t *testing.T) {
	w := world.New(world.Options{})
	s := New(w)
	w.Faults.Know("kms", s.Operations())
	made, err := perform(t, w, "CreateKey", s.createKey, &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	in := grantRequest(*made.KeyMetadata.KeyId)
	in.Name = new("once")
	w.Faults.Add(world.Fault{Service: "kms", Operation: "CreateGrant", When: world.After, Times: 1})
	if _, err := perform(t, w, "CreateGrant", s.createGrant, in); err == nil {
		t.Fatal("the answer was not lost")
	}
	if _, err := perform(t, w, "CreateGrant", s.createGrant, in); err != nil {
		t.Fatal(err)
	}
	out, err := perform(t, w, "ListGrants", s.listGrants, &kms.ListGrantsInput{KeyId: made.KeyMetadata.KeyId})
	if err != nil || len(out.Grants) != 1 {
		t.Errorf("there are %d grants, want 1: %v", len(out.Grants), err)
	}
}

func TestGrantsAtOnce(t *testing.T) {
	w := world.New(world.Options{})
	s := New(w)
	made, err := perform(t, w, "CreateKey", s.createKey, &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	id := *made.KeyMetadata.KeyId
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 20 {
				in := grantRequest(id)
				if i%2 == 0 {
					in.Name = new("shared")
				}
				out, err := perform(t, w, "CreateGrant", s.createGrant, in)
				if err != nil {
					t.Error(err)
					return
				}
				if i%2 == 1 {
					if _, err := perform(t, w, "RetireGrant", s.retireGrant, &kms.RetireGrantInput{GrantToken: out.GrantToken}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	w.Locked(func() {
		g := s.regions[home{account, "eu-west-1"}].keys[keyid.ID(id)].grants
		if len(g.all) != 1 || len(g.byID) != 1 || len(g.byGrantee) != 1 {
			t.Errorf("%d grants are left, %d by id, %d grantees; want 1 each", len(g.all), len(g.byID), len(g.byGrantee))
		}
	})
}

func TestCovers(t *testing.T) {
	it, more := map[string]string{"d": "IT"}, map[string]string{"d": "IT", "x": "1"}
	equals := func(m map[string]string) *types.GrantConstraints {
		return &types.GrantConstraints{EncryptionContextEquals: m}
	}
	subset := func(m map[string]string) *types.GrantConstraints {
		return &types.GrantConstraints{EncryptionContextSubset: m}
	}
	source := func(arn string) *types.GrantConstraints { return &types.GrantConstraints{SourceArn: &arn} }
	for _, c := range []struct {
		parent, child *types.GrantConstraints
		want          bool
	}{
		{nil, nil, true}, {nil, subset(it), true}, {subset(it), nil, false}, {subset(it), subset(it), true}, {subset(it), subset(more), true},
		{subset(more), subset(it), false}, {subset(it), equals(it), true}, {subset(it), equals(more), true}, {equals(it), subset(it), false},
		{equals(it), equals(it), true}, {equals(it), equals(more), false}, {equals(it), nil, false}, {source("a"), source("a"), true},
		{source("a"), source("b"), false}, {source("a"), subset(it), false},
	} {
		ops := []types.GrantOperation{"Decrypt"}
		p, g := &grant{operations: append(ops, "CreateGrant"), constraints: c.parent}, &grant{operations: ops, constraints: c.child}
		if got := p.covers(g); got != c.want {
			t.Errorf("%+v covers %+v: %v", c.parent, c.child, got)
		}
	}
}

// A SourceArn constraint holds for a service that acts for that resource.
func TestSourceArnConstraint(t *testing.T) {
	w := world.New(world.Options{})
	s := New(w)
	made, err := perform(t, w, "CreateKey", s.createKey, &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	bucket := "arn:aws:s3:eu-west-1:" + string(account) + ":bucket"
	if _, err := perform(t, w, "CreateGrant", s.createGrant, &kms.CreateGrantInput{
		KeyId: made.KeyMetadata.KeyId, GranteeServicePrincipal: new("s3.amazonaws.com"), Operations: []types.GrantOperation{"Encrypt"},
		RetiringServicePrincipal: new("s3.amazonaws.com"), Constraints: &types.GrantConstraints{SourceArn: &bucket},
	}); err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{bucket: "", bucket + "2": "AccessDeniedException", "": "AccessDeniedException"} {
		got := ""
		w.Locked(func() {
			a := world.Actor{Caller: world.ServiceCaller("s3.amazonaws.com"), Region: "eu-west-1", Source: world.Source{ARN: source, Account: account}}
			err := w.Act(a, "kms", "Encrypt", func(c *world.Call) error {
				_, err := s.Encrypt(c, &kms.EncryptInput{KeyId: made.KeyMetadata.Arn, Plaintext: []byte("x")})
				return err
			})
			if err != nil {
				got = world.Answer(err).Code
			}
		})
		if got != want {
			t.Errorf("for %q: %q, want %q", source, got, want)
		}
	}
}

// An AWS service that makes a grant in the caller's name does it for a resource.
func TestGrantIsForAWSResource(t *testing.T) {
	w := world.New(world.Options{})
	s := New(w)
	policy := `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["kms:PutKeyPolicy","kms:DescribeKey"],"Resource":"*"},
		{"Sid":"ForResources","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"}}}]}`
	made, err := perform(t, w, "CreateKey", s.createKey, &kms.CreateKeyInput{Policy: &policy})
	if err != nil {
		t.Fatal(err)
	}
	in := grantRequest(*made.KeyMetadata.Arn)
	if _, err := perform(t, w, "CreateGrant", s.createGrant, in); world.Answer(err).Code != "AccessDeniedException" {
		t.Errorf("by the caller itself: %v", err)
	}
	attach := func(c *world.Call, in *kms.CreateGrantInput) (out *kms.CreateGrantOutput, err error) {
		err = c.On("kms", "CreateGrant", "ec2.eu-west-1.amazonaws.com", func(sub *world.Call) error {
			out, err = s.CreateGrant(sub, in)
			return err
		})
		return out, err
	}
	if _, err := perform(t, w, "CreateGrant", attach, in); err != nil {
		t.Errorf("by a service in its name: %v", err)
	}
}

// A token that was changed anywhere is none.
func TestTokenForged(t *testing.T) {
	w := world.New(world.Options{})
	s := New(w)
	made, err := perform(t, w, "CreateKey", s.createKey, &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := perform(t, w, "CreateGrant", s.createGrant, grantRequest(*made.KeyMetadata.KeyId))
	if err != nil {
		t.Fatal(err)
	}
	good, _ := base64.StdEncoding.DecodeString(*out.GrantToken)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if err := s.checkTokens([]string{base64.StdEncoding.EncodeToString(bad)}); world.Answer(err).Code != "InvalidGrantTokenException" {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	if err := s.checkTokens([]string{*out.GrantToken}); err != nil {
		t.Errorf("the token itself: %v", err)
	}
}

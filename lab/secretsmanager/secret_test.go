package secretsmanager

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/wire"
	"rekey/lab/world"
)

func TestDescribe(t *testing.T) {
	b := newBench(t)
	key := b.key(root(mine), "")
	must[createOut](b, root(mine), &createIn{Name: new("bare"), Description: new("")})
	b.create(root(mine), "s", "v", key)
	b.world.Advance(25 * time.Hour)
	b.put(root(mine), "s", "w")
	must[getOut](b, root(mine), &getIn{SecretId: new("s")})

	describe := func(id string) *secretsmanager.DescribeSecretOutput {
		return must[secretsmanager.DescribeSecretOutput](b, root(mine), &secretsmanager.DescribeSecretInput{SecretId: &id})
	}
	bare := describe("bare")
	if bare.Description != nil || bare.KmsKeyId != nil || bare.VersionIdsToStages != nil || bare.Tags != nil || bare.LastAccessedDate != nil || bare.RotationEnabled != nil {
		t.Errorf("a bare secret is described as %s", show(bare))
	}
	full := describe("s")
	if *full.KmsKeyId != key || len(full.VersionIdsToStages) != 2 {
		t.Errorf("described as %s", show(full))
	}
	if day := world.Epoch.AddDate(0, 0, 1); !full.LastAccessedDate.Equal(day) || !full.LastChangedDate.Equal(day.Add(time.Hour)) || !full.CreatedDate.Equal(world.Epoch) {
		t.Errorf("the dates are %v, %v and %v", full.LastAccessedDate, full.LastChangedDate, full.CreatedDate)
	}
	versions := must[secretsmanager.ListSecretVersionIdsOutput](b, root(mine), &secretsmanager.ListSecretVersionIdsInput{SecretId: new("s"), MaxResults: new(int32(1))})
	if len(versions.Versions) != 1 || versions.NextToken == nil || versions.Versions[0].KmsKeyIds[0] != key || versions.Versions[0].LastAccessedDate != nil {
		t.Errorf("the versions are %s", show(versions))
	}
	b.create(root(mine), "managed", "v", "")
	if v := must[secretsmanager.ListSecretVersionIdsOutput](b, root(mine), &secretsmanager.ListSecretVersionIdsInput{SecretId: new("managed")}); v.Versions[0].KmsKeyIds[0] != "DefaultEncryptionKey" {
		t.Errorf("the versions are %s", show(v))
	}
}

func TestTags(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	must[createOut](b, admin, &createIn{Name: new("s")})
	tags := func() string {
		out := must[secretsmanager.DescribeSecretOutput](b, admin, &secretsmanager.DescribeSecretInput{SecretId: new("s")})
		if out.Tags == nil {
			return "none"
		}
		text := ""
		for _, t := range out.Tags {
			text += *t.Key + "=" + *t.Value + " "
		}
		return text
	}
	tag := func(pairs ...string) *secretsmanager.TagResourceInput {
		in := &secretsmanager.TagResourceInput{SecretId: new("s")}
		for i := 0; i < len(pairs); i += 2 {
			in.Tags = append(in.Tags, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
		}
		return in
	}
	untag := func(keys ...string) any {
		return &secretsmanager.UntagResourceInput{SecretId: new("s"), TagKeys: keys}
	}
	for _, step := range []struct {
		in   any
		want string
	}{
		{untag("a"), "none"}, {tag("b", "1"), "b=1 "}, {tag("a", "2", "b", "3"), "b=3 a=2 "}, {untag("b", "x"), "a=2 "}, {untag("a"), ""},
	} {
		if _, err := b.send(admin, step.in); err != nil {
			t.Fatal(err)
		}
		if got := tags(); got != step.want {
			t.Errorf("after %s: %q, want %q", show(step.in), got, step.want)
		}
	}
	b.refused(admin, tag("a", "1", "a", "2"), "InvalidParameterException", "")
	b.refused(admin, tag("aws:a", "1"), "InvalidParameterException", "")

	// Nobody takes away the permission that the call stands on.
	u := b.user(mine, "u", allow("", "secretsmanager:*", "*", `{"StringEquals":{"aws:ResourceTag/team":"blue"}}`))
	must[secretsmanager.TagResourceOutput](b, admin, tag("team", "blue"))
	b.refused(u, tag("team", "red"), "AccessDeniedException", "secretsmanager:TagResource")
	b.refused(u, untag("team"), "AccessDeniedException", "secretsmanager:UntagResource")
	must[secretsmanager.TagResourceOutput](b, u, tag("more", "1"))
	if got := tags(); got != "team=blue more=1 " {
		t.Errorf("the tags are %q", got)
	}
}

func TestWhatIsNotModelled(t *testing.T) {
	b := newBench(t)
	b.create(root(mine), "s", "v", "")
	for _, in := range []any{
		&createIn{Name: new("x"), Type: new("Partner")},
		&updateIn{SecretId: new("s"), Type: new("Partner")},
		&rotateIn{SecretId: new("s"), ClientRequestToken: b.token()}, // without Lambda
	} {
		b.refused(root(mine), in, "NotImplemented", "")
	}
}

func TestOperationsAreAWSs(t *testing.T) {
	model := wire.MustLoad("secretsmanager")
	for _, op := range newBench(t).services["secretsmanager"].Operations() {
		if !model.Has(op.Name) {
			t.Errorf("AWS has no %s", op.Name)
		}
	}
}

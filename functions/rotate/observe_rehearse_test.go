package rotate

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// The policy lockout: what the key policy says of changing it.
func TestLockout(t *testing.T) {
	o := &Observer{Self: self}
	for _, c := range []struct {
		name, policy, self string
		locked             bool
	}{
		{"delegated", open, self, false},
		{"to itself", statements(`{"Effect":"Allow","Principal":{"AWS":"` + self + `"},"Action":"kms:PutKeyPolicy","Resource":"*"}`), self, false},
		{"to itself, by its ARN", statements(`{"Effect":"Allow","Principal":{"AWS":"` + self + `"},"Action":"kms:PutKeyPolicy","Resource":"` + own.String() + `"}`), self, false},
		{"a session of itself", statements(`{"Effect":"Allow","Principal":{"AWS":"` + self + `"},"Action":"kms:PutKeyPolicy","Resource":"*"}`), "arn:aws:sts::111122223333:assumed-role/rekey-rotate/session", false},
		{"to bob", statements(`{"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"kms:*","Resource":"*"}`), self, true},
		{"for use alone", strings.ReplaceAll(open, "kms:*", "kms:Decrypt"), self, true},
		{"root", open, "arn:aws:iam::111122223333:root", false},
	} {
		o.Self = c.self
		k := aged(symmetric, 91)
		k.Policy = known(c.policy)
		if got := o.lockout(k); got.Unread != nil || got.Value != c.locked {
			t.Errorf("%s: %v, %+v", c.name, got.Value, got.Unread)
		}
	}
	k := aged(symmetric, 91)
	k.Policy = known(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*","Condition":{"Odd":{"a":"b"}}}}`)
	if got := o.lockout(k); got.Unread == nil {
		t.Error("what cannot be decided is taken for decided")
	}
}

// A grant that a service made is known by whoever it names.
func TestServiceGrants(t *testing.T) {
	for _, c := range []struct {
		entry types.GrantListEntry
		want  string
	}{
		{types.GrantListEntry{GranteePrincipal: new(bob)}, ""},
		{types.GrantListEntry{GranteePrincipal: new(bob), RetiringPrincipal: new("rds.eu-west-1.amazonaws.com")}, "rds.eu-west-1.amazonaws.com"},
		{types.GrantListEntry{GranteePrincipal: new("dynamodb.eu-west-1.amazonaws.com")}, "dynamodb.eu-west-1.amazonaws.com"},
		{types.GrantListEntry{GranteeServicePrincipal: new("ebs.amazonaws.com")}, "ebs.amazonaws.com"},
		{types.GrantListEntry{GranteePrincipal: new("arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-1"), RetiringPrincipal: new(bob)}, "aws:ec2-infrastructure"},
		{types.GrantListEntry{GranteePrincipal: new("arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")}, ""},
	} {
		c.entry.GrantId = new("g")
		if got := grantOf(c.entry).Service; got != c.want {
			t.Errorf("%+v is of %q, want %q", c.entry, got, c.want)
		}
	}
}

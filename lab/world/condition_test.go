package world

import (
	"testing"

	"rekey/shared/keypolicy"
)

// What the lab does not know of a request it does not take for absent.
func TestConditionsThatAreNotKnown(t *testing.T) {
	user, err := keypolicy.ParsePrincipal("arn:aws:iam::111122223333:user/alice")
	if err != nil {
		t.Fatal(err)
	}
	service := ServiceCaller("s3.amazonaws.com").Principal
	const from = `{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`
	const whom = `{"StringEquals":{"AWS:sourceaccount":"111122223333"}}`
	for _, c := range []struct {
		name      string
		who       keypolicy.Principal
		condition string
		supplied  map[string][]string
		want      keypolicy.Effect // 0: not decided
	}{
		{"an address that is not known", user, from, nil, 0},
		{"an address", user, from, map[string][]string{"aws:SourceIp": {"203.0.113.9"}}, keypolicy.Allowed},
		{"another address", user, from, map[string][]string{"aws:SourceIp": {"10.0.0.1"}}, keypolicy.ImplicitlyDenied},
		{"whom a service acts for, not told", service, whom, nil, 0},
		{"whom a service acts for", service, whom, map[string][]string{"aws:SourceAccount": {"111122223333"}}, keypolicy.Allowed},
		{"whom a user acts for: nobody", user, whom, nil, keypolicy.ImplicitlyDenied},
		{"an organization: none", service, `{"StringEquals":{"aws:SourceOrgID":"o-1"}}`, nil, keypolicy.ImplicitlyDenied},
		{"a key that nobody has", user, `{"StringEquals":{"aws:Nonsense":"x"}}`, nil, 0},
		{"a key that this request has", user, `{"StringEquals":{"aws:Nonsense":"x"}}`, map[string][]string{"AWS:nonsense": {"x"}}, keypolicy.Allowed},
	} {
		policy := MustPolicy(keypolicy.ResourcePolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":`+c.condition+`}}`)
		r := keypolicy.Request{Principal: c.who, Action: "shop:Do", Resource: one, ResourceAccount: "111122223333", Context: c.supplied}
		d, err := New(Options{}).Evaluate(r, Attached{}, &Named{Name: "policy", Policy: policy})
		if d.Effect != c.want || (err == nil) != (c.want != 0) {
			t.Errorf("%s: %+v, %v", c.name, d, err)
		}
	}
}

// Each policy of the caller's own side is read for such keys, whatever its type.
func TestConditionsOfEveryType(t *testing.T) {
	user, err := keypolicy.ParsePrincipal("arn:aws:iam::111122223333:role/worker")
	if err != nil {
		t.Fatal(err)
	}
	p, err := user.Session("session")
	if err != nil {
		t.Fatal(err)
	}
	all := Named{"all", MustPolicy(keypolicy.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)}
	odd := Named{"odd", MustPolicy(keypolicy.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:Nonsense":"true"}}}}`)}
	for name, own := range map[string]Attached{
		"its own":         {Identity: []Named{all, odd}},
		"boundary":        {Identity: []Named{all}, Boundary: &odd},
		"session":         {Identity: []Named{all}, Session: []Named{odd}},
		"service control": {Identity: []Named{all}, ServiceControl: [][]Named{{all}, {odd}}},
	} {
		r := keypolicy.Request{Principal: p, Action: "shop:Do", Resource: one, ResourceAccount: "111122223333"}
		if d, err := New(Options{}).Evaluate(r, own, nil); err == nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
	root := rootOf(t).Principal
	r := keypolicy.Request{Principal: root, Action: "shop:Do", Resource: one, ResourceAccount: "111122223333"}
	if d, err := New(Options{}).Evaluate(r, Attached{ServiceControl: [][]Named{{odd}}}, nil); err == nil {
		t.Errorf("a root user: %+v", d)
	}
}

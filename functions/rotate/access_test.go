package rotate

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

const (
	bob     = "arn:aws:iam::111122223333:user/bob"
	foreign = "arn:aws:iam::444455556666:role/there"
	delegue = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
)

// statements make a policy.
func statements(all ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(all, ",") + `]}`
}

// may is a statement of an identity policy on a resource, for what comes first.
func may(effect, actions, resource string, condition ...string) string {
	st := fmt.Sprintf(`{"Sid":"S","Effect":%q,"Action":[%s],"Resource":%q`, effect, actions, resource)
	if len(condition) > 0 {
		st += `,"Condition":` + condition[0]
	}
	return st + "}"
}

// said are losses in short.
func said(losses []Loss) string {
	var all []string
	for _, l := range losses {
		kind := "lost"
		switch {
		case l.Gains:
			kind = "gained"
		case l.ByAlias:
			kind = "by alias"
		}
		all = append(all, kind)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func TestCompare(t *testing.T) {
	here, decrypt := own.String(), `"kms:Decrypt"`
	alias := func(operator, key, value string) string { return fmt.Sprintf(`{%q:{%q:%q}}`, operator, key, value) }
	bobs := statements(`{"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"kms:*","Resource":"*"}`)
	for _, c := range []struct {
		name     string
		policy   string
		boundary string
		key      string // its policy; "" for one that delegates to the account
		grants   []Grant
		want     string
		says     string
	}{
		{name: "nothing", policy: statements(may("Allow", `"s3:*"`, "*"))},
		{name: "all keys", policy: statements(may("Allow", decrypt, "*"))},
		{name: "all of the account", policy: statements(may("Allow", `"kms:*"`, "arn:aws:kms:*:111122223333:key/*"))},
		{name: "everything", policy: statements(may("Allow", `"*"`, "*"))},
		{name: "by its ARN", policy: statements(may("Allow", decrypt, here)), want: "lost", says: "statement S of the policy p allows kms:Decrypt on this key by its ARN: add the successor's ARN to it"},
		{name: "by its ARN, every use", policy: statements(may("Allow", `"kms:*"`, here)), want: "lost", says: "allows every use"},
		{name: "by its id in any Region", policy: statements(may("Allow", `"KMS:decrypt"`, "arn:aws:kms:*:*:key/"+string(keyID))), want: "lost"},
		{name: "by the beginning of its id", policy: statements(may("Allow", decrypt, "arn:aws:kms:*:*:key/1234*")), want: "lost"},
		{name: "by its ARN, for administration", policy: statements(may("Allow", `"kms:ScheduleKeyDeletion"`, here))},
		{name: "another key by its ARN", policy: statements(may("Allow", decrypt, strings.Replace(here, "1234abcd", "ffffabcd", 1)))},
		{name: "by its ARN, and all", policy: statements(may("Allow", decrypt, here), `{"Effect":"Allow","Action":"kms:*","Resource":"*"}`)},
		{name: "by its ARN, and all for something else", policy: statements(may("Allow", `"kms:Decrypt","kms:Encrypt"`, here), `{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}`), want: "lost", says: "allows kms:Decrypt on"},
		{name: "by its ARN, through a service", policy: statements(may("Allow", decrypt, here, alias("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"))), want: "lost"},
		{name: "all but it", policy: statements(`{"Effect":"Allow","Action":"kms:Decrypt","NotResource":"` + here + `"}`), want: "gained", says: "denied on this key and would be allowed"},
		{name: "all, but denied on all but it", policy: statements(may("Allow", `"kms:*"`, "*"), `{"Sid":"D","Effect":"Deny","Action":"kms:*","NotResource":"`+here+`"}`), want: "lost", says: "statement D of the policy p denies every use on every key but this one"},
		{name: "all, but denied on it", policy: statements(may("Allow", `"kms:*"`, "*"), `{"Effect":"Deny","Action":"kms:Decrypt","Resource":"`+here+`"}`), want: "gained", says: "statement #2 of the policy p denies kms:Decrypt"},
		{name: "all but an action", policy: statements(`{"Effect":"Allow","NotAction":"iam:*","Resource":"` + here + `"}`), want: "lost", says: "every use"},
		{name: "by a boundary", policy: statements(may("Allow", decrypt, "*")), boundary: statements(may("Allow", decrypt, here)), want: "lost", says: "the boundary"},
		{name: "a boundary on all", policy: statements(may("Allow", decrypt, "*")), boundary: statements(may("Allow", `"*"`, "*"))},
		{name: "named in the key policy", policy: statements(may("Allow", decrypt, here)), key: bobs},
		{name: "named in the key policy by resource", policy: statements(may("Allow", `"s3:*"`, "*")), key: strings.Replace(bobs, `"Resource":"*"`, `"Resource":"`+here+`"`, 1)},
		{name: "by its aliases", policy: statements(may("Allow", decrypt, "*", alias("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/a"))), want: "by alias", says: "name this key by its ARN too"},
		{name: "by a pattern of aliases", policy: statements(may("Allow", decrypt, "*", alias("ForAnyValue:StringLike", "kms:resourcealiases", "alias/*"))), want: "by alias"},
		{name: "by other aliases", policy: statements(may("Allow", decrypt, "*", alias("ForAnyValue:StringLike", "kms:ResourceAliases", "alias/x*")))},
		{name: "by the alias of the request", policy: statements(may("Allow", decrypt, "*", alias("StringEquals", "kms:RequestAlias", "alias/b"))), want: "by alias", says: "kms:RequestAlias"},
		{name: "by another alias of the request", policy: statements(may("Allow", decrypt, "*", alias("StringEquals", "kms:RequestAlias", "alias/c")))},
		{name: "not by an alias", policy: statements(may("Allow", decrypt, "*"), may2("Deny", "kms:Decrypt", alias("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/a"))), want: "by alias", says: "denies kms:Decrypt"},
		{name: "keys with an alias", policy: statements(may("Allow", decrypt, "*", alias("Null", "kms:ResourceAliases", "false"))), want: "by alias"},
		{name: "by alias, for keys named", policy: statements(may("Allow", decrypt, "arn:aws:kms:*:*:key/ffff*", alias("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/a")))},
		{name: "by tag", policy: statements(may("Allow", decrypt, "*", alias("StringEquals", "aws:ResourceTag/app", "shop")))},
		{name: "by its ARN in a condition", policy: statements(may("Allow", decrypt, "*", alias("StringEquals", "kms:EncryptionContext:key", here))), want: "lost", says: "has a condition that names this key"},
		{name: "by a tag of his own", policy: statements(may("Allow", decrypt, "arn:aws:kms:*:*:key/${aws:PrincipalTag/key}")), want: "lost"},
		{name: "by an operator that nobody knows", policy: statements(may("Allow", decrypt, here, alias("SoundsLike", "aws:username", "bob"))), want: "lost"},
		{name: "by a grant that goes over", policy: statements(may("Allow", decrypt, here)), grants: []Grant{{ID: "g", Grantee: bob, Operations: []types.GrantOperation{types.GrantOperationDecrypt}}}},
		{name: "by a grant of a service, which does not", policy: statements(may("Allow", decrypt, here)), grants: []Grant{{ID: "g", Service: "rds.amazonaws.com", Grantee: bob, Operations: []types.GrantOperation{types.GrantOperationDecrypt}}}, want: "lost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := aged(symmetric, 91)
			if c.key != "" {
				k.Policy = known(c.key)
			}
			k.Grants = known(c.grants)
			s, err := successionOf(k, successorARN(k.ARN))
			if err != nil {
				t.Fatal(err)
			}
			h := &holder{principal: principal(t, bob), conditions: map[string][]string{"aws:PrincipalTag/key": {string(keyID)}}, policies: []*policy{parsed(t, "the policy p", c.policy)}}
			if c.boundary != "" {
				h.boundary = parsed(t, "the boundary", c.boundary)
			}
			losses := s.compare(h)
			if said(losses) != c.want {
				t.Errorf("%v, want %s", losses, c.want)
			}
			if !strings.Contains(fmt.Sprint(losses), c.says) {
				t.Errorf("%v does not say %q", losses, c.says)
			}
			for _, l := range losses {
				if l.Who != bob {
					t.Errorf("whose is %v", l)
				}
			}
		})
	}
}

func may2(effect, action, condition string) string {
	return fmt.Sprintf(`{"Effect":%q,"Action":%q,"Resource":"*","Condition":%s}`, effect, action, condition)
}

func principal(t *testing.T, arn string) keypolicy.Principal {
	t.Helper()
	p, err := keypolicy.ParsePrincipal(arn)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func parsed(t *testing.T, name, text string) *policy {
	t.Helper()
	p, err := parsePolicy(keypolicy.IdentityPolicy, name, text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What the key policy and grants say of a successor that has the same.
func TestKeyPolicyOfSuccessor(t *testing.T) {
	with := func(principal, more string) string {
		return statements(delegue, `{"Sid":"S","Effect":"Allow","Principal":`+principal+`,"Action":"kms:Decrypt"`+more+`}`)
	}
	all := `,"Resource":"*"`
	for _, c := range []struct {
		name, policy string
		grants       []Grant
		want, who    string
	}{
		{name: "delegates", policy: statements(delegue)},
		{name: "a user", policy: with(`{"AWS":"`+bob+`"}`, all)},
		{name: "a service", policy: with(`{"Service":"s3.amazonaws.com"}`, all)},
		{name: "by its ARN", policy: with(`{"AWS":"`+bob+`"}`, `,"Resource":"`+own.String()+`"`)},
		{name: "by a part of its ARN", policy: with(`{"AWS":"`+bob+`"}`, `,"Resource":"arn:aws:kms:*:*:key/1234*"`), want: "lost", who: bob},
		{name: "without a resource", policy: with(`{"AWS":"`+foreign+`"}`, "")},
		{name: "another account", policy: with(`{"AWS":["`+bob+`","444455556666"]}`, all), want: "lost", who: "444455556666"},
		{name: "a role of another account", policy: with(`{"AWS":"`+foreign+`"}`, all), want: "lost", who: foreign},
		{name: "everyone", policy: with(`"*"`, all), want: "lost", who: "*"},
		{name: "everyone of the account", policy: with(`"*"`, all+`,"Condition":{"StringEquals":{"kms:CallerAccount":"111122223333"}}`)},
		{name: "nobody of another account", policy: strings.Replace(with(`{"AWS":"`+foreign+`"}`, all), `"S","Effect":"Allow"`, `"S","Effect":"Deny"`, 1)},
		{name: "for a context with its id", policy: with(`{"AWS":"`+bob+`"}`, all+`,"Condition":{"StringEquals":{"kms:EncryptionContext:key":"`+own.String()+`"}}`), want: "lost", who: bob},
		{name: "by alias", policy: with(`{"AWS":"`+bob+`"}`, all+`,"Condition":{"StringEquals":{"kms:RequestAlias":"alias/a"}}`), want: "by alias", who: bob},
		{name: "a grant", policy: statements(delegue), grants: []Grant{{ID: "g", Grantee: bob}}},
		{name: "a grant to another account", policy: statements(delegue), grants: []Grant{{ID: "g", Grantee: foreign}}, want: "lost", who: foreign},
		{name: "a grant of a service to another account", policy: statements(delegue), grants: []Grant{{ID: "g", Grantee: foreign, Service: "ec2.amazonaws.com"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := aged(symmetric, 91)
			k.Policy, k.Grants = known(c.policy), known(c.grants)
			s, err := successionOf(k, successorARN(k.ARN))
			if err != nil {
				t.Fatal(err)
			}
			losses, err := s.ofKey(k)
			if err != nil || said(losses) != c.want {
				t.Fatalf("%v, %v; want %s", losses, err, c.want)
			}
			if len(losses) > 0 && losses[0].Who != c.who {
				t.Errorf("whose: %s, want %s", losses[0].Who, c.who)
			}
		})
	}
}

// Each kind of key has the operations of its usage.
func TestOperationsOfKinds(t *testing.T) {
	for kind, want := range map[Kind]string{
		symmetric:  "kms:GenerateDataKey",
		asymmetric: "kms:GetPublicKey",
		signing:    "kms:Sign",
		hmac:       "kms:VerifyMac",
		agreeing:   "kms:DeriveSharedSecret",
	} {
		if all := kind.operations(); !slices.Contains(all, want) || slices.Contains(all, "kms:Encrypt") != (kind.Usage == types.KeyUsageTypeEncryptDecrypt) {
			t.Errorf("%v has %v", kind, all)
		}
	}
}

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

// What is left of the use of an old key, each with its fix.
func TestResidue(t *testing.T) {
	k := aged(symmetric, 91)
	k.Aliases = known([]keyid.Alias{"alias/later"})
	k.Grants = known([]Grant{{ID: "g1", Grantee: bob}, {ID: "g2", Grantee: "x", Service: "rds.amazonaws.com"}})
	r := remains{key: k, use: known(Use{Operation: "Encrypt", At: now, Event: "e1"}), named: known([]Loss{{Who: bob, Why: "statement S of p"}, {Who: bob, Why: "statement D of p", Gains: true}})}
	next := successorARN(own)
	all := r.residue(next, now.Add(-day))
	want := []string{"alias/later", "grant g1", "grant g2", "statement S of p", "statement D of p", "use of " + own.String()}
	for i, w := range want {
		if i >= len(all) || all[i].What != w || all[i].Why == "" || all[i].Fix == "" {
			t.Fatalf("%+v, want %q", all, want)
		}
	}
	if !strings.Contains(all[5].Fix, "e1") || !strings.Contains(all[3].Fix, next.String()) || !strings.Contains(all[2].Fix, "do not revoke it") {
		t.Errorf("fixes: %+v", all)
	}
	if all := r.residue(next, now.Add(day)); len(all) != len(want)-1 {
		t.Errorf("use before the aliases moved is told of: %+v", all)
	}
	r = remains{key: aged(symmetric, 91), use: Known[Use]{Unread: unread(lastUsage)}, named: Known[[]Loss]{Unread: unread(readAccount)}}
	r.key.Aliases, r.key.Grants = Known[[]keyid.Alias]{Unread: unread(listAliases)}, Known[[]Grant]{Unread: unread(listGrants)}
	if all := r.residue(next, now); len(all) != 4 || !strings.Contains(all[0].What, "unknown: "+listAliases) {
		t.Errorf("unknown: %+v", all)
	}
}

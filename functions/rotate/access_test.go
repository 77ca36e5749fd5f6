package rotate

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

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

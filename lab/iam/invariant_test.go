package iam

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/world"
)

// kept is a user in a group, with a key and a policy, and a role in an instance
// profile.
type kept struct {
	*Service
	a *account
	u *user
	g *group
	r *Role
	p *profile
	m *managed
	k *accessKey
}

func newKept() (*world.World, kept) {
	w := world.New(world.Options{})
	s := New(w)
	a := s.own("111122223333")
	c := &world.Call{World: w, Time: w.Now(), Caller: rootOf("111122223333")}
	k := kept{
		Service: s, a: a, u: &user{newEntity(c, userKind, "u", nil)}, g: &group{newEntity(c, groupKind, "g", nil), map[string]*user{}},
		r: &Role{entity: newEntity(c, roleKind, "r", nil), Trust: nothing, MaxSession: time.Hour},
		p: &profile{entity: newEntity(c, profileKind, "p", nil)},
		m: &managed{arn: "arn:aws:iam::111122223333:policy/m", name: "m", path: "/", id: "ANPA" + strings.Repeat("A", 17), created: w.Now(), updated: w.Now()},
	}
	for _, e := range []*entity{&k.u.entity, &k.g.entity, &k.r.entity, &k.p.entity} {
		e.identify(s)
	}
	k.m.add(&version{"v1", nothing, w.Now()}, true)
	k.k = &accessKey{id: "AKIAX", secret: "x", owner: k.u}
	a.users["u"], a.groups["g"], a.roles["r"], a.policies[k.m.arn], s.keys["AKIAX"] = k.u, k.g, k.r, k.m, k.k
	k.g.users["u"] = k.u
	a.profiles["p"], k.p.role = k.p, k.r
	k.u.attached[k.m.arn], k.u.boundary = k.m, k.m
	return w, k
}

func rootOf(account string) world.Caller {
	k, _ := New(world.New(world.Options{})).AccessKey(account)
	return k.Caller
}

func TestViolations(t *testing.T) {
	tags := map[string]types.Tag{}
	for n := range 51 {
		tags[fmt.Sprint(n)] = types.Tag{}
	}
	for want, spoil := range map[string]func(k kept){
		"user/u is in 11 groups": func(k kept) {
			for n := range 10 {
				k.a.groups[fmt.Sprint(n)] = k.g
			}
		},
		"has a permissions boundary, or tags":                     func(k kept) { k.g.boundary = k.m },
		"u is in arn:aws:iam::111122223333:group/g, and does not": func(k kept) { delete(k.a.users, "u") },
		"instance-profile/p has policies, or a permissions":       func(k kept) { k.p.boundary = k.m },
		"has a role that does not exist":                          func(k kept) { delete(k.a.roles, "r") },
		"is kept as the instance-profile p of":                    func(k kept) { k.p.path = "/x/" },
		"the instance profiles P and p differ by case":            func(k kept) { k.a.profiles["P"] = k.p },
		"has no trust policy":                                     func(k kept) { k.r.Trust = nil },
		"has sessions of at most 13h":                             func(k kept) { k.r.MaxSession = 13 * time.Hour },
		"policy/m is kept as":                                     func(k kept) { k.a.policies["x"] = k.m },
		"have the unique id":                                      func(k kept) { k.r.ID = k.u.ID },
		`has the unique id "x"`:                                   func(k kept) { k.u.ID = "x" },
		"is kept as the user u of":                                func(k kept) { k.u.path = "/x/" },
		"was created in the future":                               func(k kept) { k.u.created = world.Epoch.Add(time.Hour) },
		"has 11 managed policies": func(k kept) {
			for n := range 10 {
				k.u.attached[fmt.Sprint(n)] = k.m
			}
		},
		"has the policy arn:aws:iam::111122223333:policy/m, which does not": func(k kept) { delete(k.a.policies, k.m.arn) },
		"has the permissions boundary x, which does not":                    func(k kept) { k.u.boundary = &managed{arn: "x"} },
		"has inline policies of 2049":                                       func(k kept) { k.u.policies["p"] = &world.Policy{Text: strings.Repeat("x", 2049)} },
		"user/u has 51 tags":                                                func(k kept) { k.u.tags = tags },
		"policy/m has 51 tags":                                              func(k kept) { k.m.tags = tags },
		"has version v1 twice":                                              func(k kept) { k.m.versions = append(k.m.versions, k.m.versions[0]) },
		"has nothing in version v1":                                         func(k kept) { k.m.versions[0].policy = nil },
		"has no default version":                                            func(k kept) { k.m.standing = &version{} },
		"has 1 versions, of 0":                                              func(k kept) { k.m.count = 0 },
		"changed at":                                                        func(k kept) { k.m.updated = world.Epoch.Add(-time.Hour) },
		"the users U and u differ by case":                                  func(k kept) { k.a.users["U"] = k.u },
		"the groups G and g differ by case":                                 func(k kept) { k.a.groups["G"] = k.g },
		"the roles R and r differ by case":                                  func(k kept) { k.a.roles["R"] = k.r },
		"access key AKIAX is kept as":                                       func(k kept) { k.keys["x"] = k.k },
		"has no secret":                                                     func(k kept) { k.k.secret = "" },
		"is of a user that does not exist":                                  func(k kept) { again := *k.u; k.a.users["u"] = &again },
		"has more than two access keys":                                     func(k kept) { k.keys["AKIAY"], k.keys["AKIAZ"] = k.k, k.k },
	} {
		t.Run(want, func(t *testing.T) {
			w, k := newKept()
			if bad := w.Violations(); len(bad) != 0 {
				t.Fatalf("before: %q", bad)
			}
			w.Locked(func() { spoil(k) })
			if bad := strings.Join(w.Violations(), "\n"); !strings.Contains(bad, want) {
				t.Errorf("the violations are %q", bad)
			}
		})
	}
}

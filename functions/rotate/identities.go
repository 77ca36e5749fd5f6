package rotate

import (
	"context"
	"fmt"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// access reads who could use the key, or a replica of it, and not a successor's.
func (o *Observer) access(ctx context.Context, k Key) Known[[]Loss] {
	found := &findings{}
	var all []*succession
	for _, part := range k.parts() {
		for _, u := range []*Unread{part.Policy.Unread, part.Grants.Unread, part.Aliases.Unread} {
			if u != nil {
				return Known[[]Loss]{Unread: u}
			}
		}
		s, err := successionOf(part, successorARN(part.ARN))
		var losses []Loss
		if err == nil {
			losses, err = s.ofKey(part)
		}
		if err != nil {
			return Known[[]Loss]{Unread: &Unread{Action: getPolicy, Resource: part.ARN.String(), Reason: fmt.Sprintf("the key policy was not understood: %v", err)}}
		}
		all = append(all, s)
		found.add(s.of(k.ARN, losses)...)
	}
	u := o.eachHolder(ctx, found, func(h *holder) {
		for _, s := range all {
			found.add(s.of(k.ARN, s.compare(h))...)
		}
	})
	if u != nil {
		return Known[[]Loss]{Unread: u}
	}
	return known(found.losses())
}

// of tells which losses are of a replica.
func (s *succession) of(primary keyid.ARN, losses []Loss) []Loss {
	if s.old == primary {
		return losses
	}
	for i := range losses {
		losses[i].Why = "of its replica in " + string(s.old.Region) + ": " + losses[i].Why
	}
	return losses
}

// parts are the key and its replicas, as keys of their own.
func (k Key) parts() []Key {
	all := []Key{k}
	if k.Family == nil {
		return all
	}
	for _, r := range k.Family.Replicas {
		if r.ending() {
			continue
		}
		part := k
		part.ARN, part.State, part.Policy, part.Tags, part.Aliases, part.Grants = r.ARN, r.State, r.Policy, r.Tags, r.Aliases, r.Grants
		all = append(all, part)
	}
	return all
}

// eachHolder visits the users and roles of the account, with their policies that may
// be about KMS keys. What cannot be understood is found.
func (o *Observer) eachHolder(ctx context.Context, found *findings, visit func(*holder)) *Unread {
	if o.IAM == nil {
		return &Unread{Action: readAccount, Resource: "*", Reason: "the account's identity policies were not to be read"}
	}
	var err error
	if o.Roster != nil {
		err = o.Roster.each(ctx, o, found, visit)
	} else {
		err = o.readHolders(ctx, &account{tell: func(l Loss) { found.add(l) }}, visit)
	}
	if err != nil {
		return o.unread(readAccount, "*", err)
	}
	return nil
}

// readHolders reads the account twice: its policies and groups, of which what matters
// is kept, and then, page by page, who has them.
func (o *Observer) readHolders(ctx context.Context, a *account, visit func(*holder)) error {
	a.managed, a.groups, a.attached = map[string]*policy{}, map[string][]*policy{}, map[string][]string{}
	err := o.eachPage(ctx, a, a.shared, types.EntityTypeLocalManagedPolicy, types.EntityTypeAWSManagedPolicy, types.EntityTypeGroup)
	if err != nil {
		return err
	}
	return o.eachPage(ctx, a, func(page *iam.GetAccountAuthorizationDetailsOutput) { a.holders(page, visit) }, types.EntityTypeUser, types.EntityTypeRole)
}

// eachPage reads pages until there are no more, or what is kept of them is too much.
func (o *Observer) eachPage(ctx context.Context, a *account, visit func(*iam.GetAccountAuthorizationDetailsOutput), kinds ...types.EntityType) error {
	return pages(func(marker *string) (*string, error) {
		out, err := o.IAM.GetAccountAuthorizationDetails(ctx, &iam.GetAccountAuthorizationDetailsInput{Filter: kinds, Marker: marker})
		if err != nil {
			return nil, err
		}
		visit(out)
		if a.bound > 0 && a.weight > a.bound {
			return nil, errHeavy
		}
		return more(out.IsTruncated, out.Marker), nil
	})
}

// account is what users and roles share.
type account struct {
	// tell is told of what was not understood.
	tell func(Loss)
	// weight is what policies, users and roles come to, in bytes; above bound, unless
	// that is zero, no more is read.
	weight, bound int
	// managed has the policies by their ARN; nil for those that have nothing to say of
	// keys.
	managed map[string]*policy
	// groups and attached are the groups' inline policies, and the ARNs of the managed
	// ones, by the groups' names.
	groups   map[string][]*policy
	attached map[string][]string
}

// shared keeps what matters of a page of policies and groups.
func (a *account) shared(page *iam.GetAccountAuthorizationDetailsOutput) {
	for _, p := range page.Policies {
		a.managed[*p.Arn] = nil
		for _, v := range p.PolicyVersionList {
			if v.IsDefaultVersion {
				a.managed[*p.Arn] = a.parse("the managed policy "+*p.PolicyName, *p.Arn, v.Document)
			}
		}
	}
	for _, g := range page.GroupDetailList {
		for _, p := range g.GroupPolicyList {
			if parsed := a.parse("the policy "+*p.PolicyName+" of the group "+*g.GroupName, *g.Arn, p.PolicyDocument); parsed != nil {
				a.groups[*g.GroupName] = append(a.groups[*g.GroupName], parsed)
			}
		}
		for _, p := range g.AttachedManagedPolicies {
			a.attached[*g.GroupName] = append(a.attached[*g.GroupName], *p.PolicyArn)
		}
	}
}

// holders visits the users and roles of a page.
func (a *account) holders(page *iam.GetAccountAuthorizationDetailsOutput, visit func(*holder)) {
	for _, u := range page.UserDetailList {
		h := a.holder(*u.Arn, *u.UserId, u.Tags, u.UserPolicyList, u.AttachedManagedPolicies, u.PermissionsBoundary)
		if h == nil {
			continue
		}
		for _, g := range u.GroupList {
			h.policies = append(h.policies, a.groups[g]...)
			for _, arn := range a.attached[g] {
				a.attach(h, arn)
			}
		}
		visit(h)
	}
	for _, r := range page.RoleDetailList {
		// The name of the session is not known: only the role's id counts.
		if h := a.holder(*r.Arn, *r.RoleId+":any", r.Tags, r.RolePolicyList, r.AttachedManagedPolicies, r.PermissionsBoundary); h != nil {
			visit(h)
		}
	}
}

func (a *account) holder(arn, id string, tags []types.Tag, inline []types.PolicyDetail, attached []types.AttachedPolicy, boundary *types.AttachedPermissionsBoundary) *holder {
	p, err := keypolicy.ParsePrincipal(arn)
	if err != nil {
		a.tell(Loss{Who: arn, Why: "what it is was not understood, so look at its policies for what names this key: " + err.Error()})
		return nil
	}
	h := &holder{principal: p, conditions: map[string][]string{"aws:userid": {id}}}
	a.weight += holderWeight
	for _, t := range tags {
		a.weight += len(*t.Key) + len(*t.Value)
		h.conditions["aws:PrincipalTag/"+*t.Key] = []string{*t.Value}
	}
	for _, p := range inline {
		if parsed := a.parse("the policy "+*p.PolicyName+" of its own", arn, p.PolicyDocument); parsed != nil {
			h.policies = append(h.policies, parsed)
		}
	}
	for _, p := range attached {
		a.attach(h, *p.PolicyArn)
	}
	if boundary != nil && boundary.PermissionsBoundaryArn != nil {
		h.boundary = &policy{Named: keypolicy.Named{Name: "the permissions boundary", Document: keypolicy.Empty(keypolicy.IdentityPolicy)}}
		if p := a.find(h, *boundary.PermissionsBoundaryArn); p != nil {
			h.boundary = p
		}
	}
	return h
}

// attach gives the holder a managed policy, if that is about keys.
func (a *account) attach(h *holder, arn string) {
	if p := a.find(h, arn); p != nil {
		h.policies = append(h.policies, p)
	}
}

// find is the managed policy of that ARN. One that was not listed is told of.
func (a *account) find(h *holder, arn string) *policy {
	p, listed := a.managed[arn]
	if !listed {
		a.tell(Loss{Who: h.principal.ARN(), Why: "the managed policy " + arn + " was not among those of the account: look whether it names this key"})
	}
	return p
}

// parse reads a policy, which IAM gives "URL-encoded compliant with RFC 3986" (API
// reference, GetAccountAuthorizationDetails). It gives nil for one that has nothing to
// say of keys, or was not understood, which is found.
func (a *account) parse(name, owner string, encoded *string) *policy {
	plain, err := url.PathUnescape(text(encoded))
	var p *policy
	if err == nil {
		p, err = parsePolicy(keypolicy.IdentityPolicy, name, plain)
	}
	if err != nil {
		a.tell(Loss{Who: owner, Why: name + " was not understood, so look whether it names this key: " + err.Error()})
		return nil
	}
	if len(p.statements) == 0 {
		return nil
	}
	a.weight += len(plain)
	return p
}

// findings are losses, with those that one statement brings about told of together.
type findings struct {
	all   []Loss
	index map[Loss]int // by all but Who
	count []int
}

// mostNamed is how many of those whom a statement brings a loss are told by name.
const mostNamed = 3

func (f *findings) add(losses ...Loss) {
	if f.index == nil {
		f.index = map[Loss]int{}
	}
	for _, l := range losses {
		who := l.Who
		l.Who = ""
		i, seen := f.index[l]
		if !seen {
			i = len(f.all)
			f.index[l] = i
			f.all, f.count = append(f.all, l), append(f.count, 0)
		}
		if f.count[i]++; f.count[i] <= mostNamed {
			if seen {
				f.all[i].Who += ", "
			}
			f.all[i].Who += who
		}
	}
}

func (f *findings) losses() []Loss {
	for i, n := range f.count {
		if n > mostNamed {
			f.all[i].Who += fmt.Sprintf(" and %d more", n-mostNamed)
		}
	}
	f.count = nil
	return f.all
}

// namedIn are the statements of the account's identity policies that are about a key
// and not about its successor.
func (o *Observer) namedIn(ctx context.Context, k Key, next keyid.ARN) Known[[]Loss] {
	s := &succession{old: k.ARN, next: next, operations: k.Kind.operations(), conditions: k.conditions()}
	var err error
	if s.open, err = openPolicy(k.ARN.Account); err != nil {
		return Known[[]Loss]{Unread: &Unread{Action: readAccount, Resource: "*", Reason: err.Error()}}
	}
	found := &findings{}
	u := o.eachHolder(ctx, found, func(h *holder) {
		for _, p := range h.all() {
			for i := range p.statements {
				st := &p.statements[i]
				if only := without(s.touched(h, st, s.old), s.touched(h, st, s.next)); len(only) > 0 {
					found.add(Loss{Who: h.principal.ARN(), Gains: st.deny, Why: fmt.Sprintf("statement %s of %s", st.name, p.Name)})
				}
			}
		}
	})
	return Known[[]Loss]{Value: found.losses(), Unread: u}
}

package template

import (
	"fmt"
	"slices"
	"strings"
)

// request is one call that something in the templates will make.
type request struct {
	service  string    // the service that calls, as itself
	role     *Resource // or the role as which somebody calls
	action   string
	resource *Resource
	context  map[string]string // what is known of it, by condition key in small letters
}

func (r request) who() string {
	if r.role != nil {
		return "the role " + r.role.ID
	}
	return r.service
}

// decision is what the policies of the assembly come to for a request.
type decision struct {
	allowed bool
	why     string // why not
}

// decide follows shared/keypolicy's order for a caller of the same account: a
// Deny, then the resource's policy if it names the caller, then for a role its own
// policies, to which a key's policy must have left the decision.
func (a *Assembly) decide(all []*policy, r request) decision {
	var near []string // statements that nearly allow it
	direct, left, own := false, false, false
	for _, p := range all {
		ofResource := (p.kind == keyPolicy || p.kind == resourcePolicy) && slices.Contains(p.on, r.resource)
		ofRole := p.kind == identityPolicy && r.role != nil && slices.Contains(p.on, r.role)
		if !ofResource && !ofRole {
			continue
		}
		for _, s := range p.statements {
			if !a.covers(p, s, r) {
				continue
			}
			names := ofRole
			account := false
			if ofResource {
				names, account = a.names(s, r)
			}
			if !names && !account {
				continue
			}
			why := s.refuses(r.context)
			switch {
			case s.deny && (why == "" || strings.HasPrefix(why, cannotTell)):
				return decision{why: fmt.Sprintf("statement %s of %s denies it", s.sid, p.written.ID)}
			case s.deny:
			case s.perhaps:
				near = append(near, fmt.Sprintf("statement %s of %s depends on a condition of the template", s.sid, p.written.ID))
			case why != "":
				near = append(near, fmt.Sprintf("statement %s of %s does not apply: %s", s.sid, p.written.ID, why))
			case ofRole:
				own = true
			case names:
				direct = true
			default:
				left = true
			}
		}
	}
	isKey := r.resource.Type == "AWS::KMS::Key" || r.resource.Type == "AWS::KMS::ReplicaKey"
	switch {
	case direct || own && (left || !isKey):
		return decision{allowed: true}
	case len(near) > 0:
		return decision{why: strings.Join(near, "; ")}
	case own:
		return decision{why: "the key policy neither names the role nor leaves the action to the account's IAM policies"}
	case r.role != nil:
		return decision{why: "no policy of the role has it, and that of " + r.resource.ID + " does not name the role"}
	}
	return decision{why: "no statement of the policy of " + r.resource.ID + " names " + r.service + " and has it"}
}

// covers tells whether a statement is about the action and the resource.
func (a *Assembly) covers(p *policy, s statement, r request) bool {
	matching := func(text string) func(string) bool {
		return func(pattern string) bool { return matches(pattern, text) }
	}
	action := slices.ContainsFunc(s.actions, func(pattern string) bool { return matches(strings.ToLower(pattern), strings.ToLower(r.action)) })
	if p.kind == keyPolicy {
		return action
	}
	return action && slices.ContainsFunc(s.resources, matching(a.arn(r.resource)))
}

// names tells whether a resource policy's statement names the caller, or the
// account that a role is in, which leaves the decision to the role's policies. An
// Allow for everyone is none for services, which have to be named.
func (a *Assembly) names(s statement, r request) (caller, account bool) {
	for _, who := range s.principals {
		switch {
		case who.kind == "*":
			caller = caller || s.deny || r.role != nil
		case who.kind == "Service":
			caller = caller || r.service != "" && sameService(who.value, r.service)
		case who.kind == "AWS" && r.role != nil:
			home := r.role.Stack.pseudo("AccountId")
			caller = caller || who.value == a.arn(r.role) || who.value == "${"+r.role.Stack.Name+"."+r.role.ID+".RoleId}"
			account = account || who.value == home || who.value == "arn:"+r.role.Stack.pseudo("Partition")+":iam::"+home+":root"
		}
	}
	return caller, account
}

// sameService compares service principals, of which some may be written with
// the Region and with the suffix of the partition (IAM User Guide, "AWS service
// principals").
func sameService(a, b string) bool {
	plain := func(s string) string {
		s = strings.ReplaceAll(s, "${AWS.URLSuffix}", "amazonaws.com")
		return strings.Replace(s, ".${AWS.Region}.", ".", 1)
	}
	return plain(a) == plain(b)
}

const cannotTell = "it cannot be told whether "

// refuses tells why a statement's conditions do not hold, or "" where they do.
// That of which nothing is known does not hold.
func (s statement) refuses(context map[string]string) string {
	for _, c := range s.conditions {
		value, known := context[c.key]
		if !known {
			return cannotTell + c.operator + " of " + c.key + " holds"
		}
		holds, ok := c.holds(value)
		switch {
		case !ok:
			return cannotTell + c.operator + " of " + c.key + " holds"
		case !holds:
			return fmt.Sprintf("%s is %s, and it is for %s %s", c.key, value, c.operator, strings.Join(c.values, " or "))
		}
	}
	return ""
}

// holds compares a key's value with a condition; ok is false for an operator
// that is not known here. Service endpoints are compared without the suffix of
// the partition.
func (c condition) holds(value string) (holds, ok bool) {
	operator := strings.ToLower(c.operator)
	operator = strings.TrimSuffix(operator, "ifexists")
	operator, negated := strings.CutPrefix(strings.Replace(operator, "not", "!", 1), "!")
	if !negated { // StringNotEquals has it in the middle
		if before, after, found := strings.Cut(operator, "!"); found {
			operator, negated = before+after, true
		}
	}
	plain := func(s string) string { return strings.ReplaceAll(s, "${AWS.URLSuffix}", "amazonaws.com") }
	value = plain(value)
	var same func(pattern string) bool
	switch operator {
	case "stringequals":
		same = func(p string) bool { return p == value }
	case "stringequalsignorecase", "bool":
		same = func(p string) bool { return strings.EqualFold(p, value) }
	case "stringlike", "arnlike", "arnequals":
		same = func(p string) bool { return matches(p, value) }
	default:
		return false, false
	}
	found := slices.ContainsFunc(c.values, func(p string) bool { return same(plain(p)) })
	return found != negated, true
}

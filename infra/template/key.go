package template

import (
	"slices"
	"strings"
)

// checkKey asks how a key is kept: who may change its policy, whether its material
// is rotated, and what becomes of what is under it.
func (a *Assembly) checkKey(out *report, all []*policy, r *Resource) {
	spec := r.Properties["KeySpec"]
	symmetric := spec == nil || a.text(r.Stack, spec) == "SYMMETRIC_DEFAULT"
	rotated := r.Properties["EnableKeyRotation"]
	if r.Type == "AWS::KMS::Key" && symmetric && (rotated == nil || a.text(r.Stack, rotated) != "true") {
		out.add("encryption", r, "", "set EnableKeyRotation", "the key is not rotated")
	}
	if bypass := r.Properties["BypassPolicyLockoutSafetyCheck"]; bypass != nil && a.text(r.Stack, bypass) != "false" {
		out.add("encryption", r, "", "remove BypassPolicyLockoutSafetyCheck", "AWS KMS is told to take a policy that nobody could change again")
	}
	if !a.administered(all, r) {
		out.add("encryption", r, "", "allow kms:PutKeyPolicy for the root of the key's account, without a condition", "no policy of the account can let anybody change the key's policy, CloudFormation neither")
	}
	checkKept(out, r)
}

// checkKept asks that no key is deleted but one of which it is written that nothing
// is lost with it. A key that takes another's place leaves all behind that is under
// the other one.
func checkKept(out *report, r *Resource) {
	if r.entry["UpdateReplacePolicy"] != "Retain" {
		out.add("encryption", r, "", "set UpdateReplacePolicy: Retain", "when another key takes its place, it is deleted with all that is under it (UpdateReplacePolicy)")
	}
	reason, _ := object(r.entry["Metadata"])["rekey:deletable"].(string)
	switch policy := r.entry["DeletionPolicy"]; {
	case policy == "Retain" || policy == "RetainExceptOnCreate":
		if reason != "" {
			out.add("encryption", r, "", "remove Metadata rekey:deletable", "it is written why the key can be deleted, and it is not")
		}
	case len(strings.Fields(reason)) < 3:
		out.add("encryption", r, "", "set DeletionPolicy: Retain, or write in Metadata rekey:deletable why nothing is lost with it", "the key is deleted with its stack, and all that is under it is lost (DeletionPolicy)")
	}
}

// administered tells whether the key's policy leaves its change to the policies of
// its account, whatever the request (KMS Developer Guide, "Default key policy",
// "Reduces the risk of the KMS key becoming unmanageable").
func (a *Assembly) administered(all []*policy, key *Resource) bool {
	home := key.Stack.pseudo("AccountId")
	root := "arn:" + key.Stack.pseudo("Partition") + ":iam::" + home + ":root"
	allowed := false
	for _, p := range all {
		if p.kind != keyPolicy || !slices.Contains(p.on, key) {
			continue
		}
		for _, s := range p.statements {
			of := slices.ContainsFunc(s.principals, func(who principal) bool { return who.value == home || who.value == root || s.deny && who.kind == "*" })
			if !of || s.perhaps || len(s.conditions) > 0 || !a.covers(p, s, request{action: "kms:PutKeyPolicy", resource: key}) {
				continue
			}
			if s.deny {
				return false
			}
			allowed = true
		}
	}
	return allowed
}

package template

import (
	"slices"
	"strings"
)

// bounds are the condition keys that say whose a request is or for whom a
// service makes it (IAM User Guide, "AWS global condition context keys"; KMS
// Developer Guide, "kms:CallerAccount"; SNS Developer Guide, "aws:SourceAccount
// versus aws:SourceOwner").
var (
	sourceBounds = []string{"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"}
	callerBounds = []string{"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "kms:calleraccount"}
)

// checkPrincipals looks for everyone, and for services that anybody's resources
// could make act (IAM User Guide, "The confused deputy problem").
func (a *Assembly) checkPrincipals(out *report, p *policy, s statement) {
	if s.deny || p.kind == identityPolicy {
		return
	}
	for _, who := range s.principals {
		switch {
		case who.kind == "*":
			if !bounded(s.conditions, append(callerBounds, sourceBounds...)) {
				out.add("principal", p.written, s.sid, "name who may, or bound it by aws:PrincipalAccount, aws:PrincipalOrgID or aws:SourceAccount", "everyone, in any account, may %s", strings.Join(s.actions, ", "))
			}
		case wild(who.value):
			out.add("principal", p.written, s.sid, "write the principal out", "the principal %s has a wildcard", who.value)
		case who.kind == "Service" && !confusable(p, who):
			continue
		case who.kind == "Service" && !bounded(s.conditions, sourceBounds) && !ownLogs(who, s.conditions) && !deadLetters(p, who, s):
			out.add("principal", p.written, s.sid, "add a condition on aws:SourceAccount or aws:SourceArn", "%s may %s for anybody's resources: nothing says whose", who.value, strings.Join(s.actions, ", "))
		}
	}
}

// confusable tells whether somebody in another account can make a service act on
// a policy. Lambda, EC2 and ECS run a program of the account as the role that it
// was given with iam:PassRole, which reaches no role of another account (IAM User
// Guide, "Grant a user permissions to pass a role to an AWS service").
func confusable(p *policy, who principal) bool {
	return p.kind != trustPolicy || !slices.Contains([]string{"lambda.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com"}, who.value)
}

// bounded tells whether a statement applies to what one of the keys says only.
func bounded(conditions []condition, keys []string) bool {
	return slices.ContainsFunc(conditions, func(c condition) bool {
		operator := strings.TrimPrefix(strings.ToLower(c.operator), "foranyvalue:")
		positive := slices.Contains([]string{"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}, operator)
		return positive && slices.Contains(keys, c.key) && len(c.values) > 0 && !slices.ContainsFunc(c.values, func(v string) bool { return boundless(c.key, v) })
	})
}

// boundless tells whether a value leaves open whose the source or caller is. A
// bucket's ARN has no account; what it names is one bucket all the same.
func boundless(key, value string) bool {
	if !strings.HasSuffix(key, "arn") {
		return strings.Trim(value, "*?") == "" || strings.HasPrefix(value, "*")
	}
	parts := strings.SplitN(value, ":", 6)
	if len(parts) < 6 {
		return true
	}
	return strings.Trim(parts[4], "*?") == "" && (parts[4] != "" || wild(parts[5]))
}

// ownLogs tells whether CloudWatch Logs is bound by the encryption context, which
// has the log group's ARN (CloudWatch Logs User Guide, "Encrypt log data in
// CloudWatch Logs using AWS Key Management Service").
func ownLogs(who principal, conditions []condition) bool {
	return strings.HasPrefix(who.value, "logs.") && bounded(conditions, []string{"kms:encryptioncontext:aws:logs:arn"})
}

// deadLetters tells whether a key's statement lets EventBridge write to encrypted
// queues, and nothing else. AWS documents it without a condition (EventBridge User
// Guide, "Amazon EventBridge targets", targets that use AWS KMS encryption), and says of
// encrypted topics that EventBridge does not meet aws:SourceAccount and aws:SourceArn
// (SNS Developer Guide, "Managing Amazon SNS encryption keys and costs"). Whose rules
// may write, the policy of the queue says.
func deadLetters(p *policy, who principal, s statement) bool {
	return p.kind == keyPolicy && who.value == "events.amazonaws.com" && !slices.ContainsFunc(s.actions, func(a string) bool {
		return !slices.Contains([]string{"kms:Decrypt", "kms:GenerateDataKey"}, a)
	})
}

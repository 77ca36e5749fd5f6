package template

import (
	"slices"
	"strings"
)

// checkEncryption asks for customer managed keys at rest, for TLS on the way, and
// how the keys themselves are kept.
func (a *Assembly) checkEncryption(out *report, all []*policy) {
	for r := range a.resources() {
		switch r.Type {
		case "AWS::SQS::Queue":
			a.checkKeyOf(out, r, r.Properties["KmsMasterKeyId"], "KmsMasterKeyId")
			a.checkTransport(out, all, r, "sqs:SendMessage", "sqs:ReceiveMessage")
		case "AWS::SNS::Topic":
			a.checkKeyOf(out, r, r.Properties["KmsMasterKeyId"], "KmsMasterKeyId")
			a.checkTransport(out, all, r, "sns:Publish")
		case "AWS::SNS::Subscription":
			if protocol := a.text(r.Stack, r.Properties["Protocol"]); protocol == "http" {
				out.add("encryption", r, "", "use https", "what the topic tells goes over the network in plain text (%s)", protocol)
			}
		case "AWS::Logs::LogGroup":
			if key := a.checkKeyOf(out, r, r.Properties["KmsKeyId"], "KmsKeyId"); key != nil {
				a.checkLogKey(out, all, r, key)
			}
		case "AWS::S3::Bucket":
			a.checkBucket(out, r)
			a.checkTransport(out, all, r, "s3:GetObject", "s3:PutObject")
		case "AWS::KMS::Key", "AWS::KMS::ReplicaKey":
			a.checkKey(out, all, r)
		}
	}
}

func (a *Assembly) checkKeyOf(out *report, r *Resource, said any, property string) *Resource {
	key := a.key(r.Stack, said)
	switch {
	case said == nil:
		out.add("encryption", r, "", "set "+property+" to a key of these templates", "it is not encrypted under a customer managed key")
	case key == nil:
		out.add("encryption", r, "", "set "+property+" to a key of these templates", "its key %s is none of the templates", a.text(r.Stack, said))
	}
	return key
}

func (a *Assembly) checkBucket(out *report, r *Resource) {
	var said any
	for _, rule := range branches(at(r.Properties, "BucketEncryption", "ServerSideEncryptionConfiguration")) {
		if algorithm, _ := at(rule, "ServerSideEncryptionByDefault", "SSEAlgorithm").(string); strings.HasPrefix(algorithm, "aws:kms") {
			said = at(rule, "ServerSideEncryptionByDefault", "KMSMasterKeyID")
		}
	}
	a.checkKeyOf(out, r, said, "KMSMasterKeyID of its default encryption")
}

// checkTransport asks for a Deny of what comes without TLS.
func (a *Assembly) checkTransport(out *report, all []*policy, r *Resource, actions ...string) {
	for _, action := range actions {
		if !slices.ContainsFunc(all, func(p *policy) bool {
			return p.kind == resourcePolicy && slices.Contains(p.on, r) && slices.ContainsFunc(p.statements, func(s statement) bool { return a.refusesPlaintext(p, s, r, action) })
		}) {
			out.add("encryption", r, "", "deny it to everyone where aws:SecureTransport is false", "no policy refuses %s without TLS", action)
		}
	}
}

func (a *Assembly) refusesPlaintext(p *policy, s statement, r *Resource, action string) bool {
	about := a.covers(p, s, request{action: action, resource: r})
	if r.Type == "AWS::S3::Bucket" {
		about = slices.Contains(s.resources, a.arn(r)+"/*") && a.covers(p, statement{actions: s.actions, resources: []string{"*"}}, request{action: action, resource: r})
	}
	return about && !s.perhaps && s.plaintext()
}

// plaintext tells whether a statement refuses to everyone what comes without TLS,
// and nothing else.
func (s statement) plaintext() bool {
	everyone := slices.ContainsFunc(s.principals, func(who principal) bool { return who.kind == "*" })
	return s.deny && everyone && len(s.conditions) == 1 && strings.EqualFold(s.conditions[0].operator, "Bool") &&
		s.conditions[0].key == "aws:securetransport" && slices.Equal(s.conditions[0].values, []string{"false"})
}

// logActions are what CloudWatch Logs needs of a key: Encrypt*, Decrypt*,
// ReEncrypt* and GenerateDataKey*, of which these are asked for (CloudWatch Logs
// User Guide, "Encrypt log data in CloudWatch Logs using AWS Key Management
// Service"; its Describe* has no encryption context to bound it by).
var logActions = []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey"}

func (a *Assembly) checkLogKey(out *report, all []*policy, group, key *Resource) {
	for _, action := range logActions {
		d := a.decide(all, request{service: "logs." + group.Stack.pseudo("Region") + ".amazonaws.com", action: action, resource: key, context: map[string]string{
			"kms:encryptioncontext:aws:logs:arn": strings.TrimSuffix(a.arn(group), ":*"), "aws:securetransport": "true",
		}})
		if !d.allowed {
			out.add("encryption", key, "", "allow "+action+" for logs in the key's policy, under kms:EncryptionContext:aws:logs:arn", "CloudWatch Logs may not %s on %s, the key of the log group %s: %s", action, key.ID, group.ID, d.why)
		}
	}
}

// Package keypolicy parses policies in the IAM language and decides, for one
// request, what they say together: the identity policies of the caller, and
// the policy of the resource, which for a KMS key is its key policy.
//
// A decision follows the IAM User Guide, "Policy evaluation logic" and
// "Cross-account policy evaluation logic", and for keys the KMS Developer
// Guide, "Key policies" and "Default key policy":
//
//	an explicit Deny anywhere                     denied
//	an AWS service calls                          the resource policy must name it
//	same account, KMS key or role's trust         its policy names the caller, or it names the
//	                                              account and an identity policy allows
//	same account, other resource                  either side allows
//	another account                               both sides allow
//
// What the package does not know, it does not guess: an operator, principal or
// policy variable that it cannot decide makes Evaluate return an error that
// wraps ErrUnsupported, and never Allowed. Such a statement is passed over only
// where another of its elements surely does not match the request.
//
// Not part of it: permissions boundaries, session policies, service and
// resource control policies, and KMS grants. A caller that has them combines
// them with the Decision, which tells an implicit denial from an explicit one.
package keypolicy

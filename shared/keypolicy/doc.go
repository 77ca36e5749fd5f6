// Package keypolicy parses policies in the IAM language and decides, for one
// request, what they say together: the identity policies of the caller with all
// that limits them, and the policy of the resource, which for a KMS key is its
// key policy with its grants.
//
// A decision follows the IAM User Guide, "How AWS enforcement code logic
// evaluates requests to allow or deny access" and "Cross-account policy
// evaluation logic", the AWS Organizations User Guide, "SCP evaluation", and for
// keys the KMS Developer Guide, "Key policies" and "Default key policy". In this
// order:
//
//	an explicit Deny anywhere                     denied
//	an AWS service calls                          the resource policy must name it
//	a caller without credentials                  the resource policy must name everyone
//	service control policies                      must allow, on every level
//	another account                               both sides allow, the caller's within its limits
//	same account, caller or everyone named        allowed, whatever limits the caller
//	same account, caller's role named             allowed within its limits
//	same account, KMS key or role's trust         its policy names the account, and an identity
//	                                              policy allows within its limits
//	same account, other resource                  an identity policy allows within its limits
//
// The limits are the permissions boundary and the session policies: what they
// leave out is denied, and by themselves they allow nothing.
//
// What the package does not know, it does not guess: an operator, principal or
// policy variable that it cannot decide makes Evaluate return an error that
// wraps ErrUnsupported, and never Allowed. Such a statement is passed over only
// where another of its elements surely does not match the request.
//
// Not part of it: resource control policies, VPC endpoint policies, access
// control lists, and the sessions of federated users as callers.
package keypolicy

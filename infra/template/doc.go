// Package template reads the CloudFormation templates of a cloud assembly, what
// `make synth` writes under dist/cdk, and says what must not be deployed: grants
// that are wider than they need be, grants that are missing, and functions whose
// failures nobody would hear of. It knows CloudFormation's JSON and nothing of
// the CDK, so that it sees what AWS will see.
//
// What is checked, by the name that each Finding carries:
//
//	action      no wildcard in an action but of what refuses plain text, no NotAction,
//	            a Sid for every statement, no policy in a text
//	resource    no resource without bound and without a written reason
//	principal   nobody and no service without a condition that bounds it
//	queue       who writes to or reads an encrypted queue or topic may use its key
//	rule        every target of a rule, every schedule: dead-letter queue, retry policy
//	function    alarms, log group, concurrency, queue of failures, a role and layers of its own
//	alarm       every alarm tells somebody
//	encryption  customer managed keys, TLS; rotation, administration and end of a key
//	agnostic    no account, Region or partition where the stack is for any
//	secret      no secret in an environment variable
//	nag         what cdk-nag found (see NagReports)
//
// A reason is in the template, at the resource that has the statement:
//
//	"Metadata": {"rekey:reasons": {"SID": "why its resource cannot be narrower"}}
//
// A function that guards a quota says so under "rekey:guards", and a key that goes
// with its stack says under "rekey:deletable" why nothing is lost with it. A reason
// for what needs none is a finding too, or the reasons would outlive their causes.
//
// Not modelled: nested stacks, Fn::Transform, service and resource control
// policies, and conditions on keys of which the package does not know the value
// in the request: an Allow under such a condition counts as none, and a Deny as
// one. What a policy says of the values of tags and the like is left to IAM.
package template

// Package leastprivilege proves what a synthesised template grants by running
// what it deploys. A Suite names an assembly and the ways through the function
// that it deploys, end to end, as Paths.
//
// Examine deploys the unchanged templates into a lab of their own, runs every
// path, and reads the lab's trail:
//
//   - every path passes, and every call of the template's own principals was
//     allowed: of its roles, of AWS services, and of those whom a path says that the
//     template is about (Deployed.As). What a path expects to be refused it lists.
//   - of every statement that allows, each action, each resource and each principal
//     was used: some allowed call was decided by that statement, for that action,
//     on a resource that the pattern matches, by that principal. Setting up, by root
//     users and whomever else, uses nothing. Deploying the stacks uses too.
//   - no action that is allowed is a pattern; an identity policy has no resource *
//     for a call that was asked about a resource; everyone is allowed nothing without
//     a condition.
//
// Then each statement is removed in turn, an Allow or a Deny, from a lab of its
// own: the deployment or at least one path must fail, or the statement is not
// needed. The paths that used it run first, and the first that fails ends the run.
// So is the condition of each statement that allows: a path must then find allowed
// what it wants refused, or nobody knows that the condition bounds anything.
//
// Where a template must grant what no path can show, a Suite excuses it by an
// Exemption with a reason; one that excuses nothing is a finding too. Metadata of
// a policy under rekey:reasons, by Sid, says in the template itself why a resource
// is wide.
//
// A function's own test lists its paths, and that is all:
//
//	leastprivilege.Prove(t, leastprivilege.Suite{
//		Assembly: "../../dist/cdk/complete", Stacks: []string{"RekeyOperations", "RekeyDecrypt"},
//		Account: "111122223333", Region: "eu-west-1", Paths: paths,
//	})
//
// Where functions share a stack, a statement that only others use is excused with
// the function that proves it as the reason.
//
// What is read as a policy: the identity and trust policies of roles, users and
// groups, managed policies, key policies, the policies of queues, topics, buckets,
// secrets and event buses, and permissions of functions and layers. A policy in
// another place is an error. That a resource with wildcards in it is no wider than
// it need be is for a path to show, by a call beside it that it wants refused. Of permissions boundaries, which grant nothing, no
// statement is ever seen to be used; the values of a condition are not taken away
// one by one, nor are those of permissions.
package leastprivilege

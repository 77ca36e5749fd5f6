// Package iam is the lab's IAM: users with access keys, groups, roles with
// trust policies, instance profiles, inline and managed policies, permissions
// boundaries, and tags of users, roles and instance profiles. IAM is one for all
// Regions of an account.
//
// SetServiceControl gives an account service control policies, by level: there
// is no AWS Organizations to ask for them, and no management account that they
// would spare.
//
// Of the policies that AWS manages there are those that the file awsmanaged.go
// has the documents of. Any other is refused as not implemented, since to call
// it missing would be untrue; so is a listing that would have to have them all.
//
// Not here: login profiles, devices for multi-factor
// authentication, identity providers, service-linked roles, tags of policies
// after they are made, the last use of roles, keys and policies, and access keys
// of root users.
package iam

// Package cloudformation creates the stacks of a synthesised CDK assembly in an
// account and Region of the lab, as AWS CloudFormation and `cdk deploy` do. It is
// a client of the services' own APIs, with the deployer's credentials, and knows
// no service from the inside: what the lab lacks is refused by the service.
//
//	a, err := cloudformation.ReadAssembly("dist/cdk/x86_64")
//	d := cloudformation.New(cloudformation.Target{Config: l.Config(region, who), Account: account, Region: region})
//	err = d.Bootstrap(ctx)
//	for _, t := range a.Stacks() {
//		stack, err := d.Deploy(ctx, t, nil)
//	}
//
// A Deployer is one account and Region. It keeps what its stacks export, for
// Fn::ImportValue, and refuses a second stack of a name.
//
// A template is read as the CloudFormation Template Reference says: parameters
// with their constraints, rules, mappings, conditions, DependsOn, outputs with
// exports, pseudo parameters, and the functions Ref, Fn::GetAtt, Fn::Sub, Fn::Join,
// Fn::Select, Fn::Split, Fn::Base64, Fn::FindInMap, Fn::If and Fn::ImportValue. It is
// checked whole before anything is created: a reference to nothing, a cycle, a
// function, type, property or attribute that is not known here is an error with
// the place where it stands. Resources are created one after the other, each after
// those that it refers to, and otherwise in the order of their logical ids.
//
// When a resource cannot be created, those before it are deleted in reverse
// order, but for those whose DeletionPolicy is Retain. Keys are scheduled for
// deletion, after their own PendingWindowInDays.
//
// Each resource type has one file of its service's noun. Those that have no effect
// in the lab are listed with the reason in quiet.go; those that the lab has nothing
// for are refused with the reason in kind.go.
//
// Not here: updates and deletion of stacks, change sets, nested stacks, transforms
// and macros, dynamic references ({{resolve:…}}), stack policies, images as assets,
// the tags aws:cloudformation:…, which no caller of the services' APIs may set, and
// the roles that `cdk bootstrap` makes: all is done with the deployer's credentials,
// and without aws:CalledVia.
package cloudformation

// Package cloudtrail is the lab's AWS CloudTrail: the event history, which is
// what LookupEvents gives, and what CloudTrail sends to Amazon EventBridge.
//
// Recorded are the management events of all calls to the lab's services, in the
// account that called and, where the resource is another account's, in that one
// too, unless access was denied (KMS Developer Guide, "Logging AWS KMS API calls
// with AWS CloudTrail"; User Guide, "CloudTrail record contents", sharedEventID).
// Data events (objects of S3, messages, invocations) are not there: see data.go.
// What the lab could not serve faithfully is not recorded, nor is a call whose
// signature was refused.
//
// An event is there five minutes after its call ("typically within an average of
// about 5 minutes of an API call": User Guide, "How CloudTrail works"), and for
// 90 days. Events of IAM are in us-east-1, those of others where they were
// called: of STS too, whose Regional endpoints the lab stands for.
//
// Left out: trails, event data stores and Insights, which are refused with 501.
// A parameter has the name that it has in the API, also CloudHsmClusterId, which the
// log entries of custom key stores call clusterId. Events reach EventBridge without a trail, as if the account had one.
package cloudtrail

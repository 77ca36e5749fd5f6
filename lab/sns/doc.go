// Package sns is the lab's SNS: topics, their policies, and subscriptions of
// queues and functions.
//
// A message is delivered by the world's clock, as sns.amazonaws.com with the
// topic for aws:SourceArn: the queue's policy and the policy of its KMS key, or
// the function's, must let it in. What fails by the endpoint's own fault is tried
// again for 23 days, anything else is a dead letter at once (Developer Guide,
// "Amazon SNS message delivery retries"). In its envelope stands a signature that
// AWS did not make: it has the form, and no verifier accepts it.
//
// A topic's KMS key is asked as AWS asks it: on the publisher's behalf, through
// sns.REGION.amazonaws.com, with the encryption context {"aws:sns:topicArn": the
// topic's ARN}; publishers need kms:GenerateDataKey and kms:Decrypt, services in
// the key policy (Developer Guide, "Managing Amazon SNS encryption keys and
// costs").
//
// Filter policies are read by the package of EventBridge's patterns, of which
// they are a part. A changed one counts at once, where AWS needs up to 15
// minutes.
//
// A request is answered in this order: the ARN's form and Region; the policies,
// even where there is no such topic; that there is none; the message; KMS. The
// second place of the policies is assumed.
//
// Not modelled, and refused loudly: endpoints by HTTP, SMS, applications and
// Firehose, delivery policies and delivery status, archives, data protection, and
// the operators wildcard and exactly in filter policies. An e-mail address can be
// subscribed; it waits for its confirmation, and nobody ever reads it. The tracing
// header of a request is not passed on.
//
// Messages of errors are those of recorded or reported answers wherever there is
// one. A comment says so where the sources leave something open, and what was
// assumed.
package sns

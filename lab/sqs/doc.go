// Package sqs is the lab's SQS: standard and FIFO queues, dead-letter queues,
// queue policies, and encryption for real.
//
// A queue's KMS key is asked as AWS asks it (Developer Guide, "Key management"):
// on the caller's behalf, through sqs.REGION.amazonaws.com, with the encryption
// context {"aws:sqs:arn": the queue's ARN}, which is assumed. A sender needs
// kms:GenerateDataKey and kms:Decrypt, a receiver kms:Decrypt, each again when
// the data key reuse period is over. A service that sends as itself needs both in
// the key policy, as the AWS managed key never has them. Bodies are kept sealed
// under the data key; their attributes are not (same guide, "Encryption at
// rest").
//
// A request is answered in this order: the queue is looked up; the policies are
// asked, even where there is none; only then is the caller told that it does not
// exist; then the other members are checked; KMS comes last. That is assumed: the
// sources say little about it.
//
// What AWS does after up to 60 seconds (a queue or its attributes are changed or
// deleted, a queue is purged) holds here at once, but for DeduplicationScope. A
// standard queue gives its messages in the order of their arrival, once each,
// and the approximate numbers are exact; AWS promises neither.
//
// A receiver that waits (WaitTimeSeconds) does so where the clock follows the
// wall. Where the clock is moved by hand it is answered at once, since nobody
// would move the clock meanwhile.
//
// Not modelled, and refused loudly: ReceiveRequestAttemptId. Fair queues take a
// message group of a standard queue and tell it, and order nothing by it.
//
// Messages of errors are those of recorded or reported answers wherever there is
// one. A comment says so where the sources leave something open, and what was
// assumed.
package sqs

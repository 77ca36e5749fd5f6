// Package cloudwatchlogs is the lab's CloudWatch Logs: log groups, their streams
// and events, what is kept of them and for how long, and under which KMS key.
//
// A log group with a KMS key seals each batch under a data key of its own. KMS is
// asked by the service as itself, as logs.REGION.amazonaws.com, with the
// encryption context {"aws:logs:arn": the log group's ARN}: the key policy must
// let it in, and no caller needs a permission of KMS (User Guide, "Encrypt log
// data in CloudWatch Logs using AWS Key Management Service"). Before a key is
// associated the service looks at it and tries what the guide wants allowed,
// Encrypt, ReEncrypt, GenerateDataKey and Decrypt; that AWS does so then, and
// refuses where one of them is denied, is assumed. KMS is asked for each batch
// that is written or read, so that what becomes of a key counts at once; AWS needs
// up to five minutes.
//
// Policies are asked about the ARN of the log stream; where the call is about a
// whole log group, that ends in ":log-stream:", so that a policy on the log
// group's ARN must have ":*" behind it; for tags it is the log group's ARN as it
// is (User Guide, "Overview of managing access permissions to your CloudWatch
// Logs resources"; reported refusals have these forms).
//
// An event is gone 72 hours after its retention has ended, which is the longest
// that AWS typically takes (API reference, PutRetentionPolicy).
//
// A request is answered in this order, which is assumed: its own members are
// checked; the policies are asked, even where there is no such log group; only
// then is the caller told that it does not exist; KMS comes last.
//
// Not modelled, and refused loudly: classes of log groups other than STANDARD,
// deletion protection, entities, data protection, other accounts' log groups,
// query results, and filter patterns of more than words and quoted phrases. Where
// such a word stands within a longer one, AWS does not say whether it matches;
// that is refused as well.
//
// Messages are those of recorded or reported answers wherever there is one. A
// comment says so where the sources leave something open, and what was assumed.
package cloudwatchlogs

// Package scheduler is the lab's EventBridge Scheduler: schedules in groups,
// which invoke a target as a session of their execution role when they are due.
// Expressions are lab/schedule's, attempts and retries lab/delivery's.
//
// Targets are Lambda functions, SQS queues, SNS topics and EventBridge's
// PutEvents. Universal targets (arn:aws:scheduler:::aws-sdk:…), all other ones,
// targets in another Region and schedules with a KMS key of their own are
// refused with 501.
//
// A schedule with a rate and no start is due at once (EventBridge Scheduler User
// Guide, "Rate-based schedules"). Assumed: that this holds when it is updated or
// enabled too; that one whose only time is past is never due; that a flexible
// time window is used evenly; that the answers to a client token are kept for
// good; and the wording of refusals where a comment says nothing of it. Without a
// flexible window a schedule is due on the second, where AWS says within the
// minute.
package scheduler

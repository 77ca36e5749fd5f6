// Package eventbridge is the lab's EventBridge: event buses, rules, targets and
// what is put on the buses, by accounts, by AWS services and by schedules. The
// pattern language is the package pattern, schedules are lab/schedule.
//
// An event that a rule matches is handed to the target's service a moment later,
// through world.Deliver: as events.amazonaws.com on behalf of the rule
// (aws:SourceArn, aws:SourceAccount), or as a session of the target's role. What
// fails for a reason that may pass is tried again, as the package delivery says;
// what does not end well goes to the target's dead-letter queue (EventBridge User
// Guide, "Using dead-letter queues").
//
// Targets are Lambda functions, SQS queues, SNS topics and event buses. All
// other kinds, and targets in another Region besides buses, are refused by
// PutTargets with 501. So are archives, replays, pipes, connections, API
// destinations, global endpoints and partner sources; buses with a key of their
// own or with logs; and the administration of another account's bus.
//
// Assumed, where the sources are silent: that a rule with a rate is due for the
// first time one interval after it was saved or enabled; that the role of a
// rule, unlike that of a target, is not used (reported, in
// cloudformation-coverage-roadmap); that a bus of the same account, or in another
// Region, needs the target's role.
package eventbridge

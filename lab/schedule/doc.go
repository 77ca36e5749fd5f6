// Package schedule reads the schedule expressions of AWS and says when they are
// due: cron(minutes hours day-of-month month day-of-week year), rate(value unit)
// and at(yyyy-mm-ddThh:mm:ss). EventBridge's rules, EventBridge Scheduler and
// Secrets Manager's rotation share them.
//
// The fields and wildcards are those of the EventBridge User Guide, "Cron
// expressions reference", and of the EventBridge Scheduler User Guide, "Schedule
// types":
//
//	minutes       0-59            , - * /
//	hours         0-23            , - * /
//	day-of-month  1-31            , - * ? / L W
//	month         1-12, JAN-DEC   , - * /
//	day-of-week   1-7, SUN-SAT    , - * ? / L #
//	year          1970-2199       , - * /
//
// One of the two days is ?, the other one is not. A number's # is the only
// expression of its field. A step may follow a range, as recorded by
// localstack's test_create_schedule_with_valid_cron_expressions; the step of
// day-of-week is in Secrets Manager's table only ("Schedule expressions").
//
// Assumed, where the guides say nothing: a range does not wrap around; names are
// in capitals; L, W and # stand alone in their field; nW is never in another
// month than n, and a month without a day n has no nW; LW and L-n are not taken.
package schedule

package scheduler

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"rekey/lab/schedule"
	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// inputLimit is the greatest size of a target's input in bytes (API reference,
// Target).
const inputLimit = 256 << 10

// read checks a definition, and fills in what it leaves out.
func (x *item) read() error {
	zone := time.UTC
	if x.zone == nil {
		x.zone = new("UTC")
	} else {
		z, err := time.LoadLocation(*x.zone)
		if err != nil || *x.zone == "Local" || *x.zone == "" {
			return invalid("Invalid ScheduleExpressionTimezone " + *x.zone + ".")
		}
		zone = z
	}
	when, err := schedule.Parse(x.expression, zone)
	if err != nil { // recorded: tests_create_schedule_with_invalid_schedule_expression
		return invalid("Invalid Schedule Expression " + x.expression + ".")
	}
	x.when = when
	if x.state == "" {
		x.state = types.ScheduleStateEnabled
	}
	if x.after == "" {
		x.after = types.ActionAfterCompletionNone
	}
	minutes := x.window.MaximumWindowInMinutes
	switch {
	case x.key != nil:
		return world.Unimplemented("schedules with a customer managed key")
	case x.window.Mode == types.FlexibleTimeWindowModeFlexible && minutes == nil:
		return invalid("MaximumWindowInMinutes must be given for a flexible time window.")
	case x.window.Mode == types.FlexibleTimeWindowModeOff && minutes != nil:
		return invalid("MaximumWindowInMinutes must not be given where there is no flexible time window.")
	case x.start != nil && x.end != nil && !x.end.After(*x.start):
		return invalid("EndDate must be after StartDate.")
	case x.target.Input != nil && len(*x.target.Input) > inputLimit:
		return invalid("Input is larger than 256 KB.")
	}
	return nil
}

// kind is what a target is.
type kind int

const (
	queue kind = iota + 1
	topic
	function
	eventBus
)

// kindOf reads a target's ARN. What the lab has no service for is not
// implemented.
func (s *Service) kindOf(arn string) (kind, error) {
	p := strings.SplitN(arn, ":", 6)
	if len(p) != 6 || p[0] != "arn" || p[5] == "" {
		return 0, invalid("Provided Arn is not in correct format.")
	}
	o := s.others
	switch {
	case p[2] == "sqs" && o.Queues != nil:
		return queue, nil
	case p[2] == "sns" && o.Topics != nil:
		return topic, nil
	case p[2] == "lambda" && strings.HasPrefix(p[5], "function:") && o.Functions != nil:
		return function, nil
	case p[2] == "events" && strings.HasPrefix(p[5], "event-bus/") && o.Buses != nil:
		return eventBus, nil
	}
	return 0, world.Unimplemented("targets like " + arn)
}

// checkTarget checks what a schedule is to invoke, and whether the caller may
// hand its role to Scheduler.
func (s *Service) checkTarget(c *world.Call, x *item, arn string) error {
	t := x.target
	k, err := s.kindOf(*t.Arn)
	if err != nil {
		return err
	}
	region := strings.Split(*t.Arn, ":")[3]
	switch {
	case t.EcsParameters != nil || t.KinesisParameters != nil || t.SageMakerPipelineParameters != nil:
		return world.Unimplemented("parameters of targets that the lab does not have")
	case region != string(c.Region):
		return world.Unimplemented("targets in another Region")
	case k == eventBus && t.EventBridgeParameters == nil:
		return invalid("EventBridgeParameters must be given for an event bus.")
	case (k == function || k == eventBus) && t.Input != nil && !json.Valid([]byte(plain(*t.Input))):
		return invalid("Input must be well-formed JSON.")
	case k == queue && strings.HasSuffix(*t.Arn, ".fifo") && (t.SqsParameters == nil || t.SqsParameters.MessageGroupId == nil):
		return invalid("MessageGroupId must be given for a FIFO queue.")
	}
	return pass(c, *t.RoleArn, arn)
}

// pass asks whether the caller may hand a role to Scheduler (EventBridge
// Scheduler User Guide, "Setting up": iam:PassRole).
func pass(c *world.Call, role, schedule string) error {
	a := world.Access{
		Action: "iam:PassRole", Resource: role, ResourceAccount: keyid.Account(strings.Split(role, ":")[4]),
		Context: map[string][]string{"iam:PassedToService": {"scheduler.amazonaws.com"}, "iam:AssociatedResourceArn": {schedule}},
	}
	if a.ResourceAccount != c.Account() {
		return &wire.Error{Code: "AccessDeniedException", Message: "Cross-account pass role is not allowed.", Status: 403}
	}
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	return &wire.Error{Code: "AccessDeniedException", Message: c.Denial(a, d), Status: 403}
}

// source is on whose behalf Scheduler assumes roles: the schedule's group
// (EventBridge Scheduler User Guide, "Confused deputy prevention").
func (g *group) source() world.Source { return world.Source{ARN: g.arn(), Account: g.account} }

// trusted tries whether Scheduler may assume the role (reported wording).
func (s *Service) trusted(x *item, g *group) error {
	_, err := s.others.Roles.AssumeFor(g.source(), "scheduler.amazonaws.com", *x.target.RoleArn, "scheduler")
	if err == nil {
		return nil
	}
	if e := world.Answer(err); e.Status >= 500 {
		return err
	}
	return invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
}

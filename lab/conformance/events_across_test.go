package conformance

import (
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// open lets an account put events on a bus.
func (c *caller) openBus(bus, account string) {
	c.x.Helper()
	succeed(c.x, c.Events.PutPermission, &eventbridge.PutPermissionInput{EventBusName: &bus, Action: new("events:PutEvents"), Principal: &account, StatementId: new("open")})
}

var eventsAcross = []claim{
	{
		says:   "an event is put on another account's bus by its ARN, if that bus's policy lets the account in",
		source: "recorded: events test_put_events; EventBridge User Guide, Permissions for event buses",
		needs:  otherAccount,
		check: func(x *bench) {
			name, arn := x.Other.bus()
			r := x.Other.rule(onBus(name))
			q := x.Other.heard(r)
			e := entry(r.source, `{}`)
			e.EventBusName = &arn
			refused(x, x.Own.Events.PutEvents, putting(e), "AccessDeniedException").mentioning("is not authorized to perform: events:PutEvents on resource: " + arn)
			x.Other.openBus(name, x.Own.account)
			id := x.Own.put(e)
			got := event(x, x.Other.arrivals(q, 1)[0])
			equal(x, "the id", got.ID, id)
			equal(x, "the account", got.Account, x.Own.account)
		},
	},
	{
		says:   "the sender's own identity policy must allow it too",
		source: "EventBridge User Guide, Permissions for event buses",
		needs:  otherAccount,
		check: func(x *bench) {
			name, arn := x.Other.bus()
			x.Other.openBus(name, x.Own.account)
			e := entry(x.name("source"), `{}`)
			e.EventBusName = &arn
			refused(x, x.Own.session(document(may("events:ListRules", "*"))).Events.PutEvents, putting(e), "AccessDeniedException").mentioning("because no identity-based policy allows the events:PutEvents action")
			succeed(x, x.Own.session(document(may("events:PutEvents", arn))).Events.PutEvents, putting(e))
		},
	},
	{
		says:   "a rule sends to another account's bus as its target's role; the event keeps its id and account",
		source: "recorded: events test_event_bus_to_event_bus_cross_account_region",
		needs:  otherAccount,
		check: func(x *bench) {
			name, arn := x.Other.bus()
			x.Other.openBus(name, x.Own.account)
			r := x.Own.rule()
			there := x.Other.rule(onBus(name), func(in *eventbridge.PutRuleInput) { in.EventPattern = new(`{"source":["` + r.source + `"]}`) })
			q := x.Other.heard(there)
			role := x.Own.runs("events.amazonaws.com", document(may("events:PutEvents", arn)))
			x.Own.aim(r, arn, func(t *types.Target) { t.RoleArn = &role })
			id := x.Own.put(entry(r.source, `{}`))
			x.pass(1e9)
			got := event(x, x.Other.arrivals(q, 1)[0])
			equal(x, "the id", got.ID, id)
			equal(x, "the account", got.Account, x.Own.account)
		},
	},
	{
		says:   "in another Region the event has another id, and the Region that it came from",
		source: "recorded: events test_event_bus_to_event_bus_cross_account_region",
		check: func(x *bench) {
			away := x.Own.in(x.away)
			name, arn := away.bus()
			r := x.Own.rule()
			there := away.rule(onBus(name), func(in *eventbridge.PutRuleInput) { in.EventPattern = new(`{"source":["` + r.source + `"]}`) })
			q := away.heard(there)
			role := x.Own.runs("events.amazonaws.com", document(may("events:PutEvents", arn)))
			x.Own.aim(r, arn, func(t *types.Target) { t.RoleArn = &role })
			id := x.Own.put(entry(r.source, `{}`))
			x.pass(1e9)
			got := event(x, away.arrivals(q, 1)[0])
			equal(x, "the id is the same", got.ID == id, false)
			equal(x, "the Region", got.Region, x.region)
		},
	},
	{
		says:   "an event that came from another bus is not sent on to a third one",
		source: "EventBridge User Guide, Sending events between event buses in the same account and Region; reported: THIRD_ACCOUNT_HOP_DETECTED, in a public repository's findings on AWS",
		check: func(x *bench) {
			second, secondARN := x.Own.bus()
			third, thirdARN := x.Own.bus()
			r := x.Own.rule()
			pattern := func(in *eventbridge.PutRuleInput) { in.EventPattern = new(`{"source":["` + r.source + `"]}`) }
			on, last := x.Own.rule(onBus(second), pattern), x.Own.rule(onBus(third), pattern)
			role := x.Own.runs("events.amazonaws.com", document(may("events:PutEvents", "*")))
			dead, to := x.Own.deadLetters(on)
			x.Own.aim(r, secondARN, func(t *types.Target) { t.RoleArn = &role })
			x.Own.aim(on, thirdARN, to, func(t *types.Target) { t.RoleArn = &role })
			q := x.Own.heard(last)
			x.Own.put(entry(r.source, `{}`))
			x.pass(1e9)
			equal(x, "ERROR_CODE", letter(x.Own.arrivals(dead, 1)[0], "ERROR_CODE"), "THIRD_ACCOUNT_HOP_DETECTED")
			x.Own.received(q, 0)
		},
	},
}

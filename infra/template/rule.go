package template

// checkRules asks of every target of a rule, and of every schedule, what becomes
// of events that cannot be delivered, and whether they can be.
func (a *Assembly) checkRules(out *report, all []*policy) {
	for _, rule := range a.of("AWS::Events::Rule") {
		targets := branches(rule.Properties["Targets"])
		if len(targets) == 0 {
			out.add("rule", rule, "", "give it a target, or remove it", "the rule has no target")
		}
		for _, target := range targets {
			name := "target " + a.text(rule.Stack, at(target, "Id"))
			a.checkDelivery(out, rule, name, target)
			a.checkInvocation(out, all, rule, name, at(target, "Arn"), request{service: "events.amazonaws.com", context: map[string]string{
				"aws:sourcearn": a.arn(rule), "aws:sourceaccount": rule.Stack.pseudo("AccountId"), "aws:securetransport": "true",
			}})
		}
	}
	for _, schedule := range a.of("AWS::Scheduler::Schedule") {
		target := object(schedule.Properties["Target"])
		a.checkDelivery(out, schedule, "target", target)
		role := a.role(schedule, target["RoleArn"])
		if role == nil {
			out.add("rule", schedule, "", "use a role of these templates", "the schedule's role is not in the templates")
			continue
		}
		a.checkInvocation(out, all, schedule, "target", target["Arn"], request{role: role, context: map[string]string{
			"aws:principalarn": a.arn(role), "aws:principalaccount": role.Stack.pseudo("AccountId"), "aws:securetransport": "true",
		}})
	}
}

func (a *Assembly) checkDelivery(out *report, r *Resource, name string, target any) {
	arn := at(target, "DeadLetterConfig", "Arn")
	queue := a.find(r.Stack, arn)
	switch {
	case arn == nil:
		out.add("rule", r, "", "give it a DeadLetterConfig with a queue", "the %s has no dead-letter queue: what cannot be delivered is lost", name)
	case queue == nil || queue.Type != "AWS::SQS::Queue":
		out.add("rule", r, "", "name a queue of these templates", "the dead-letter queue of the %s, %s, is not in the templates", name, a.text(r.Stack, arn))
	}
	retry := object(at(target, "RetryPolicy"))
	for _, property := range []string{"MaximumRetryAttempts", "MaximumEventAgeInSeconds"} {
		if retry[property] == nil {
			out.add("rule", r, "", "say it in the RetryPolicy: AWS's default is 185 attempts in 24 hours", "the %s has no %s", name, property)
		}
	}
}

// checkInvocation asks whether a target that is a function may be invoked.
func (a *Assembly) checkInvocation(out *report, all []*policy, r *Resource, name string, target any, call request) {
	function := a.named("AWS::Lambda::Function", r.Stack, target)
	if function == nil {
		return
	}
	call.action, call.resource = "lambda:InvokeFunction", function
	if d := a.decide(all, call); !d.allowed {
		out.add("rule", r, "", "allow lambda:InvokeFunction on "+function.ID+" for "+call.who(), "%s may not invoke the %s, %s: %s", call.who(), name, function.ID, d.why)
	}
}

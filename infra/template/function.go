package template

import "strings"

// checkFunctions asks of every function whether somebody would know that it
// failed, and whether it can do no more than it should.
func (a *Assembly) checkFunctions(out *report) {
	roles := map[*Resource]*Resource{} // of which function each role is
	for _, f := range a.of("AWS::Lambda::Function") {
		a.checkFunctionAlarms(out, f)
		a.checkLogs(out, f)
		a.checkFailures(out, f)
		a.checkLayers(out, f)
		guards, _ := object(f.entry["Metadata"])["rekey:guards"].(string)
		if guards != "" && f.Properties["ReservedConcurrentExecutions"] == nil {
			out.add("function", f, "", "set ReservedConcurrentExecutions", "nothing bounds how many events are handled at once, and that guards %s (Metadata rekey:guards)", guards)
		}
		role := a.role(f, f.Properties["Role"])
		switch {
		case role == nil:
			out.add("function", f, "", "give it a role of these templates", "the function's role is not in the templates")
		case roles[role] != nil:
			out.add("function", f, "", "give it a role of its own", "the function shares its role %s with %s", role.ID, roles[role].ID)
		default:
			roles[role] = f
		}
	}
	a.checkFailureQueues(out)
}

func (a *Assembly) checkFunctionAlarms(out *report, f *Resource) {
	wanted := []string{"Errors", "Throttles"}
	if a.asynchronous(f) != nil {
		wanted = append(wanted, "AsyncEventAge")
	}
	for _, name := range wanted {
		if !a.watched("AWS/Lambda", []string{name}, "FunctionName", a.name(f)) {
			out.add("function", f, "", "make an alarm on AWS/Lambda "+name+" with the dimension FunctionName", "no alarm watches the function's %s", name)
		}
	}
}

// asynchronous gives the function's EventInvokeConfig, or nil.
func (a *Assembly) asynchronous(f *Resource) *Resource {
	for _, c := range a.of("AWS::Lambda::EventInvokeConfig") {
		if a.named("AWS::Lambda::Function", c.Stack, c.Properties["FunctionName"]) == f {
			return c
		}
	}
	return nil
}

// checkLogs asks for a log group, which Lambda would else make, without retention
// and without a key of ours. That it is under a key, checkEncryption asks.
func (a *Assembly) checkLogs(out *report, f *Resource) {
	name := any("/aws/lambda/" + a.name(f))
	if set := at(f.Properties, "LoggingConfig", "LogGroup"); set != nil {
		name = set
	}
	group := a.named("AWS::Logs::LogGroup", f.Stack, name)
	switch {
	case group == nil:
		out.add("function", f, "", "make a log group of this name, with RetentionInDays and a key", "the function's log group %s is not in the templates", a.text(f.Stack, name))
	case group.Properties["RetentionInDays"] == nil:
		out.add("function", group, "", "set RetentionInDays", "the log group of the function %s keeps its logs for ever", f.ID)
	}
}

// checkLayers refuses code of others, which would run as the function's role.
func (a *Assembly) checkLayers(out *report, f *Resource) {
	for _, layer := range branches(f.Properties["Layers"]) {
		if a.named("AWS::Lambda::LayerVersion", f.Stack, layer) == nil {
			out.add("function", f, "", "use a layer of these templates", "the layer %s, whose code runs as the function's role, is not in the templates", a.text(f.Stack, layer))
		}
	}
}

func (a *Assembly) checkFailures(out *report, f *Resource) {
	c := a.asynchronous(f)
	if c == nil {
		out.add("function", f, "", "make an AWS::Lambda::EventInvokeConfig with an OnFailure destination", "asynchronous events that the function fails are lost: it has no EventInvokeConfig")
		return
	}
	destination := at(c.Properties, "DestinationConfig", "OnFailure", "Destination")
	if destination == nil {
		out.add("function", c, "", "give it an OnFailure destination", "asynchronous events that the function %s fails are lost: there is no OnFailure destination", f.ID)
	} else if a.find(c.Stack, destination) == nil {
		out.add("function", c, "", "name a queue or topic of these templates", "the OnFailure destination of %s, %s, is not in the templates", f.ID, a.text(c.Stack, destination))
	}
}

// checkFailureQueues asks for an alarm on every queue that failed events end in.
func (a *Assembly) checkFailureQueues(out *report) {
	for _, u := range a.uses(&report{}, nil) {
		if u.sink.Type != "AWS::SQS::Queue" || !strings.Contains(u.as, "dead-letter") && !strings.Contains(u.as, "failures") {
			continue
		}
		metrics := []string{"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}
		if !a.watched("AWS/SQS", metrics, "QueueName", a.name(u.sink)) {
			out.add("function", u.sink, "", "make an alarm on AWS/SQS "+metrics[0]+" with the dimension QueueName", "no alarm watches the queue, which is the %s of %s", u.as, u.by.ID)
		}
	}
}

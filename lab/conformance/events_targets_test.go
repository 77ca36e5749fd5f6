package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/shared/keypolicy"
)

// transformed is what a target gets of one event, by a template.
func (x *bench) transformed(template string) string {
	x.Helper()
	r := x.Own.rule()
	q := x.Own.heard(r, func(t *types.Target) {
		t.InputTransformer = &types.InputTransformer{InputTemplate: &template, InputPathsMap: map[string]string{
			"id": "$.detail.id", "body": "$.detail.body", "one": "$.detail.one", "two": "$.detail.two", "ok": "$.detail.ok", "none": "$.detail.none",
		}}
	})
	x.Own.put(entry(r.source, `{"id":"i-1","body":{"a":"x","b":"y"},"one":["HIGH"],"two":["A","B"],"ok":true}`))
	return text(x.Own.arrivals(q, 1)[0].Body)
}

// deadLetters sends what fails to a queue of its own.
func (c *caller) deadLetters(r rule) (queue, func(*types.Target)) {
	c.x.Helper()
	q := c.queue()
	c.letIn(q, "events.amazonaws.com", r.arn)
	return q, func(t *types.Target) { t.DeadLetterConfig = &types.DeadLetterConfig{Arn: &q.arn} }
}

func letter(m sqstypes.Message, name string) string {
	return text(m.MessageAttributes[name].StringValue)
}

var eventTargets = []claim{
	{
		says:   "an entry needs Source, DetailType and a Detail that is a JSON object, and each is refused by itself",
		source: "recorded: events test_put_events_without_source, test_put_event_without_detail, test_put_event_without_detail_type, test_put_event_malformed_detail",
		check: func(x *bench) {
			good := entry(x.name("source"), `{}`)
			for message, change := range map[string]func(*types.PutEventsRequestEntry){
				"InvalidArgument Parameter Source is not valid. Reason: Source is a required argument.":         func(e *types.PutEventsRequestEntry) { e.Source = nil },
				"InvalidArgument Parameter DetailType is not valid. Reason: DetailType is a required argument.": func(e *types.PutEventsRequestEntry) { e.DetailType = nil },
				"InvalidArgument Parameter Detail is not valid. Reason: Detail is a required argument.":         func(e *types.PutEventsRequestEntry) { e.Detail = nil },
				"MalformedDetail Detail is malformed.":                                                          func(e *types.PutEventsRequestEntry) { e.Detail = new(`["x"]`) },
			} {
				bad := good
				change(&bad)
				out := succeed(x, x.Own.Events.PutEvents, putting(bad, good))
				equal(x, "FailedEntryCount", out.FailedEntryCount, 1)
				equal(x, "the refusal", text(out.Entries[0].ErrorCode)+" "+text(out.Entries[0].ErrorMessage), message)
				equal(x, "the other entry has an id", out.Entries[1].EventId != nil, true)
			}
		},
	},
	{
		says:   "the sources of AWS are not for customers",
		source: "EventBridge API Reference, PutEventsResultEntry; reported: NotAuthorizedForSource, in aws-sdk issues and StackOverflow",
		check: func(x *bench) {
			out := succeed(x, x.Own.Events.PutEvents, putting(entry("aws.s3", `{}`)))
			equal(x, "FailedEntryCount", out.FailedEntryCount, 1)
			equal(x, "the code begins with NotAuthorizedForSource", strings.HasPrefix(text(out.Entries[0].ErrorCode), "NotAuthorizedForSource"), true)
		},
	},
	{
		says:   "a request has at most ten entries, and less than 1 MB",
		source: "recorded: events test_put_events_exceed_limit_ten_entries, test_put_event_with_too_big_detail; EventBridge API Reference, PutEvents",
		check: func(x *bench) {
			e := entry(x.name("source"), `{}`)
			refused(x, x.Own.Events.PutEvents, putting(e, e, e, e, e, e, e, e, e, e, e), "ValidationException").mentioning("Member must have length less than or equal to 10")
			big := entry(x.name("source"), `{"a":"`+strings.Repeat("p", 1<<20)+`"}`)
			refused(x, x.Own.Events.PutEvents, putting(big), "ValidationException").saying("Total size of the entries in the request is over the limit.")
		},
	},
	{
		says:   "an event for a bus that does not exist is taken, and gone",
		source: "recorded: events test_put_events_nonexistent_event_bus",
		check: func(x *bench) {
			e := entry(x.name("source"), `{}`)
			e.EventBusName = new(x.name("bus"))
			x.Own.put(e)
		},
	},
	{
		says:   "a queue gets the whole event as compact JSON, with the id that the sender was told and its own time",
		source: "recorded: events test_put_events_with_target_sqs, test_put_events_with_time_field",
		check: func(x *bench) {
			r := x.Own.rule()
			q := x.Own.heard(r)
			e := entry(r.source, `{ "command": "update-account" }`)
			e.Time, e.Resources = new(time.Date(2022, 3, 4, 5, 6, 7, 890, time.UTC)), []string{"arn:aws:s3:::b"}
			id := x.Own.put(e)
			m := x.Own.arrivals(q, 1)[0]
			equal(x, "the body", text(m.Body), `{"version":"0","id":"`+id+`","detail-type":"conformance","source":"`+r.source+`","account":"`+x.Own.account+
				`","time":"2022-03-04T05:06:07Z","region":"`+x.region+`","resources":["arn:aws:s3:::b"],"detail":{"command":"update-account"}}`)
		},
	},
	{
		says:   "every rule that matches sends to its own targets",
		source: "recorded: events test_process_to_multiple_matching_rules_single_target",
		check: func(x *bench) {
			one := x.Own.rule()
			two := x.Own.rule(func(in *eventbridge.PutRuleInput) {
				in.EventPattern = new(`{"source":[{"prefix":"` + one.source + `"}]}`)
			})
			first, second := x.Own.heard(one), x.Own.heard(two)
			id := x.Own.put(entry(one.source, `{}`))
			equal(x, "the id", event(x, x.Own.arrivals(first, 1)[0]).ID, id)
			equal(x, "the id", event(x, x.Own.arrivals(second, 1)[0]).ID, id)
		},
	},
	{
		says:   "a target is replaced by its id, and a rule has at most five",
		source: "recorded: events test_put_multiple_targets_with_same_id_single_rule, test_add_exceed_fife_targets_per_rule, test_put_list_remove_target",
		check: func(x *bench) {
			r, q := x.Own.rule(), x.Own.queue()
			put := func(ids ...string) *eventbridge.PutTargetsInput {
				in := &eventbridge.PutTargetsInput{Rule: &r.name}
				for _, id := range ids {
					in.Targets = append(in.Targets, types.Target{Id: &id, Arn: &q.arn, InputPath: new("$." + ids[0])})
				}
				return in
			}
			cleanup(x, x.Own.Events.RemoveTargets, &eventbridge.RemoveTargetsInput{Rule: &r.name, Ids: []string{"1", "2", "3", "4", "5"}})
			out := succeed(x, x.Own.Events.PutTargets, put("1", "2", "3", "4", "5"))
			equal(x, "FailedEntryCount", out.FailedEntryCount, 0)
			succeed(x, x.Own.Events.PutTargets, put("2"))
			refused(x, x.Own.Events.PutTargets, put("6"), "LimitExceededException").saying("The requested resource exceeds the maximum number allowed.")
			all := succeed(x, x.Own.Events.ListTargetsByRule, &eventbridge.ListTargetsByRuleInput{Rule: &r.name}).Targets
			equal(x, "the number of targets", len(all), 5)
			equal(x, "the input path", text(all[1].InputPath), "$.2")
			refused(x, x.Own.Events.PutTargets, put("!@#"), "ValidationException").mentioning(`at 'targets.1.member.id' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+`)
		},
	},
	{
		says:   "InputPath picks a part of the event, a string with its quotes",
		source: "recorded: events test_put_events_with_input_path, test_put_events_with_input_path_max_level_depth",
		check: func(x *bench) {
			r := x.Own.rule()
			part := x.Own.heard(r, func(t *types.Target) { t.InputPath = new("$.detail") })
			name := x.Own.heard(r, func(t *types.Target) { t.InputPath = new("$.detail.a.b") })
			x.Own.put(entry(r.source, `{"a":{"b":"baz"}}`))
			equal(x, "the part", text(x.Own.arrivals(part, 1)[0].Body), `{"a":{"b":"baz"}}`)
			equal(x, "the string", text(x.Own.arrivals(name, 1)[0].Body), `"baz"`)
		},
	},
	{
		says:   "a template that is a text takes strings without quotes, objects without any, and nothing for what is missing",
		source: "recorded: events test_put_events_with_input_transformer_input_template_string, test_input_transformer_nested_keys_replacement",
		check: func(x *bench) {
			equal(x, "the text", x.transformed(`"id <id> of <body>, <one> <two> <ok> <none>."`), `"id i-1 of {a:x,b:y}, [HIGH] [A,B] true ."`)
		},
	},
	{
		says:   "a template that is an object takes values as JSON outside quotes, and strings inside them",
		source: "recorded: events test_put_events_with_input_transformer_input_template_json, test_input_transformer_nested_keys_replacement",
		check: func(x *bench) {
			equal(x, "the object", x.transformed(`{"a":<id>,"b":"<id>","c":"x/<id>/y","d":<body>,"e":<one>,"f":<none>}`),
				`{"a":"i-1","b":"i-1","c":"x/i-1/y","d":{"a":"x","b":"y"},"e":["HIGH"],"f":""}`)
		},
	},
	{
		says:   "an object inside quotes breaks the input, and the event is lost",
		source: "asserted: events test_input_transformer_nested_keys_replacement_not_valid",
		check: func(x *bench) {
			r := x.Own.rule()
			q := x.Own.heard(r, func(t *types.Target) {
				t.InputTransformer = &types.InputTransformer{InputTemplate: new(`{"payload": "<body>"}`), InputPathsMap: map[string]string{"body": "$.detail.body"}}
			})
			x.Own.put(entry(r.source, `{"body":{"a":"x"}}`))
			x.Own.put(entry(r.source, `{"body":"plain"}`))
			equal(x, "what arrived", text(x.Own.arrivals(q, 1)[0].Body), `{"payload": "plain"}`)
		},
	},
	{
		says:   "a template names only what is defined, and a target has one kind of input",
		source: "recorded: events test_put_events_with_input_transformer_missing_keys, test_put_event_input_path_and_input_transformer",
		check: func(x *bench) {
			r, q := x.Own.rule(), x.Own.queue()
			with := func(change func(*types.Target)) *eventbridge.PutTargetsInput {
				t := types.Target{Id: new("t"), Arn: &q.arn}
				change(&t)
				return &eventbridge.PutTargetsInput{Rule: &r.name, Targets: []types.Target{t}}
			}
			unknown := &types.InputTransformer{InputTemplate: new(`"<known> <notdefinedkey>"`), InputPathsMap: map[string]string{"known": "$.detail"}}
			refused(x, x.Own.Events.PutTargets, with(func(t *types.Target) { t.InputTransformer = unknown }), "ValidationException").
				saying("InputTemplate for target t contains invalid placeholder notdefinedkey.")
			refused(x, x.Own.Events.PutTargets, with(func(t *types.Target) { t.Input, t.InputPath = new("1"), new("$.detail") }), "ValidationException").
				saying("Only one of Input, InputPath, or InputTransformer must be provided for target t.")
		},
	},
	{
		says:   "a queue whose policy does not let EventBridge in for the rule gets nothing, and the dead letter says why",
		source: "EventBridge User Guide, Using dead-letter queues to process undelivered events",
		check: func(x *bench) {
			r, q := x.Own.rule(), x.Own.queue()
			x.Own.letIn(q, "events.amazonaws.com", r.arn+"-other")
			dead, to := x.Own.deadLetters(r)
			x.Own.aim(r, q.arn, to)
			id := x.Own.put(entry(r.source, `{}`))
			m := x.Own.arrivals(dead, 1)[0]
			equal(x, "the event's id", event(x, m).ID, id)
			equal(x, "RULE_ARN", letter(m, "RULE_ARN"), r.arn)
			equal(x, "TARGET_ARN", letter(m, "TARGET_ARN"), q.arn)
			equal(x, "ERROR_CODE", letter(m, "ERROR_CODE"), "NO_PERMISSIONS")
			equal(x, "there is an ERROR_MESSAGE", letter(m, "ERROR_MESSAGE") != "", true)
			x.Own.received(q, 0)
		},
	},
	{
		says:   "a queue that is gone is not tried again",
		source: "EventBridge User Guide, Using dead-letter queues to process undelivered events; recorded: events test_put_events_with_target_delivery_failure",
		check: func(x *bench) {
			r := x.Own.rule()
			dead, to := x.Own.deadLetters(r)
			role := x.Own.runs("events.amazonaws.com", document(may("sqs:SendMessage", "*")))
			x.Own.aim(r, "arn:aws:sqs:"+x.region+":"+x.Own.account+":"+x.name("gone"), to, func(t *types.Target) { t.RoleArn = &role })
			x.Own.put(entry(r.source, `{}`))
			m := x.Own.arrivals(dead, 1)[0]
			equal(x, "ERROR_CODE", letter(m, "ERROR_CODE"), "NO_RESOURCE")
			equal(x, "RETRY_ATTEMPTS", letter(m, "RETRY_ATTEMPTS"), "0")
		},
	},
	{
		says:   "an encrypted queue gets events where its key's policy lets EventBridge use the key",
		source: "SQS Developer Guide, Configure KMS permissions for AWS services; EventBridge User Guide, Encrypting events with AWS KMS keys",
		check: func(x *bench) {
			use := statement(`{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}`)
			for _, c := range []struct {
				key  key
				want bool
			}{{x.Own.key(document(x.Own.delegate(), use)), true}, {x.Own.key(document(x.Own.delegate())), false}} {
				r := x.Own.rule()
				dead, to := x.Own.deadLetters(r)
				q := x.Own.queue("KmsMasterKeyId", c.key.arn)
				x.Own.letIn(q, "events.amazonaws.com", r.arn)
				x.Own.aim(r, q.arn, to)
				x.Own.put(entry(r.source, `{}`))
				if c.want {
					x.Own.arrivals(q, 1)
				} else {
					x.Own.arrivals(dead, 1)
				}
			}
		},
	},
	{
		says:   "a topic gets the whole event where its policy lets EventBridge in",
		source: "recorded: events test_put_events_with_target_sns; EventBridge User Guide, Using resource-based policies: Amazon SNS permissions",
		check: func(x *bench) {
			topic := x.Own.topic()
			q, _ := x.Own.subscribed(topic)
			r := x.Own.rule()
			dead, to := x.Own.deadLetters(r)
			x.Own.aim(r, topic, to)
			x.Own.put(entry(r.source, `{"n":1}`))
			equal(x, "ERROR_CODE", letter(x.Own.arrivals(dead, 1)[0], "ERROR_CODE"), "NO_PERMISSIONS")
			policy := document(statement(`{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sns:Publish","Resource":"` + topic + `","Condition":{"ArnEquals":{"aws:SourceArn":"` + r.arn + `"}}}`))
			succeed(x, x.Own.SNS.SetTopicAttributes, &sns.SetTopicAttributesInput{TopicArn: &topic, AttributeName: new("Policy"), AttributeValue: &policy})
			id := x.Own.put(entry(r.source, `{"n":2}`))
			x.pass(time.Second)
			n := notified(x, x.Own.delivered(q, 1)[0])
			equal(x, "the message is the event", strings.HasPrefix(n.Message, `{"version":"0","id":"`+id+`","detail-type":"conformance"`), true)
		},
	},
	{
		says:   "a FIFO queue gets events in the message group of the target",
		source: "EventBridge API Reference, SqsParameters",
		check: func(x *bench) {
			r := x.Own.rule()
			q := x.Own.queue("FifoQueue", "true", "ContentBasedDeduplication", "true")
			x.Own.letIn(q, "events.amazonaws.com", r.arn)
			x.Own.aim(r, q.arn, func(t *types.Target) { t.SqsParameters = &types.SqsParameters{MessageGroupId: new("group")} })
			x.Own.put(entry(r.source, `{}`))
			equal(x, "the group", x.Own.arrivals(q, 1)[0].Attributes["MessageGroupId"], "group")
		},
	},
	{
		says:   "with a role, the role's policies count and not the queue's permission for the service",
		source: "EventBridge User Guide, Sending events to an AWS service in another account",
		check: func(x *bench) {
			r, q := x.Own.rule(), x.Own.queue()
			able, unable := x.Own.runs("events.amazonaws.com", document(may("sqs:SendMessage", q.arn))), x.Own.runs("events.amazonaws.com", document(may("sqs:ReceiveMessage", q.arn)))
			dead, to := x.Own.deadLetters(r)
			x.Own.aim(r, q.arn, func(t *types.Target) { t.RoleArn = &able })
			x.Own.aim(r, q.arn, to, func(t *types.Target) { t.RoleArn = &unable })
			x.Own.put(entry(r.source, `{}`))
			x.Own.arrivals(q, 1)
			equal(x, "ERROR_CODE", letter(x.Own.arrivals(dead, 1)[0], "ERROR_CODE"), "NO_PERMISSIONS")
		},
	},
	{
		says:   "a function is invoked where its policy lets EventBridge in for the rule",
		source: "EventBridge User Guide, Using resource-based policies: AWS Lambda permissions",
		check: func(x *bench) {
			name, arn := x.Own.function("", nil)
			r := x.Own.rule()
			dead, to := x.Own.deadLetters(r)
			x.Own.aim(r, arn, to)
			x.Own.put(entry(r.source, `{"n":1}`))
			equal(x, "ERROR_CODE", letter(x.Own.arrivals(dead, 1)[0], "ERROR_CODE"), "NO_PERMISSIONS")
			succeed(x, x.Own.Lambda.AddPermission, &lambda.AddPermissionInput{
				FunctionName: &name, StatementId: new("events"), Action: new("lambda:InvokeFunction"), Principal: new("events.amazonaws.com"), SourceArn: &r.arn,
			})
			succeed(x, x.Own.SQS.PurgeQueue, &sqs.PurgeQueueInput{QueueUrl: &dead.url})
			x.Own.put(entry(r.source, `{"n":2}`))
			x.Own.arrivals(dead, 0)
			x.decided("lambda:InvokeFunction", keypolicy.Allowed, "events")
		},
	},
}

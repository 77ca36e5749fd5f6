"""The lab through boto3: event buses, rules, targets, and events from another account."""

import json
import unittest

from callers import OTHER, OWN, Lab, root


def listening(name, source, account=OWN, bus="default", **target):
    """A queue that gets the events of a source; and its rule's name."""
    sqs, events = root("sqs", account), root("events", account)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule = events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": [source]}))["RuleArn"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
              "Action": "sqs:SendMessage", "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": rule}}}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    failed = events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn, **target}])
    assert failed["FailedEntryCount"] == 0
    return url


def receive(url, account=OWN):
    sqs = root("sqs", account)
    for _ in range(5):
        got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2).get("Messages", [])
        if got:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"])
            return got[0]["Body"]
    return None


def entry(source, detail, **more):
    return {"Source": source, "DetailType": "Order", "Detail": json.dumps(detail), **more}


class Events(Lab):
    def test_rule_to_queue(self):
        url = listening("events-plain", "shop")
        out = root("events").put_events(Entries=[entry("shop", {"n": 1}), entry("aws.shop", {}), {"Source": "shop"}])
        self.assertEqual(out["FailedEntryCount"], 2)
        event = json.loads(receive(url))
        self.assertEqual(event["id"], out["Entries"][0]["EventId"])
        self.assertEqual((event["account"], event["detail"]), (OWN, {"n": 1}))

    def test_transformer(self):
        url = listening("events-shaped", "shaped", InputTransformer={
            "InputPathsMap": {"id": "$.detail.id", "all": "$.detail"}, "InputTemplate": '{"what": "order <id>", "all": <all>}'})
        root("events").put_events(Entries=[entry("shaped", {"id": "o-1"})])
        self.assertEqual(json.loads(receive(url)), {"what": "order o-1", "all": {"id": "o-1"}})

    def test_another_accounts_bus(self):
        other = root("events", OTHER)
        arn = other.create_event_bus(Name="hub")["EventBusArn"]
        url = listening("events-hub", "spoke", OTHER, "hub")
        request = {"Entries": [entry("spoke", {}, EventBusName=arn)]}
        self.refused("AccessDeniedException", root("events").put_events, **request)
        other.put_permission(EventBusName="hub", Action="events:PutEvents", Principal=OWN, StatementId="own")
        self.assertEqual(root("events").put_events(**request)["FailedEntryCount"], 0)
        self.assertEqual(json.loads(receive(url, OTHER))["account"], OWN)

    def test_patterns(self):
        events = root("events")
        event = {"id": "1", "source": "s", "detail-type": "t", "account": OWN, "region": "eu-west-1", "time": "2026-01-01T00:00:00Z",
                 "detail": {"n": 3, "ip": "10.0.0.7", "path": "/a/b/c.txt"}}
        for pattern, want in [({"n": [{"numeric": [">", 0, "<=", 5]}]}, True), ({"ip": [{"cidr": "10.0.0.0/24"}]}, True),
                              ({"path": [{"anything-but": {"wildcard": "*/b/*"}}]}, False), ({"x": [{"exists": False}]}, True)]:
            got = events.test_event_pattern(Event=json.dumps(event), EventPattern=json.dumps({"detail": pattern}))["Result"]
            self.assertEqual(got, want, pattern)
        with self.assertRaises(events.exceptions.InvalidEventPatternException):
            events.put_rule(Name="bad", EventPattern='{"source": []}')

    def test_what_is_not_there(self):
        events = root("events")
        self.refused("ResourceNotFoundException", events.describe_rule, Name="none")
        self.refused("NotImplemented", events.create_archive, ArchiveName="a", EventSourceArn=f"arn:aws:events:eu-west-1:{OWN}:event-bus/default")
        events.put_rule(Name="logs", EventPattern='{"source": ["x"]}')
        self.refused("NotImplemented", events.put_targets, Rule="logs",
                     Targets=[{"Id": "l", "Arn": f"arn:aws:logs:eu-west-1:{OWN}:log-group:/aws/events/x"}])


if __name__ == "__main__":
    unittest.main()

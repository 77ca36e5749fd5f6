"""The lab through boto3: log groups, their events, searches, keys and writers."""

import json
import time
import unittest

from callers import OTHER, OWN, Lab, allow, role, root

REGION = "eu-west-1"


def arn(group):
    return f"arn:aws:logs:{REGION}:{OWN}:log-group:{group}"


def now():
    return int(time.time() * 1000)


def events(*messages):
    return [{"timestamp": now(), "message": m} for m in messages]


class Logs(Lab):
    def group(self, name, **kwargs):
        logs = root("logs")
        logs.create_log_group(logGroupName=name, **kwargs)
        logs.create_log_stream(logGroupName=name, logStreamName="s")
        return logs

    def test_groups_streams_and_tags(self):
        logs = self.group("/sdk/one", tags={"team": "red"})
        self.refused("ResourceAlreadyExistsException", logs.create_log_group, logGroupName="/sdk/one")
        got = logs.describe_log_groups(logGroupNamePrefix="/sdk/one")["logGroups"][0]
        self.assertEqual((got["arn"], got["logGroupArn"]), (arn("/sdk/one") + ":*", arn("/sdk/one")))
        logs.put_retention_policy(logGroupName="/sdk/one", retentionInDays=7)
        self.assertEqual(logs.describe_log_groups(logGroupNamePrefix="/sdk/one")["logGroups"][0]["retentionInDays"], 7)
        self.refused("InvalidParameterException", logs.put_retention_policy, logGroupName="/sdk/one", retentionInDays=8)
        logs.tag_resource(resourceArn=arn("/sdk/one"), tags={"cost": "1"})
        logs.untag_resource(resourceArn=arn("/sdk/one"), tagKeys=["team"])
        self.assertEqual(logs.list_tags_for_resource(resourceArn=arn("/sdk/one"))["tags"], {"cost": "1"})
        for i in range(60):
            logs.create_log_stream(logGroupName="/sdk/one", logStreamName=f"p{i:02}")
        pages = logs.get_paginator("describe_log_streams").paginate(logGroupName="/sdk/one", logStreamNamePrefix="p")
        self.assertEqual(len([s for page in pages for s in page["logStreams"]]), 60)
        logs.delete_log_group(logGroupName="/sdk/one")
        with self.assertRaises(logs.exceptions.ResourceNotFoundException):
            logs.describe_log_streams(logGroupName="/sdk/one")

    def test_events_and_searches(self):
        logs = self.group("/sdk/events")
        out = logs.put_log_events(logGroupName="/sdk/events", logStreamName="s", logEvents=events("start é", "ERROR in a", "ERROR in b", "end"))
        self.assertNotIn("rejectedLogEventsInfo", out)
        first = logs.get_log_events(logGroupName="/sdk/events", logStreamName="s", startFromHead=True, limit=3)
        self.assertEqual([e["message"] for e in first["events"]], ["start é", "ERROR in a", "ERROR in b"])
        rest = logs.get_log_events(logGroupName="/sdk/events", logStreamName="s", startFromHead=True, nextToken=first["nextForwardToken"])
        self.assertEqual([e["message"] for e in rest["events"]], ["end"])
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName="/sdk/events", filterPattern="ERROR", PaginationConfig={"PageSize": 1})
        self.assertEqual([e["message"] for page in pages for e in page["events"]], ["ERROR in a", "ERROR in b"])
        old = [{"timestamp": now() - 20 * 86400000, "message": "old"}]
        out = logs.put_log_events(logGroupName="/sdk/events", logStreamName="s", logEvents=old)
        self.assertEqual(out["rejectedLogEventsInfo"], {"tooOldLogEventEndIndex": 1})
        self.refused("InvalidParameterException", logs.put_log_events, logGroupName="/sdk/events", logStreamName="s",
                     logEvents=events("x" * 600000, "y" * 600000))
        self.refused("ResourceNotFoundException", logs.get_log_events, logGroupName="/sdk/events", logStreamName="none")

    def test_under_a_key(self):
        kms = root("kms")
        statements = allow("kms:*", "*", f"arn:aws:iam::{OWN}:root")["Statement"]
        closed = {"Version": "2012-10-17", "Statement": statements}
        opened = {"Version": "2012-10-17", "Statement": statements + [{
            "Effect": "Allow", "Principal": {"Service": f"logs.{REGION}.amazonaws.com"}, "Resource": "*",
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arn("/sdk/key")}}}]}
        key = kms.create_key(Policy=json.dumps(closed))["KeyMetadata"]["Arn"]
        self.refused("AccessDeniedException", root("logs").create_log_group, logGroupName="/sdk/key", kmsKeyId=key)
        kms.put_key_policy(KeyId=key, Policy=json.dumps(opened))
        logs = self.group("/sdk/key", kmsKeyId=key)
        self.assertEqual(logs.describe_log_groups(logGroupNamePrefix="/sdk/key")["logGroups"][0]["kmsKeyId"], key)
        self.refused("AccessDeniedException", logs.create_log_group, logGroupName="/sdk/other", kmsKeyId=key)
        logs.put_log_events(logGroupName="/sdk/key", logStreamName="s", logEvents=events("hidden"))
        self.assertEqual(logs.filter_log_events(logGroupName="/sdk/key")["events"][0]["message"], "hidden")
        kms.disable_key(KeyId=key)
        self.refused("InvalidParameterException", logs.filter_log_events, logGroupName="/sdk/key")
        logs.disassociate_kms_key(logGroupName="/sdk/key")
        logs.put_log_events(logGroupName="/sdk/key", logStreamName="s", logEvents=events("plain"))
        kms.enable_key(KeyId=key)
        self.assertEqual([e["message"] for e in logs.filter_log_events(logGroupName="/sdk/key")["events"]], ["hidden", "plain"])

    def test_who_may_write(self):
        logs = self.group("/sdk/role")
        logs.create_log_stream(logGroupName="/sdk/role", logStreamName="other")
        _, session = role("log-writer", allow("logs:PutLogEvents", arn("/sdk/role") + ":log-stream:s"))
        writer = session.client("logs")
        writer.put_log_events(logGroupName="/sdk/role", logStreamName="s", logEvents=events("a"))
        self.refused("AccessDeniedException", writer.put_log_events, logGroupName="/sdk/role", logStreamName="other", logEvents=events("a"))
        self.refused("AccessDeniedException", writer.get_log_events, logGroupName="/sdk/role", logStreamName="s")
        self.refused("AccessDeniedException", root("logs", OTHER).list_tags_for_resource, resourceArn=arn("/sdk/role"))

    def test_what_the_lab_lacks_is_loud(self):
        logs = self.group("/sdk/lacks")
        logs.put_log_events(logGroupName="/sdk/lacks", logStreamName="s", logEvents=events("a message"))
        for pattern in ["?a ?b", "-a", "%a%", "{ $.a = 1 }", "mess"]:
            self.refused("NotImplemented", logs.filter_log_events, logGroupName="/sdk/lacks", filterPattern=pattern)
        self.refused("NotImplemented", logs.create_log_group, logGroupName="/sdk/rare", logGroupClass="INFREQUENT_ACCESS")
        self.refused("NotImplemented", logs.start_query, logGroupName="/sdk/lacks", startTime=0, endTime=1, queryString="fields @message")
        self.refused("NotImplemented", logs.put_metric_filter, logGroupName="/sdk/lacks", filterName="f", filterPattern="", metricTransformations=[
            {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}])


if __name__ == "__main__":
    unittest.main()

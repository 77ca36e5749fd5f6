"""The lab's functions through boto3: made, invoked, fed from a queue."""

import io
import json
import os
import platform
import time
import unittest
import zipfile

from callers import OTHER, OWN, Lab, root

# It answers what it is asked, and reports the messages of a batch whose body
# is bad.
BOOTSTRAP = """#!/usr/bin/env python3
import json, os, urllib.request as u
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    r = u.urlopen(api + "next")
    event = json.load(r)
    kind, answer = "response", event
    if "Records" in event:
        answer = {"batchItemFailures": [{"itemIdentifier": m["messageId"]} for m in event["Records"] if m["body"] == "bad"]}
    elif "fail" in event:
        kind, answer = "error", {"errorType": "Asked", "errorMessage": event["fail"]}
    elif "env" in event:
        answer = os.environ.get(event["env"])
    u.urlopen(u.Request(api + r.headers["Lambda-Runtime-Aws-Request-Id"] + "/" + kind, data=json.dumps(answer).encode(), method="POST"))
"""


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        entry = zipfile.ZipInfo("bootstrap")
        entry.create_system, entry.external_attr = 3, 0o100755 << 16
        z.writestr(entry, BOOTSTRAP)
    return out.getvalue()


def make(name, policy=None):
    """A function that is ready."""
    iam, client = root("iam"), root("lambda")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if policy:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    arch = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    made = client.create_function(FunctionName=name, Runtime="provided.al2023", Handler="bootstrap", Role=role, Architectures=[arch],
                                  Timeout=10, Code={"ZipFile": archive()}, Environment={"Variables": {"COLOUR": "green"}})
    assert made["State"] == "Pending", made
    client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    return client, made["FunctionArn"]


def ask(client, name, event, **more):
    out = client.invoke(FunctionName=name, Payload=json.dumps(event), **more)
    return out, json.loads(out["Payload"].read() or b"null")


class Functions(Lab):
    def test_invoke(self):
        client, arn = make("asked")
        out, answer = ask(client, "asked", {"a": [1]})
        self.assertEqual((out["StatusCode"], answer, out["ExecutedVersion"]), (200, {"a": [1]}, "$LATEST"))
        self.assertEqual(ask(client, arn, {"env": "COLOUR"})[1], "green")
        self.assertEqual(ask(client, arn, {"env": "HOME"})[1], None)  # nothing of the host's
        out, answer = ask(client, "asked", {"fail": "no"})
        self.assertEqual((out["StatusCode"], out["FunctionError"], answer["errorType"]), (200, "Unhandled", "Asked"))
        self.assertEqual(ask(client, "asked", {}, InvocationType="DryRun")[0]["StatusCode"], 204)
        self.refused("ResourceNotFoundException", client.invoke, FunctionName="none")
        foreign = root("lambda", OTHER)
        self.refused("AccessDeniedException", foreign.invoke, FunctionName=arn)
        client.add_permission(FunctionName="asked", StatementId="other", Action="lambda:InvokeFunction", Principal=OTHER)
        self.assertEqual(ask(foreign, arn, {"b": 2})[1], {"b": 2})

    def test_queue(self):
        sqs = root("sqs")
        url = sqs.create_queue(QueueName="feed", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        client, _ = make("fed", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": arn}]})
        for body in ("good", "bad", "good"):
            sqs.send_message(QueueUrl=url, MessageBody=body)
        client.create_event_source_mapping(EventSourceArn=arn, FunctionName="fed", FunctionResponseTypes=["ReportBatchItemFailures"])
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        for _ in range(100):
            count = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
            if [count[n] for n in names] == ["0", "1"]:
                return
            time.sleep(0.1)
        self.fail(f"the queue has {count}")

    def test_not_modelled(self):
        client = root("lambda")
        self.refused("NotImplemented", client.create_alias, FunctionName="asked", Name="a", FunctionVersion="1")


if __name__ == "__main__":
    unittest.main()

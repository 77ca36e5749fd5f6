"""The lab through boto3: EventBridge Scheduler."""

import json
import unittest
from datetime import datetime, timedelta, timezone

from callers import OWN, Lab, allow, root


def runner(name, service="scheduler.amazonaws.com"):
    """A role that a service may assume, and that may send to queues."""
    iam = root("iam")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(allow("sqs:SendMessage", "*")))
    return arn


class Schedules(Lab):
    def test_once(self):
        sqs, scheduler = root("sqs"), root("scheduler")
        url = sqs.create_queue(QueueName="due")["QueueUrl"]
        at = datetime.now(timezone.utc) + timedelta(seconds=2)
        target = {"Arn": f"arn:aws:sqs:eu-west-1:{OWN}:due", "RoleArn": runner("runner"), "Input": "now"}
        request = {"Name": "once", "ScheduleExpression": at.strftime("at(%Y-%m-%dT%H:%M:%S)"), "FlexibleTimeWindow": {"Mode": "OFF"},
                   "Target": target, "ActionAfterCompletion": "DELETE"}
        arn = scheduler.create_schedule(**request)["ScheduleArn"]
        self.assertEqual(arn, f"arn:aws:scheduler:eu-west-1:{OWN}:schedule/default/once")
        self.refused("ConflictException", scheduler.create_schedule, **request)
        bodies = [m["Body"] for m in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10).get("Messages", [])]
        self.assertEqual(bodies, ["now"])
        self.refused("ResourceNotFoundException", scheduler.get_schedule, Name="once")

    def test_groups_and_refusals(self):
        scheduler = root("scheduler")
        scheduler.create_schedule_group(Name="night", Tags=[{"Key": "team", "Value": "ops"}])
        target = {"Arn": f"arn:aws:sqs:eu-west-1:{OWN}:none", "RoleArn": runner("sleeper")}
        request = {"Name": "nightly", "GroupName": "night", "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}, "Target": target}
        scheduler.create_schedule(ScheduleExpression="cron(0 3 L * ? *)", ScheduleExpressionTimezone="Europe/Berlin", **request)
        self.assertEqual([s["Name"] for s in scheduler.list_schedules(GroupName="night")["Schedules"]], ["nightly"])
        got = scheduler.get_schedule(Name="nightly", GroupName="night")
        self.assertEqual((got["State"], got["ScheduleExpressionTimezone"]), ("ENABLED", "Europe/Berlin"))
        scheduler.update_schedule(ScheduleExpression="rate(1 hour)", State="DISABLED", **request)
        self.assertEqual(scheduler.get_schedule(Name="nightly", GroupName="night")["State"], "DISABLED")
        request["Name"] = "other"
        self.refused("ValidationException", scheduler.create_schedule, ScheduleExpression="cron(0 3 * * * *)", **request)
        request["Target"] = {**target, "RoleArn": runner("stranger", "lambda.amazonaws.com")}
        self.refused("ValidationException", scheduler.create_schedule, ScheduleExpression="rate(1 hour)", **request)
        request["Target"] = {**target, "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"}
        self.refused("NotImplemented", scheduler.create_schedule, ScheduleExpression="rate(1 hour)", **request)
        scheduler.delete_schedule(Name="nightly", GroupName="night")
        self.refused("ResourceNotFoundException", scheduler.get_schedule, Name="nightly", GroupName="night")


if __name__ == "__main__":
    unittest.main()

"""The lab through boto3: topics, their subscriptions and filters."""

import json
import unittest

from callers import OTHER, Lab, root


class Topics(Lab):
    def setUp(self):
        self.sns, self.sqs = root("sns"), root("sqs")

    def queue(self, name, topic, **attributes):
        policy = {"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*",
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}}
        url = self.sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps(policy), **attributes})["QueueUrl"]
        return url, self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def bodies(self, url, wait=20):
        got = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait).get("Messages", [])
        return [m["Body"] for m in got]

    def test_fan_out(self):
        topic = self.sns.create_topic(Name="fan", Tags=[{"Key": "k", "Value": "v"}])["TopicArn"]
        plain, plain_arn = self.queue("fan-plain", topic)
        raw, raw_arn = self.queue("fan-raw", topic)
        shut = self.sqs.create_queue(QueueName="fan-shut")["QueueUrl"]
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=plain_arn)
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=raw_arn, Attributes={
            "RawMessageDelivery": "true", "FilterPolicy": json.dumps({"size": [{"numeric": [">", 5]}]})})
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=raw_arn.replace("raw", "shut"))
        self.sns.publish(TopicArn=topic, Message="small", Subject="s", MessageAttributes={"size": {"DataType": "Number", "StringValue": "1"}})
        body = json.loads(self.bodies(plain)[0])
        self.assertEqual((body["Message"], body["Subject"], body["MessageAttributes"]), ("small", "s", {"size": {"Type": "Number", "Value": "1"}}))
        batch = [{"Id": str(n), "Message": str(n), "MessageAttributes": {"size": {"DataType": "Number", "StringValue": str(n)}}} for n in (4, 6)]
        self.assertEqual(len(self.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=batch)["Successful"]), 2)
        self.assertEqual(self.bodies(raw), ["6"])
        self.assertEqual(self.bodies(shut, wait=0), [])
        self.assertEqual(self.sns.list_tags_for_resource(ResourceArn=topic)["Tags"], [{"Key": "k", "Value": "v"}])
        self.assertEqual(len(self.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]), 3)

    def test_refusals(self):
        topic = self.sns.create_topic(Name="refusing")["TopicArn"]
        self.refused("NotFound", self.sns.publish, TopicArn=topic + "x", Message="x")
        self.refused("InvalidParameter", self.sns.publish, TopicArn=topic, Message="")
        self.refused("InvalidParameter", self.sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint="x", Attributes={"FilterPolicy": '{"a":["b"]}'})
        self.refused("AuthorizationError", root("sns", OTHER).publish, TopicArn=topic, Message="x")
        self.refused("NotImplemented", self.sns.subscribe, TopicArn=topic, Protocol="https", Endpoint="https://example.com")
        self.refused("NotImplemented", self.sns.publish, PhoneNumber="+15551234567", Message="x")

    def test_key(self):
        kms = root("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        topic = self.sns.create_topic(Name="sealed", Attributes={"KmsMasterKeyId": key})["TopicArn"]
        kms.disable_key(KeyId=key)
        self.refused("KMSDisabled", self.sns.publish, TopicArn=topic, Message="x")
        kms.enable_key(KeyId=key)
        self.sns.publish(TopicArn=topic, Message="x")

    def test_order(self):
        topic = self.sns.create_topic(Name="order.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
        url, arn = self.queue("topic-order.fifo", topic, FifoQueue="true")
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        for n in ("1", "2", "3", "3"):
            self.sns.publish(TopicArn=topic, Message=n, MessageGroupId="g", MessageDeduplicationId=n)
        got = []
        while len(got) < 3:
            batch = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]
            for m in batch:
                got.append(m["Body"])
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])
        self.assertEqual(got, ["1", "2", "3"])


if __name__ == "__main__":
    unittest.main()

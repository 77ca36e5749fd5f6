"""The lab through boto3: queues, their policies and keys, dead letters and order."""

import json
import time
import unittest

from callers import OTHER, OWN, Lab, allow, role, root


class Queues(Lab):
    def setUp(self):
        self.sqs = root("sqs")

    def queue(self, name, **attributes):
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def messages(self, url, **kwargs):
        return self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **kwargs).get("Messages", [])

    def test_send_wait_receive_delete(self):
        url, _ = self.queue("everyday")
        self.assertTrue(url.endswith(f"/{OWN}/everyday"))
        attributes = {"colour": {"DataType": "String", "StringValue": "red"}, "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
        self.sqs.send_message(QueueUrl=url, MessageBody="grüße", MessageAttributes=attributes, DelaySeconds=1)
        self.assertEqual(self.messages(url), [])
        started = time.monotonic()
        got, = self.messages(url, WaitTimeSeconds=20, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])
        self.assertLess(time.monotonic() - started, 10)  # boto3 itself verified the digests
        self.assertEqual((got["Body"], got["MessageAttributes"]["bytes"]["BinaryValue"]), ("grüße", b"\x00\xff"))
        self.assertEqual(got["Attributes"]["SenderId"], OWN)
        self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
        again, = self.messages(url, VisibilityTimeout=0)
        self.assertEqual(self.messages(url)[0]["MessageId"], again["MessageId"])
        self.sqs.purge_queue(QueueUrl=url)
        self.refused("AWS.SimpleQueueService.PurgeQueueInProgress", self.sqs.purge_queue, QueueUrl=url)

    def test_refusals_have_both_names(self):
        with self.assertRaises(self.sqs.exceptions.QueueDoesNotExist) as caught:
            self.sqs.get_queue_url(QueueName="none")
        error = caught.exception.response["Error"]
        self.assertEqual((error["Code"], error["QueryErrorCode"]), ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"))
        url, _ = self.queue("refusals")
        self.refused("InvalidParameterValue", self.sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11)
        self.refused("InvalidParameterValue", self.sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=0)
        self.refused("InvalidAttributeName", self.sqs.set_queue_attributes, QueueUrl=url, Attributes={"Foo": "1"})
        self.refused("QueueAlreadyExists", self.sqs.create_queue, QueueName="refusals", Attributes={"DelaySeconds": "5"})

    def test_batches(self):
        url, _ = self.queue("batches")
        sent = self.sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": str(i)} for i in range(3)] + [{"Id": "bad", "MessageBody": "a\x01"}])
        self.assertEqual(([s["Id"] for s in sent["Successful"]], sent["Failed"][0]["Code"]), (["0", "1", "2"], "InvalidMessageContents"))
        got = self.messages(url)
        entries = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(got)]
        self.assertEqual(len(self.sqs.change_message_visibility_batch(QueueUrl=url, Entries=[dict(e, VisibilityTimeout=60) for e in entries])["Successful"]), 3)
        self.assertEqual(len(self.sqs.delete_message_batch(QueueUrl=url, Entries=entries)["Successful"]), 3)

    def test_key_and_policy(self):
        key = root("kms").create_key()["KeyMetadata"]["Arn"]
        url, arn = self.queue("sealed", KmsMasterKeyId=key)
        _, session = role("sender", allow("sqs:SendMessage", arn))
        self.refused("KMS.AccessDeniedException", session.client("sqs").send_message, QueueUrl=url, MessageBody="x")
        root("iam").put_role_policy(RoleName="sender", PolicyName="k", PolicyDocument=json.dumps(allow(["kms:GenerateDataKey", "kms:Decrypt"], key)))
        session.client("sqs").send_message(QueueUrl=url, MessageBody="x")
        other = root("sqs", OTHER)
        self.refused("AccessDenied", other.receive_message, QueueUrl=url)
        self.sqs.add_permission(QueueUrl=url, Label="other", AWSAccountIds=[OTHER], Actions=["ReceiveMessage"])
        self.refused("KMS.AccessDeniedException", other.receive_message, QueueUrl=url)
        self.assertEqual(self.messages(url)[0]["Body"], "x")

    def test_order_and_dead_letters(self):
        dead, arn = self.queue("dead.fifo", FifoQueue="true")
        url, _ = self.queue("order.fifo", FifoQueue="true", ContentBasedDeduplication="true", VisibilityTimeout="0",
                            RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1}))
        for body in ("1", "2", "2"):
            self.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
        self.assertEqual([m["Body"] for m in self.messages(url)], ["1", "2"])
        self.assertEqual(self.messages(url), [])
        self.assertEqual([m["Body"] for m in self.messages(dead)], ["1", "2"])
        self.assertEqual(self.sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"], [url])


if __name__ == "__main__":
    unittest.main()

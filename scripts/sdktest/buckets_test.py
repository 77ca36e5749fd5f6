"""The lab's S3 through boto3: buckets, their Regions, policies, public access and notifications."""

import json
import time
import unittest
import urllib.error
import urllib.request

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from callers import OTHER, OWN, Lab, allow, role, root

REGION = {"LocationConstraint": "eu-west-1"}
PATHS = {"addressing_style": "path"}


def s3(account=OWN, region="eu-west-1", **config):
    return boto3.client("s3", region, aws_access_key_id=account, aws_secret_access_key="test", config=Config(s3=PATHS, **config))


def nobody():
    return boto3.client("s3", config=Config(s3=PATHS, signature_version=UNSIGNED))


def bucket(name, account=OWN):
    s3(account).create_bucket(Bucket=name, CreateBucketConfiguration=REGION)
    return name


class Buckets(Lab):
    def test_everyday(self):
        client, name = s3(), bucket("py-everyday")
        self.assertEqual(client.head_bucket(Bucket=name)["BucketRegion"], "eu-west-1")
        self.assertEqual(client.get_bucket_location(Bucket=name)["LocationConstraint"], "eu-west-1")
        client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "team", "Value": "shop"}]})
        self.assertEqual(client.get_bucket_tagging(Bucket=name)["TagSet"], [{"Key": "team", "Value": "shop"}])
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        client.put_object(Bucket=name, Key="k", Body=b"hello")
        self.refused("BucketNotEmpty", client.delete_bucket, Bucket=name)
        for version in client.list_object_versions(Bucket=name)["Versions"]:
            client.delete_object(Bucket=name, Key="k", VersionId=version["VersionId"])
        client.delete_bucket(Bucket=name)
        self.refused("NoSuchBucket", client.get_bucket_tagging, Bucket=name)
        self.refused("404", client.head_bucket, Bucket=name)
        with self.assertRaises(client.exceptions.ClientError):
            client.head_bucket(Bucket=name)

    def test_waiters_and_pages(self):
        client = s3()
        for n in range(3):
            client.get_waiter("bucket_exists").wait(Bucket=bucket(f"py-page-{n}"), WaiterConfig={"Delay": 0, "MaxAttempts": 1})
        pages = client.get_paginator("list_buckets").paginate(Prefix="py-page-", PaginationConfig={"PageSize": 2})
        names = [b["Name"] for page in pages for b in page["Buckets"]]
        self.assertEqual(names, ["py-page-0", "py-page-1", "py-page-2"])
        taken = s3(OTHER, "us-east-1")
        with self.assertRaises(taken.exceptions.BucketAlreadyExists):
            taken.create_bucket(Bucket="py-page-0")
        with self.assertRaises(client.exceptions.BucketAlreadyOwnedByYou):
            client.create_bucket(Bucket="py-page-0", CreateBucketConfiguration=REGION)

    def test_another_region_is_found(self):
        # boto3 learns the bucket's Region from the answer, and asks again there.
        name = bucket("py-region")
        s3().put_object(Bucket=name, Key="k", Body=b"hello")
        away = s3(region="us-west-2")
        self.assertEqual(away.get_object(Bucket=name, Key="k")["Body"].read(), b"hello")
        self.assertEqual(away.list_objects_v2(Bucket=name)["KeyCount"], 1)
        self.assertEqual(s3(region="ap-south-1").head_bucket(Bucket=name)["BucketRegion"], "eu-west-1")

    def test_default_encryption(self):
        client, name = s3(), bucket("py-encryption")
        key = root("kms").create_key()["KeyMetadata"]["Arn"]
        client.put_object(Bucket=name, Key="before", Body=b"1")
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": True}
        client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
        self.assertEqual(client.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"], [rule])
        after = client.put_object(Bucket=name, Key="after", Body=b"2")
        self.assertEqual((after["ServerSideEncryption"], after["SSEKMSKeyId"], after["BucketKeyEnabled"]), ("aws:kms", key, True))
        self.assertEqual(client.head_object(Bucket=name, Key="before")["ServerSideEncryption"], "AES256")
        client.delete_bucket_encryption(Bucket=name)
        self.assertEqual(client.put_object(Bucket=name, Key="k", Body=b"3")["ServerSideEncryption"], "AES256")

    def test_policy_and_accounts(self):
        client, name = s3(), bucket("py-policy")
        client.put_object(Bucket=name, Key="k", Body=b"hello")
        arn, session = role("py-reader", allow("s3:GetObject", "*"), OTHER)
        theirs = session.client("s3", config=Config(s3=PATHS))
        self.refused("AccessDenied", theirs.get_object, Bucket=name, Key="k")
        policy = json.dumps(allow("s3:GetObject", f"arn:aws:s3:::{name}/*", arn))
        client.put_bucket_policy(Bucket=name, Policy=policy)
        self.assertEqual(client.get_bucket_policy(Bucket=name)["Policy"], policy)
        self.assertEqual(theirs.get_object(Bucket=name, Key="k")["Body"].read(), b"hello")
        client.delete_bucket_policy(Bucket=name)
        self.refused("AccessDenied", theirs.get_object, Bucket=name, Key="k")
        self.refused("MalformedPolicy", client.put_bucket_policy, Bucket=name, Policy=json.dumps(allow("s3:GetObject", "*", arn)))

    def test_public(self):
        client, name = s3(), bucket("py-public")
        client.put_object(Bucket=name, Key="k", Body=b"hello")
        policy = json.dumps(allow("s3:GetObject", f"arn:aws:s3:::{name}/*", "*"))
        self.refused("AccessDenied", client.put_bucket_policy, Bucket=name, Policy=policy)
        client.delete_public_access_block(Bucket=name)
        client.put_bucket_policy(Bucket=name, Policy=policy)
        self.assertEqual(nobody().get_object(Bucket=name, Key="k")["Body"].read(), b"hello")
        url = f"{client.meta.endpoint_url}/{name}/k"
        with urllib.request.urlopen(url) as answer:
            self.assertEqual(answer.read(), b"hello")
        client.put_object(Bucket=name, Key="kms", Body=b"hello", ServerSideEncryption="aws:kms")
        self.refused("InvalidArgument", nobody().get_object, Bucket=name, Key="kms")
        block = {"BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": True}
        client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
        self.refused("AccessDenied", nobody().get_object, Bucket=name, Key="k")
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(url)
        self.assertEqual(caught.exception.code, 403)

    def test_acl(self):
        client, name = s3(), bucket("py-acl")
        self.refused("AccessControlListNotSupported", client.put_bucket_acl, Bucket=name, ACL="public-read")
        client.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
        self.refused("AccessDenied", client.put_bucket_acl, Bucket=name, ACL="public-read")
        client.delete_public_access_block(Bucket=name)
        client.put_bucket_acl(Bucket=name, ACL="public-read")
        grants = client.get_bucket_acl(Bucket=name)["Grants"]
        self.assertEqual([(g["Grantee"]["Type"], g["Permission"]) for g in grants], [("CanonicalUser", "FULL_CONTROL"), ("Group", "READ")])
        self.assertEqual(nobody().list_objects_v2(Bucket=name)["KeyCount"], 0)

    def test_notifications(self):
        client, name, sqs, events = s3(), bucket("py-events"), root("sqs"), root("events")
        url = sqs.create_queue(QueueName="py-events")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        wanted = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}], "EventBridgeConfiguration": {}}
        self.refused("InvalidArgument", client.put_bucket_notification_configuration, Bucket=name, NotificationConfiguration=wanted)
        statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn,
                     "Principal": {"Service": ["s3.amazonaws.com", "events.amazonaws.com"]}}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})})
        client.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=wanted)
        events.put_rule(Name="py-events", EventPattern=json.dumps({"source": ["aws.s3"], "detail": {"bucket": {"name": [name]}}}))
        events.put_targets(Rule="py-events", Targets=[{"Id": "queue", "Arn": arn}])
        client.put_object(Bucket=name, Key="a b", Body=b"hello")
        got, deadline = [], time.monotonic() + 20
        while len(got) < 3 and time.monotonic() < deadline:
            messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MaxNumberOfMessages=10).get("Messages", [])
            got += [json.loads(m["Body"]) for m in messages]
        test = [m for m in got if m.get("Event") == "s3:TestEvent"]
        told = [m["Records"][0] for m in got if "Records" in m]
        event = [m for m in got if m.get("detail-type") == "Object Created"]
        self.assertEqual((len(test), len(told), len(event)), (1, 1, 1), got)
        self.assertEqual(told[0]["s3"]["object"]["key"], "a+b")
        self.assertEqual((event[0]["detail"]["object"]["key"], event[0]["detail"]["reason"], event[0]["account"]), ("a b", "PutObject", OWN))


if __name__ == "__main__":
    unittest.main()

"""The lab through boto3: secrets' values, keys, replicas, policies and rotation."""

import json
import time
import unittest

import boto3

from callers import OTHER, OWN, Lab, allow, role, root


def away(service):
    return boto3.client(service, region_name="us-east-1", aws_access_key_id=OWN, aws_secret_access_key="test")


class Secrets(Lab):
    def eventually(self, condition):
        end = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), end, "it did not happen in time")
            time.sleep(0.2)

    def test_updates(self):
        sm = root("secretsmanager")
        first = sm.create_secret(Name="sdk/update", SecretString="v1")["VersionId"]
        self.assertNotIn("VersionId", sm.update_secret(SecretId="sdk/update", Description="mine"))
        second = sm.update_secret(SecretId="sdk/update", SecretString="v2")["VersionId"]
        described = sm.describe_secret(SecretId="sdk/update")
        self.assertEqual(described["Description"], "mine")
        self.assertEqual(described["VersionIdsToStages"], {first: ["AWSPREVIOUS"], second: ["AWSCURRENT"]})
        self.refused("ResourceExistsException", sm.update_secret, SecretId="sdk/update", SecretString="v3", ClientRequestToken=second)
        self.assertEqual(len(sm.get_random_password(PasswordLength=20, ExcludePunctuation=True)["RandomPassword"]), 20)

    def test_a_new_key(self):
        sm, kms = root("secretsmanager"), root("kms")
        one, two = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
        sm.create_secret(Name="sdk/key", SecretString="v", KmsKeyId=one)
        sm.update_secret(SecretId="sdk/key", KmsKeyId=two)
        kms.disable_key(KeyId=one)
        self.assertEqual(sm.get_secret_value(SecretId="sdk/key")["SecretString"], "v")
        kms.disable_key(KeyId=two)
        self.refused("DecryptionFailure", sm.get_secret_value, SecretId="sdk/key")
        self.refused("EncryptionFailure", sm.put_secret_value, SecretId="sdk/key", SecretString="w")

    def test_replicas(self):
        sm, there = root("secretsmanager"), away("secretsmanager")
        made = sm.create_secret(Name="sdk/replica", SecretString="v", AddReplicaRegions=[{"Region": "us-east-1"}])
        self.assertEqual(made["ReplicationStatus"][0]["Status"], "InProgress")
        self.eventually(lambda: sm.describe_secret(SecretId="sdk/replica")["ReplicationStatus"][0]["Status"] == "InSync")
        replica = there.get_secret_value(SecretId="sdk/replica")
        self.assertEqual(replica["SecretString"], "v")
        self.assertEqual(replica["ARN"], made["ARN"].replace("eu-west-1", "us-east-1"))
        sm.put_secret_value(SecretId="sdk/replica", SecretString="w")
        self.eventually(lambda: there.get_secret_value(SecretId="sdk/replica")["SecretString"] == "w")
        self.refused("InvalidParameterException", there.put_secret_value, SecretId="sdk/replica", SecretString="x")
        self.refused("InvalidParameterException", sm.delete_secret, SecretId="sdk/replica")
        there.stop_replication_to_replica(SecretId="sdk/replica")
        there.put_secret_value(SecretId="sdk/replica", SecretString="its own")
        sm.delete_secret(SecretId="sdk/replica")

    def test_another_account(self):
        sm, kms = root("secretsmanager"), root("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        own = allow("kms:*", "*", f"arn:aws:iam::{OWN}:root")
        own["Statement"] += allow("kms:Decrypt", "*", f"arn:aws:iam::{OTHER}:root")["Statement"]
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(own))
        arn = sm.create_secret(Name="sdk/far", SecretString="v", KmsKeyId=key)["ARN"]
        far = root("secretsmanager", OTHER)
        self.refused("AccessDeniedException", far.get_secret_value, SecretId=arn)
        policy = allow("secretsmanager:GetSecretValue", "*", f"arn:aws:iam::{OTHER}:root")
        self.assertTrue(sm.validate_resource_policy(SecretId=arn, ResourcePolicy=json.dumps(policy))["PolicyValidationPassed"])
        sm.put_resource_policy(SecretId=arn, ResourcePolicy=json.dumps(policy), BlockPublicPolicy=True)
        self.assertEqual(far.get_secret_value(SecretId=arn)["SecretString"], "v")
        everybody = json.dumps(allow("secretsmanager:GetSecretValue", "*", "*"))
        self.refused("PublicPolicyException", sm.put_resource_policy, SecretId=arn, ResourcePolicy=everybody, BlockPublicPolicy=True)

    def test_rotation_needs_a_function(self):
        sm = root("secretsmanager")
        sm.create_secret(Name="sdk/rotate", SecretString="v")
        rules = {"AutomaticallyAfterDays": 30}
        self.refused("InvalidRequestException", sm.rotate_secret, SecretId="sdk/rotate", RotationRules=rules)
        none = f"arn:aws:lambda:eu-west-1:{OWN}:function:none"
        self.refused("AccessDeniedException", sm.rotate_secret, SecretId="sdk/rotate", RotationLambdaARN=none, RotationRules=rules)
        self.refused("InvalidParameterException", sm.rotate_secret, SecretId="sdk/rotate", RotationLambdaARN=none,
                     RotationRules={"ScheduleExpression": "rate(1 hour)"})
        self.assertNotIn("RotationEnabled", sm.describe_secret(SecretId="sdk/rotate"))

    def test_who_may_read(self):
        sm = root("secretsmanager")
        key = root("kms").create_key()["KeyMetadata"]["Arn"]
        sm.create_secret(Name="sdk/role", SecretString="v", KmsKeyId=key)
        _, session = role("secret-reader", allow("secretsmanager:GetSecretValue", "*"))
        reader = session.client("secretsmanager")
        self.refused("AccessDeniedException", reader.get_secret_value, SecretId="sdk/role")
        both = {"Version": "2012-10-17", "Statement": allow("secretsmanager:*", "*")["Statement"] + allow("kms:Decrypt", key)["Statement"]}
        root("iam").put_role_policy(RoleName="secret-reader", PolicyName="p", PolicyDocument=json.dumps(both))
        self.assertEqual(reader.get_secret_value(SecretId="sdk/role")["SecretString"], "v")


if __name__ == "__main__":
    unittest.main()

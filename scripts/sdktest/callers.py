"""What the tests of the lab through boto3 share: callers, policies, refusals."""

import json
import unittest

import boto3
from botocore.exceptions import ClientError

OWN, OTHER = "111122223333", "444455556666"


def root(service, account=OWN):
    return boto3.client(service, aws_access_key_id=account, aws_secret_access_key="test")


def role(name, policy, account=OWN):
    """A session of a new role, assumed by a new user."""
    iam = root("iam", account)
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}]}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if policy:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(allow("sts:AssumeRole", arn)))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    sts = boto3.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    c = sts.assume_role(RoleArn=arn, RoleSessionName="tester")["Credentials"]
    session = boto3.Session(aws_access_key_id=c["AccessKeyId"], aws_secret_access_key=c["SecretAccessKey"],
                            aws_session_token=c["SessionToken"])
    return arn, session


def allow(action, resource, principal=None):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    if principal:
        statement["Principal"] = {"AWS": principal}
    return {"Version": "2012-10-17", "Statement": [statement]}


class Lab(unittest.TestCase):
    def refused(self, code, call, **kwargs):
        with self.assertRaises(ClientError) as caught:
            call(**kwargs)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)

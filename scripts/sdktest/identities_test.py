"""The lab through boto3: users, groups, roles, managed policies, boundaries, sessions."""

import json
import unittest

import boto3
from botocore.exceptions import ClientError

from callers import OWN, Lab, allow, role, root


def by(key):
    """A session of a user's access key, or of temporary credentials."""
    return boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
                         aws_session_token=key.get("SessionToken"))


class Identities(Lab):
    def test_managed_policies_of_users_and_groups(self):
        iam = root("iam")
        policy = iam.create_policy(PolicyName="readers", PolicyDocument=json.dumps(allow("kms:ListKeys", "*")))["Policy"]
        self.assertEqual(policy["Arn"], f"arn:aws:iam::{OWN}:policy/readers")
        iam.create_user(UserName="ida", Tags=[{"Key": "team", "Value": "blue"}])
        iam.create_group(GroupName="readers")
        iam.attach_group_policy(GroupName="readers", PolicyArn=policy["Arn"])
        kms = by(iam.create_access_key(UserName="ida")["AccessKey"]).client("kms")
        self.refused("AccessDeniedException", kms.list_keys)
        iam.add_user_to_group(GroupName="readers", UserName="ida")
        kms.list_keys()
        self.refused("AccessDeniedException", kms.list_aliases)
        version = iam.create_policy_version(PolicyArn=policy["Arn"], PolicyDocument=json.dumps(allow("kms:List*", "*")), SetAsDefault=True)
        self.assertEqual(version["PolicyVersion"]["VersionId"], "v2")
        kms.list_aliases()
        document = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId="v2")["PolicyVersion"]["Document"]
        self.assertEqual(document["Statement"][0]["Action"], "kms:List*")
        entities = iam.list_entities_for_policy(PolicyArn=policy["Arn"])
        self.assertEqual([g["GroupName"] for g in entities["PolicyGroups"]], ["readers"])
        self.refused("DeleteConflict", iam.delete_policy, PolicyArn=policy["Arn"])
        self.refused("DeleteConflict", iam.delete_group, GroupName="readers")
        users = [u["UserName"] for u in iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1}).search("Users[]")]
        self.assertIn("ida", users)
        local = iam.list_policies(Scope="Local")["Policies"]
        self.assertEqual([p["PolicyName"] for p in local if p["PolicyName"] == "readers"], ["readers"])

    def test_policies_of_aws(self):
        iam = root("iam")
        arn, session = role("logger", None)
        basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
        iam.attach_role_policy(RoleName="logger", PolicyArn=basic)
        attached = iam.list_attached_role_policies(RoleName="logger")["AttachedPolicies"]
        self.assertEqual(attached, [{"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": basic}])
        self.refused("NotImplemented", iam.attach_role_policy, RoleName="logger", PolicyArn="arn:aws:iam::aws:policy/AmazonEC2FullAccess")
        self.refused("NotImplemented", iam.list_policies)
        self.refused("DeleteConflict", iam.delete_role, RoleName="logger")
        iam.detach_role_policy(RoleName="logger", PolicyArn=basic)
        iam.delete_role(RoleName="logger")
        self.refused("InvalidClientTokenId", session.client("sts").get_caller_identity)

    def test_boundary(self):
        iam = root("iam")
        bound = iam.create_policy(PolicyName="bound", PolicyDocument=json.dumps(allow("kms:ListKeys", "*")))["Policy"]["Arn"]
        _, session = role("bounded", allow("kms:*", "*"))
        kms = session.client("kms")
        kms.list_aliases()
        iam.put_role_permissions_boundary(RoleName="bounded", PermissionsBoundary=bound)
        kms.list_keys()
        with self.assertRaises(ClientError) as caught:
            kms.list_aliases()
        self.assertIn("because no permissions boundary allows the kms:ListAliases action", str(caught.exception))
        self.assertEqual(iam.get_role(RoleName="bounded")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"], bound)
        iam.delete_role_permissions_boundary(RoleName="bounded")
        kms.list_aliases()

    def test_sessions(self):
        arn, _ = role("sessions", allow("kms:*", "*"))
        iam = root("iam")
        trust = allow(["sts:AssumeRole", "sts:TagSession"], None, f"arn:aws:iam::{OWN}:root")
        del trust["Statement"][0]["Resource"]
        iam.update_assume_role_policy(RoleName="sessions", PolicyDocument=json.dumps(trust))
        iam.create_user(UserName="assumer")
        iam.put_user_policy(UserName="assumer", PolicyName="p", PolicyDocument=json.dumps(allow("sts:*", "*")))
        sts = by(iam.create_access_key(UserName="assumer")["AccessKey"]).client("sts")
        out = sts.assume_role(RoleArn=arn, RoleSessionName="tagged", Tags=[{"Key": "team", "Value": "blue"}],
                              Policy=json.dumps(allow("kms:ListKeys", "*")))
        self.assertGreater(out["PackedPolicySize"], 0)
        kms = by(out["Credentials"]).client("kms")
        kms.list_keys()
        self.refused("AccessDeniedException", kms.list_aliases)
        iam.put_role_policy(RoleName="sessions", PolicyName="p", PolicyDocument=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}}]}))
        self.refused("AccessDeniedException", kms.list_keys)

    def test_temporary_credentials_of_a_user(self):
        iam = root("iam")
        iam.create_user(UserName="temporary")
        key = iam.create_access_key(UserName="temporary")["AccessKey"]
        sts = by(key).client("sts")
        session = by(sts.get_session_token(DurationSeconds=900)["Credentials"])
        self.assertEqual(session.client("sts").get_caller_identity()["Arn"], f"arn:aws:iam::{OWN}:user/temporary")
        self.refused("AccessDenied", session.client("sts").get_session_token)
        self.refused("InvalidClientTokenId", session.client("iam").get_user)
        self.assertEqual(root("sts").get_access_key_info(AccessKeyId=key["AccessKeyId"])["Account"], OWN)
        iam.update_access_key(UserName="temporary", AccessKeyId=key["AccessKeyId"], Status="Inactive")
        self.refused("InvalidClientTokenId", sts.get_caller_identity)
        self.assertEqual(iam.list_access_keys(UserName="temporary")["AccessKeyMetadata"][0]["Status"], "Inactive")

    def test_instance_profiles(self):
        iam = root("iam")
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}
        iam.create_role(RoleName="server", AssumeRolePolicyDocument=json.dumps(trust))
        made = iam.create_instance_profile(InstanceProfileName="server", Path="/web/", Tags=[{"Key": "a", "Value": "1"}])["InstanceProfile"]
        self.assertEqual(made["Arn"], f"arn:aws:iam::{OWN}:instance-profile/web/server")
        iam.add_role_to_instance_profile(InstanceProfileName="server", RoleName="server")
        self.refused("LimitExceeded", iam.add_role_to_instance_profile, InstanceProfileName="server", RoleName="server")
        seen = iam.get_instance_profile(InstanceProfileName="server")["InstanceProfile"]
        self.assertEqual(seen["Roles"][0]["AssumeRolePolicyDocument"], trust)
        self.assertEqual(seen["Tags"], [{"Key": "a", "Value": "1"}])
        self.assertEqual(len(iam.list_instance_profiles(PathPrefix="/web/")["InstanceProfiles"]), 1)
        self.assertEqual(len(iam.list_instance_profiles_for_role(RoleName="server")["InstanceProfiles"]), 1)
        self.refused("DeleteConflict", iam.delete_role, RoleName="server")
        iam.remove_role_from_instance_profile(InstanceProfileName="server", RoleName="server")
        iam.untag_instance_profile(InstanceProfileName="server", TagKeys=["a"])
        self.assertEqual(iam.list_instance_profile_tags(InstanceProfileName="server")["Tags"], [])
        iam.delete_instance_profile(InstanceProfileName="server")
        self.refused("NoSuchEntity", iam.get_instance_profile, InstanceProfileName="server")
        iam.delete_role(RoleName="server")


if __name__ == "__main__":
    unittest.main()

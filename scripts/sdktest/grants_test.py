"""The lab through boto3: grants, multi-Region keys, rehearsals and the event history."""

import json
import time
import unittest

import boto3

from callers import OTHER, OWN, Lab, role, root


def there(service, region, account=OWN):
    return boto3.client(service, aws_access_key_id=account, aws_secret_access_key="test", region_name=region)


def until(check, seconds=15):
    """What comes about after a while: the last answer, once it is one."""
    end = time.monotonic() + seconds
    while not (answer := check()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


class Grants(Lab):
    def test_life_of_a_grant(self):
        kms = root("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        name, session = role("grantee", None)
        caller = session.client("kms")
        self.refused("AccessDeniedException", caller.encrypt, KeyId=key, Plaintext=b"x")
        made = kms.create_grant(KeyId=key, GranteePrincipal=name, RetiringPrincipal=name, Operations=["Encrypt", "Decrypt"], Name="app",
                                Constraints={"EncryptionContextSubset": {"app": "shop"}})
        again = kms.create_grant(KeyId=key, GranteePrincipal=name, RetiringPrincipal=name, Operations=["Encrypt", "Decrypt"], Name="app",
                                 Constraints={"EncryptionContextSubset": {"app": "shop"}})
        self.assertEqual(made["GrantId"], again["GrantId"])
        self.assertNotEqual(made["GrantToken"], again["GrantToken"])
        context = {"app": "shop", "stage": "test"}
        blob = caller.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context, GrantTokens=[made["GrantToken"]])["CiphertextBlob"]
        self.assertEqual(caller.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionContext=context)["Plaintext"], b"x")
        self.refused("AccessDeniedException", caller.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"app": "bank"})
        self.refused("InvalidGrantTokenException", caller.encrypt, KeyId=key, Plaintext=b"x", GrantTokens=["bm9uZQ=="])
        grants = [g for page in kms.get_paginator("list_grants").paginate(KeyId=key) for g in page["Grants"]]
        self.assertEqual([g["GranteePrincipal"] for g in grants], [name])
        self.assertEqual(grants[0]["IssuingAccount"], f"arn:aws:iam::{OWN}:root")
        self.assertEqual(len(kms.list_retirable_grants(RetiringPrincipal=name)["Grants"]), 1)
        self.refused("DryRunOperationException", caller.retire_grant, KeyId=key, GrantId=made["GrantId"], DryRun=True)
        caller.retire_grant(KeyId=key, GrantId=made["GrantId"])
        self.refused("AccessDeniedException", caller.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext=context)
        with self.assertRaises(kms.exceptions.NotFoundException):
            kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])

    def test_refusals(self):
        kms = root("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        own = f"arn:aws:iam::{OWN}:root"
        self.refused("InvalidArnException", kms.create_grant, KeyId=key, GranteePrincipal=f"arn:aws:iam::{OWN}:role/none", Operations=["Decrypt"])
        self.refused("ValidationException", kms.create_grant, KeyId=key, GranteePrincipal=own, Operations=["Sign"])
        self.refused("ValidationException", kms.create_grant, KeyId=key, GranteePrincipal=own, Operations=["Nonsense"])
        kms.disable_key(KeyId=key)
        self.refused("DisabledException", kms.create_grant, KeyId=key, GranteePrincipal=own, Operations=["Decrypt"])


class MultiRegion(Lab):
    def test_replica(self):
        kms, far = root("kms"), there("kms", "ap-southeast-2")
        key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
        self.assertTrue(key.startswith("mrk-"))
        made = kms.replicate_key(KeyId=key, ReplicaRegion="ap-southeast-2", Tags=[{"TagKey": "a", "TagValue": "1"}])
        self.assertEqual(made["ReplicaKeyMetadata"]["KeyState"], "Creating")
        self.assertTrue(until(lambda: far.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"))
        blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        self.assertEqual(far.decrypt(CiphertextBlob=blob)["Plaintext"], b"x")
        with self.assertRaises(kms.exceptions.AlreadyExistsException):
            kms.replicate_key(KeyId=key, ReplicaRegion="ap-southeast-2")
        kms.update_primary_region(KeyId=key, PrimaryRegion="ap-southeast-2")
        self.assertTrue(until(lambda: kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"))
        m = kms.describe_key(KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"]
        self.assertEqual((m["MultiRegionKeyType"], m["PrimaryKey"]["Region"]), ("REPLICA", "ap-southeast-2"))
        out = far.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        self.assertEqual(out["KeyState"], "PendingReplicaDeletion")
        self.assertNotIn("DeletionDate", out)


class EventHistory(Lab):
    def test_lookup(self):
        kms, trail = root("kms"), root("cloudtrail")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        kms.encrypt(KeyId=key, Plaintext=b"not to be seen", EncryptionContext={"app": "shop"})
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=9)

        def events():
            found = []
            for page in trail.get_paginator("lookup_events").paginate(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": key}]):
                found += page["Events"]
            return found if len(found) == 3 else None

        found = until(events)
        self.assertEqual([e["EventName"] for e in found], ["ScheduleKeyDeletion", "Encrypt", "CreateKey"])
        self.assertEqual([e["ReadOnly"] for e in found], ["false", "true", "false"])
        record = json.loads(found[0]["CloudTrailEvent"])
        self.assertEqual(record["requestParameters"], {"keyId": key, "pendingWindowInDays": 9})
        self.assertEqual(record["userIdentity"]["type"], "Root")
        self.assertNotIn("not to be seen", found[1]["CloudTrailEvent"])
        self.refused("InvalidLookupAttributesException", trail.lookup_events, LookupAttributes=[
            {"AttributeKey": "EventName", "AttributeValue": "Encrypt"}, {"AttributeKey": "ReadOnly", "AttributeValue": "true"}])
        far = root("cloudtrail", OTHER)
        self.assertEqual(far.lookup_events(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": key}])["Events"], [])


if __name__ == "__main__":
    unittest.main()

"""The lab through boto3: keys, contexts, states and trust between accounts."""

import json
import time
import unittest

import boto3

from callers import OTHER, OWN, Lab, allow, role, root


class Keys(Lab):
    def test_context_and_states(self):
        kms = root("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        blob = kms.encrypt(KeyId=key, Plaintext=b"hello", EncryptionContext={"app": "shop"})["CiphertextBlob"]
        out = kms.decrypt(CiphertextBlob=blob, KeyId=key, EncryptionContext={"app": "shop"})
        self.assertEqual(out["Plaintext"], b"hello")
        self.refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob, KeyId=key, EncryptionContext={"app": "bank"})
        self.refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob, KeyId=key)
        kms.disable_key(KeyId=key)
        self.refused("DisabledException", kms.decrypt, CiphertextBlob=blob, EncryptionContext={"app": "shop"})
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        self.refused("KMSInvalidStateException", kms.decrypt, CiphertextBlob=blob, EncryptionContext={"app": "shop"})
        with self.assertRaises(kms.exceptions.NotFoundException):
            kms.describe_key(KeyId="alias/none")

    def test_rotation(self):
        kms = root("kms")
        key = kms.create_key()["KeyMetadata"]
        first, blob = key["CurrentKeyMaterialId"], kms.encrypt(KeyId=key["KeyId"], Plaintext=b"hello")["CiphertextBlob"]
        kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=180)
        status = kms.get_key_rotation_status(KeyId=key["KeyId"])
        self.assertTrue(status["KeyRotationEnabled"])
        self.assertEqual(status["RotationPeriodInDays"], 180)
        self.assertEqual((status["NextRotationDate"] - key["CreationDate"]).days, 180)
        self.assertEqual(kms.rotate_key_on_demand(KeyId=key["KeyId"])["KeyId"], key["Arn"])
        end = time.monotonic() + 30
        while "OnDemandRotationStartDate" in kms.get_key_rotation_status(KeyId=key["KeyId"]) and time.monotonic() < end:
            time.sleep(0.1)
        pages = kms.get_paginator("list_key_rotations").paginate(KeyId=key["KeyId"], IncludeKeyMaterial="ALL_KEY_MATERIAL", PaginationConfig={"PageSize": 1})
        materials = [r for page in pages for r in page["Rotations"]]
        self.assertEqual([m["KeyMaterialState"] for m in materials], ["NON_CURRENT", "CURRENT"])
        self.assertEqual(materials[1]["RotationType"], "ON_DEMAND")
        self.assertNotIn("RotationDate", materials[0])
        self.assertEqual(kms.decrypt(CiphertextBlob=blob)["KeyMaterialId"], first)
        self.assertEqual(kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")["KeyMaterialId"], materials[1]["KeyMaterialId"])
        kms.disable_key_rotation(KeyId=key["KeyId"])
        self.assertNotIn("NextRotationDate", kms.get_key_rotation_status(KeyId=key["KeyId"]))

    def test_another_accounts_key(self):
        owner = root("kms", OTHER)
        key = owner.create_key()["KeyMetadata"]["Arn"]
        name, session = role("foreigner", None)
        kms = session.client("kms")
        request = {"KeyId": key, "Plaintext": b"x"}
        self.refused("AccessDeniedException", kms.encrypt, **request)
        own = allow("kms:*", "*", f"arn:aws:iam::{OTHER}:root")
        both = {"Version": "2012-10-17", "Statement": own["Statement"] + allow("kms:Encrypt", "*", name)["Statement"]}
        owner.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(both))
        self.refused("AccessDeniedException", kms.encrypt, **request)  # the caller's side is missing
        iam = root("iam")
        iam.put_role_policy(RoleName="foreigner", PolicyName="p", PolicyDocument=json.dumps(allow("kms:Encrypt", key)))
        self.assertTrue(kms.encrypt(**request)["CiphertextBlob"])
        owner.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(own))
        self.refused("AccessDeniedException", kms.encrypt, **request)  # the owner's side is missing again

    def test_bad_policy_and_what_is_not_modelled(self):
        kms = root("kms")
        self.refused("MalformedPolicyDocumentException", kms.create_key, Policy="no JSON")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        self.refused("UnsupportedOperationException", kms.get_public_key, KeyId=key)
        self.refused("NotImplemented", kms.generate_data_key, KeyId=key, KeySpec="AES_256",
                     Recipient={"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"document"})

    def test_secrets(self):
        sm = root("secretsmanager")
        arn = sm.create_secret(Name="sdk/one", SecretString="v1")["ARN"]
        sm.put_secret_value(SecretId="sdk/one", SecretString="v2")
        self.assertEqual(sm.get_secret_value(SecretId=arn)["SecretString"], "v2")
        self.assertEqual(sm.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")["SecretString"], "v1")
        sm.create_secret(Name="sdk/two", SecretBinary=b"\x00\xff")
        values = sm.batch_get_secret_value(SecretIdList=["sdk/one", "sdk/two", "sdk/none"])
        self.assertEqual(len(values["SecretValues"]), 2)
        self.assertEqual(values["Errors"][0]["ErrorCode"], "ResourceNotFoundException")

    def test_accounts_and_regions_are_apart(self):
        kms = root("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        there = boto3.client("kms", region_name="us-east-1", aws_access_key_id=OWN, aws_secret_access_key="test")
        self.refused("NotFoundException", there.describe_key, KeyId=key)
        self.refused("NotFoundException", root("kms", OTHER).describe_key, KeyId=key)
        wrong = boto3.client("kms", aws_access_key_id=OWN, aws_secret_access_key="wrong")
        self.refused("InvalidSignatureException", wrong.list_keys)
        self.assertEqual(root("sts").get_caller_identity()["Arn"], f"arn:aws:iam::{OWN}:root")


if __name__ == "__main__":
    unittest.main()

"""The lab through boto3: objects, their versions, conditions, encryption and listings."""

import io
import json
import unittest

import boto3
from botocore.exceptions import ClientError

from callers import Lab, allow, role, root

REGION = "eu-west-1"


def bucket(name, versioned=False):
    s3 = root("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return s3


class Objects(Lab):
    def test_what_is_put_is_got(self):
        s3 = bucket("objects-basic")
        put = s3.put_object(Bucket="objects-basic", Key="a/ä b+c.txt", Body=b"hello", ContentType="text/plain", Metadata={"Who": "me"}, Tagging="a=1&b=2")
        self.assertEqual(put["ETag"], '"5d41402abc4b2a76b9719d911017c592"')
        self.assertEqual(put["ChecksumCRC32"], "NhCmhg==")
        got = s3.get_object(Bucket="objects-basic", Key="a/ä b+c.txt")
        self.assertEqual(got["Body"].read(), b"hello")
        self.assertEqual((got["ContentType"], got["Metadata"], got["TagCount"]), ("text/plain", {"who": "me"}, 2))
        part = s3.get_object(Bucket="objects-basic", Key="a/ä b+c.txt", Range="bytes=1-3")
        self.assertEqual((part["Body"].read(), part["ContentRange"], part["ResponseMetadata"]["HTTPStatusCode"]), (b"ell", "bytes 1-3/5", 206))
        s3.copy_object(Bucket="objects-basic", Key="copy", CopySource={"Bucket": "objects-basic", "Key": "a/ä b+c.txt"})
        self.assertEqual(s3.head_object(Bucket="objects-basic", Key="copy")["Metadata"], {"who": "me"})
        self.refused("NoSuchKey", s3.get_object, Bucket="objects-basic", Key="none")
        self.refused("404", s3.head_object, Bucket="objects-basic", Key="none")
        self.refused("InvalidRange", s3.get_object, Bucket="objects-basic", Key="copy", Range="bytes=9-")
        keys = [o["Key"] for o in s3.list_objects_v2(Bucket="objects-basic")["Contents"]]
        self.assertEqual(keys, ["a/ä b+c.txt", "copy"])

    def test_files(self):
        s3 = bucket("objects-files")
        data = bytes(range(256)) * 4096
        s3.upload_fileobj(io.BytesIO(data), "objects-files", "file")
        into = io.BytesIO()
        s3.download_fileobj("objects-files", "file", into)
        self.assertEqual(into.getvalue(), data)

    def test_versions(self):
        s3 = bucket("objects-versions", versioned=True)
        ids = [s3.put_object(Bucket="objects-versions", Key="k", Body=str(i).encode())["VersionId"] for i in range(3)]
        marker = s3.delete_object(Bucket="objects-versions", Key="k")
        self.assertTrue(marker["DeleteMarker"])
        self.refused("NoSuchKey", s3.get_object, Bucket="objects-versions", Key="k")
        self.refused("MethodNotAllowed", s3.get_object, Bucket="objects-versions", Key="k", VersionId=marker["VersionId"])
        self.assertEqual(s3.get_object(Bucket="objects-versions", Key="k", VersionId=ids[0])["Body"].read(), b"0")
        pages = s3.get_paginator("list_object_versions").paginate(Bucket="objects-versions", PaginationConfig={"PageSize": 1})
        self.assertEqual([v["VersionId"] for p in pages for v in p.get("Versions", [])], ids[::-1])
        s3.delete_object(Bucket="objects-versions", Key="k", VersionId=marker["VersionId"])
        self.assertEqual(s3.get_object(Bucket="objects-versions", Key="k")["Body"].read(), b"2")

    def test_conditions(self):
        s3 = bucket("objects-conditions")
        put = s3.put_object(Bucket="objects-conditions", Key="lock", Body=b"1", IfNoneMatch="*")
        self.refused("PreconditionFailed", s3.put_object, Bucket="objects-conditions", Key="lock", Body=b"2", IfNoneMatch="*")
        s3.put_object(Bucket="objects-conditions", Key="lock", Body=b"2", IfMatch=put["ETag"])
        self.refused("PreconditionFailed", s3.put_object, Bucket="objects-conditions", Key="lock", Body=b"3", IfMatch=put["ETag"])
        self.refused("NoSuchKey", s3.put_object, Bucket="objects-conditions", Key="none", Body=b"3", IfMatch=put["ETag"])
        now = s3.head_object(Bucket="objects-conditions", Key="lock")
        self.refused("304", s3.get_object, Bucket="objects-conditions", Key="lock", IfNoneMatch=now["ETag"])
        self.refused("412", s3.head_object, Bucket="objects-conditions", Key="lock", IfMatch=put["ETag"])

    def test_encryption(self):
        s3, kms = bucket("objects-encryption"), root("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        s3.put_object(Bucket="objects-encryption", Key="old", Body=b"old")
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": True}
        s3.put_bucket_encryption(Bucket="objects-encryption", ServerSideEncryptionConfiguration={"Rules": [rule]})
        put = s3.put_object(Bucket="objects-encryption", Key="new", Body=b"new")
        self.assertEqual((put["ServerSideEncryption"], put["SSEKMSKeyId"], put["BucketKeyEnabled"]), ("aws:kms", key, True))
        self.assertEqual(s3.head_object(Bucket="objects-encryption", Key="old")["ServerSideEncryption"], "AES256")
        s3.copy_object(Bucket="objects-encryption", Key="old", CopySource="objects-encryption/old")
        self.assertEqual(s3.head_object(Bucket="objects-encryption", Key="old")["SSEKMSKeyId"], key)
        s3.put_object(Bucket="objects-encryption", Key="own", Body=b"own", BucketKeyEnabled=False)
        _, session = role("objects-reader", allow("s3:*", "*"))
        with self.assertRaises(ClientError) as caught:
            session.client("s3").get_object(Bucket="objects-encryption", Key="new")
        self.assertIn(f"kms:Decrypt on resource: {key}", caught.exception.response["Error"]["Message"])
        kms.disable_key(KeyId=key)
        self.refused("KMS.DisabledException", s3.get_object, Bucket="objects-encryption", Key="own")

    def test_listing(self):
        s3 = bucket("objects-listing")
        for i in range(25):
            s3.put_object(Bucket="objects-listing", Key=f"dir{i % 5}/é{i:02}", Body=b"")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="objects-listing", PaginationConfig={"PageSize": 4})
        keys = [o["Key"] for p in pages for o in p["Contents"]]
        self.assertEqual((len(keys), keys), (25, sorted(keys, key=str.encode)))
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="objects-listing", Delimiter="/", PaginationConfig={"PageSize": 2})
        self.assertEqual([c["Prefix"] for p in pages for c in p["CommonPrefixes"]], [f"dir{i}/" for i in range(5)])
        batch = s3.delete_objects(Bucket="objects-listing", Delete={"Objects": [{"Key": k} for k in keys], "Quiet": True})
        self.assertNotIn("Errors", batch)
        self.assertEqual(s3.list_objects_v2(Bucket="objects-listing")["KeyCount"], 0)

    def test_what_is_not_modelled_leaves_the_object(self):
        s3 = bucket("objects-kept")
        before = s3.put_object(Bucket="objects-kept", Key="k", Body=b"precious")["ETag"]
        key = root("kms").create_key()["KeyMetadata"]["Arn"]
        if hasattr(s3, "update_object_encryption"):
            self.refused("NotImplemented", s3.update_object_encryption, Bucket="objects-kept", Key="k",
                         ObjectEncryption={"SSEKMS": {"KMSKeyArn": key}})
        self.refused("NotImplemented", s3.create_multipart_upload, Bucket="objects-kept", Key="k")
        self.refused("NotImplemented", s3.put_object, Bucket="objects-kept", Key="k", Body=b"", StorageClass="GLACIER")
        got = s3.get_object(Bucket="objects-kept", Key="k")
        self.assertEqual((got["Body"].read(), got["ETag"]), (b"precious", before))

    def test_presigned(self):
        import urllib.request
        s3 = boto3.client("s3", aws_access_key_id="111122223333", aws_secret_access_key="test",
                          config=boto3.session.Config(signature_version="s3v4", s3={"addressing_style": "path"}))
        bucket("objects-presigned").put_object(Bucket="objects-presigned", Key="k", Body=json.dumps({"a": 1}).encode())
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "objects-presigned", "Key": "k"})
        with urllib.request.urlopen(url) as answer:
            self.assertEqual(json.load(answer), {"a": 1})


if __name__ == "__main__":
    unittest.main()

"""The lab through boto3: parameters, their versions, paths, keys and readers."""

import base64
import json
import unittest

from callers import OTHER, OWN, Lab, allow, role, root


class Parameters(Lab):
    def test_versions_labels_and_history(self):
        ssm = root("ssm")
        put = ssm.put_parameter(Name="/sdk/one", Value="v1", Type="String", Tags=[{"Key": "team", "Value": "red"}])
        self.assertEqual((put["Version"], put["Tier"]), (1, "Standard"))
        self.refused("ParameterAlreadyExists", ssm.put_parameter, Name="/sdk/one", Value="v2", Type="String")
        ssm.put_parameter(Name="/sdk/one", Value="v2", Overwrite=True)
        ssm.label_parameter_version(Name="/sdk/one", ParameterVersion=1, Labels=["stable"])
        for name, want in {"/sdk/one": "v2", "/sdk/one:1": "v1", "/sdk/one:stable": "v1"}.items():
            self.assertEqual(ssm.get_parameter(Name=name)["Parameter"]["Value"], want)
        history = ssm.get_parameter_history(Name="/sdk/one")["Parameters"]
        self.assertEqual([(h["Value"], h["Labels"]) for h in history], [("v1", ["stable"]), ("v2", [])])
        tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/sdk/one")["TagList"]
        self.assertEqual(tags, [{"Key": "team", "Value": "red"}])

    def test_paths_and_pages(self):
        ssm = root("ssm")
        for i in range(13):
            ssm.put_parameter(Name=f"/sdk-path/p{i:02}", Value=str(i), Type="String")
        ssm.put_parameter(Name="/sdk-path/deep/p", Value="x,y", Type="StringList")
        pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/sdk-path", Recursive=True)
        self.assertEqual(len([p for page in pages for p in page["Parameters"]]), 14)
        pages = ssm.get_paginator("describe_parameters").paginate(
            ParameterFilters=[{"Key": "Path", "Values": ["/sdk-path"]}], PaginationConfig={"PageSize": 5})
        self.assertEqual(len([p for page in pages for p in page["Parameters"]]), 13)
        got = ssm.get_parameters(Names=["/sdk-path/p01", "/sdk-path/none"])
        self.assertEqual([p["Value"] for p in got["Parameters"]], ["1"])
        self.assertEqual(got["InvalidParameters"], ["/sdk-path/none"])
        gone = ssm.delete_parameters(Names=["/sdk-path/p01", "/sdk-path/none"])
        self.assertEqual((gone["DeletedParameters"], gone["InvalidParameters"]), (["/sdk-path/p01"], ["/sdk-path/none"]))
        with self.assertRaises(ssm.exceptions.ParameterNotFound):
            ssm.get_parameter(Name="/sdk-path/p01")

    def test_secure_strings(self):
        ssm, kms = root("ssm"), root("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        arn = f"arn:aws:ssm:eu-west-1:{OWN}:parameter/sdk-secure"
        ssm.put_parameter(Name="sdk-secure", Value="hidden", Type="SecureString", KeyId=key)
        self.assertEqual(ssm.get_parameter(Name="sdk-secure", WithDecryption=True)["Parameter"]["Value"], "hidden")
        sealed = base64.b64decode(ssm.get_parameter(Name="sdk-secure")["Parameter"]["Value"])
        self.assertEqual(kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"PARAMETER_ARN": arn})["Plaintext"], b"hidden")
        ssm.put_parameter(Name="sdk-secure", Value="h" * 5000, Type="SecureString", KeyId=key, Overwrite=True, Tier="Intelligent-Tiering")
        self.assertEqual(len(ssm.get_parameter(Name="sdk-secure", WithDecryption=True)["Parameter"]["Value"]), 5000)
        kms.disable_key(KeyId=key)
        self.refused("InvalidKeyId", ssm.get_parameter, Name="sdk-secure", WithDecryption=True)

    def test_who_may_read(self):
        ssm = root("ssm")
        key = root("kms").create_key()["KeyMetadata"]["Arn"]
        ssm.put_parameter(Name="/sdk-role/a", Value="hidden", Type="SecureString", KeyId=key)
        _, session = role("parameter-reader", allow("ssm:GetParameter", f"arn:aws:ssm:*:{OWN}:parameter/sdk-role/*"))
        reader = session.client("ssm")
        self.assertIn("Value", reader.get_parameter(Name="/sdk-role/a")["Parameter"])
        self.refused("AccessDeniedException", reader.get_parameter, Name="/sdk-role/a", WithDecryption=True)
        self.refused("AccessDeniedException", reader.get_parameters, Names=["/sdk-role/a"])
        both = {"Version": "2012-10-17", "Statement": allow("ssm:*", "*")["Statement"] + allow("kms:Decrypt", key)["Statement"]}
        root("iam").put_role_policy(RoleName="parameter-reader", PolicyName="p", PolicyDocument=json.dumps(both))
        self.assertEqual(reader.get_parameter(Name="/sdk-role/a", WithDecryption=True)["Parameter"]["Value"], "hidden")
        far = root("ssm", OTHER)
        self.refused("AccessDeniedException", far.get_parameter, Name=f"arn:aws:ssm:eu-west-1:{OWN}:parameter/sdk-role/a")

    def test_what_the_lab_lacks_is_loud(self):
        ssm = root("ssm")
        self.refused("NotImplemented", ssm.put_parameter, Name="p", Value="v", Type="String", Tier="Advanced",
                     Policies='[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2030-01-01T00:00:00Z"}}]')
        self.refused("NotImplemented", ssm.put_parameter, Name="p", Value="ami-0", Type="String", DataType="aws:ec2:image")
        self.refused("NotImplemented", ssm.get_parameter, Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")
        self.refused("NotImplemented", ssm.describe_instance_information)


if __name__ == "__main__":
    unittest.main()

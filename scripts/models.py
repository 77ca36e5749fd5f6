#!/usr/bin/env python3
"""Write the trimmed service models that lab/wire embeds.

Run by hand when the lab gains a service or an operation, and commit the output:

    python3 -m venv /tmp/models && /tmp/models/bin/pip install --no-deps botocore==1.44.5
    /tmp/models/bin/python scripts/models.py

A model names every operation of its service, so that the lab can tell an
operation that it lacks from one that does not exist. Shapes are kept for the
wanted operations only, without any documentation text.
"""

import gzip
import importlib.metadata
import json
import pathlib
import sys

PINNED = "1.44.5"

ALL = "all"

# One service a line group: what the lab speaks now.
WANTED = {
    "kms": ALL,
    "secretsmanager": ALL,
    "s3": ALL,
    "ssm": """
        PutParameter GetParameter GetParameters GetParametersByPath
        GetParameterHistory DescribeParameters DeleteParameter DeleteParameters
        LabelParameterVersion UnlabelParameterVersion AddTagsToResource
        RemoveTagsFromResource ListTagsForResource PutResourcePolicy
        GetResourcePolicies DeleteResourcePolicy GetServiceSetting
        UpdateServiceSetting ResetServiceSetting""".split(),
    "sqs": ALL,
    "sns": """
        CreateTopic DeleteTopic GetTopicAttributes SetTopicAttributes ListTopics
        Subscribe ConfirmSubscription Unsubscribe GetSubscriptionAttributes
        SetSubscriptionAttributes ListSubscriptions ListSubscriptionsByTopic
        Publish PublishBatch AddPermission RemovePermission TagResource
        UntagResource ListTagsForResource""".split(),
    "events": """
        CreateEventBus DeleteEventBus DescribeEventBus UpdateEventBus
        ListEventBuses PutPermission RemovePermission PutRule DeleteRule
        DescribeRule EnableRule DisableRule ListRules ListRuleNamesByTarget
        PutTargets RemoveTargets ListTargetsByRule PutEvents TestEventPattern
        TagResource UntagResource ListTagsForResource""".split(),
    "scheduler": ALL,
    "cloudtrail": "LookupEvents".split(),
    "logs": """
        CreateLogGroup DeleteLogGroup DescribeLogGroups CreateLogStream
        DeleteLogStream DescribeLogStreams PutLogEvents GetLogEvents
        FilterLogEvents PutRetentionPolicy DeleteRetentionPolicy
        AssociateKmsKey DisassociateKmsKey TagResource UntagResource
        ListTagsForResource""".split(),
    "lambda": """
        CreateFunction GetFunction GetFunctionConfiguration ListFunctions
        UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction Invoke
        AddPermission RemovePermission GetPolicy PublishLayerVersion
        GetLayerVersion GetLayerVersionByArn ListLayers ListLayerVersions
        DeleteLayerVersion AddLayerVersionPermission
        RemoveLayerVersionPermission GetLayerVersionPolicy
        CreateEventSourceMapping GetEventSourceMapping ListEventSourceMappings
        UpdateEventSourceMapping DeleteEventSourceMapping
        PutFunctionEventInvokeConfig GetFunctionEventInvokeConfig
        DeleteFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig
        ListFunctionEventInvokeConfigs PutFunctionConcurrency
        GetFunctionConcurrency DeleteFunctionConcurrency TagResource
        UntagResource ListTags""".split(),
    "ec2": """
        CreateSnapshot CreateSnapshots CopySnapshot DeleteSnapshot
        DescribeSnapshots DescribeSnapshotAttribute ModifySnapshotAttribute
        ResetSnapshotAttribute CopyImage CreateImage RegisterImage
        DeregisterImage DescribeImages DescribeImageAttribute
        ModifyImageAttribute ResetImageAttribute CreateVolume DeleteVolume
        DescribeVolumes CreateTags DeleteTags DescribeTags
        GetEbsDefaultKmsKeyId ModifyEbsDefaultKmsKeyId ResetEbsDefaultKmsKeyId
        GetEbsEncryptionByDefault EnableEbsEncryptionByDefault
        DisableEbsEncryptionByDefault LockSnapshot UnlockSnapshot
        DescribeLockedSnapshots""".split(),
    "rds": """
        CreateDBSnapshot CopyDBSnapshot DeleteDBSnapshot DescribeDBSnapshots
        DescribeDBSnapshotAttributes ModifyDBSnapshotAttribute
        CreateDBClusterSnapshot CopyDBClusterSnapshot DeleteDBClusterSnapshot
        DescribeDBClusterSnapshots DescribeDBClusterSnapshotAttributes
        ModifyDBClusterSnapshotAttribute CreateDBInstance DescribeDBInstances
        DeleteDBInstance CreateDBCluster DescribeDBClusters DeleteDBCluster
        AddTagsToResource RemoveTagsFromResource ListTagsForResource""".split(),
    "sts": """
        GetCallerIdentity AssumeRole GetSessionToken
        GetAccessKeyInfo""".split(),
    "iam": """
        CreateRole GetRole DeleteRole ListRoles PutRolePolicy GetRolePolicy
        DeleteRolePolicy ListRolePolicies UpdateAssumeRolePolicy
        CreateUser GetUser DeleteUser PutUserPolicy GetUserPolicy
        DeleteUserPolicy ListUserPolicies
        CreateAccessKey DeleteAccessKey ListAccessKeys UpdateAccessKey
        CreatePolicy GetPolicy DeletePolicy ListPolicies
        CreatePolicyVersion GetPolicyVersion DeletePolicyVersion
        ListPolicyVersions SetDefaultPolicyVersion ListEntitiesForPolicy
        AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies
        AttachUserPolicy DetachUserPolicy ListAttachedUserPolicies
        PutRolePermissionsBoundary DeleteRolePermissionsBoundary
        PutUserPermissionsBoundary DeleteUserPermissionsBoundary
        CreateGroup GetGroup DeleteGroup ListGroups AddUserToGroup
        RemoveUserFromGroup ListGroupsForUser PutGroupPolicy GetGroupPolicy
        DeleteGroupPolicy ListGroupPolicies AttachGroupPolicy
        DetachGroupPolicy ListAttachedGroupPolicies
        ListUsers UpdateRole TagRole UntagRole ListRoleTags TagUser UntagUser
        ListUserTags CreateServiceLinkedRole
        CreateInstanceProfile GetInstanceProfile DeleteInstanceProfile
        ListInstanceProfiles ListInstanceProfilesForRole
        AddRoleToInstanceProfile RemoveRoleFromInstanceProfile
        TagInstanceProfile UntagInstanceProfile
        ListInstanceProfileTags GetAccountAuthorizationDetails""".split(),
}

# What botocore leaves out, by service and shape: the codes that an awsQueryCompatible
# service tells in x-amzn-query-error (aws-sdk-go-v2, service/sqs/schemas) ...
QUERY_CODES = {"sqs": {
    "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    "BatchRequestTooLong": "AWS.SimpleQueueService.BatchRequestTooLong",
    "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
    "InvalidBatchEntryId": "AWS.SimpleQueueService.InvalidBatchEntryId",
    "KmsAccessDenied": "KMS.AccessDeniedException",
    "KmsDisabled": "KMS.DisabledException",
    "KmsInvalidKeyUsage": "KMS.InvalidKeyUsageException",
    "KmsInvalidState": "KMS.InvalidStateException",
    "KmsNotFound": "KMS.NotFoundException",
    "KmsOptInRequired": "KMS.OptInRequired",
    "KmsThrottled": "KMS.ThrottlingException",
    "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
    "PurgeQueueInProgress": "AWS.SimpleQueueService.PurgeQueueInProgress",
    "QueueDeletedRecently": "AWS.SimpleQueueService.QueueDeletedRecently",
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    "UnsupportedOperation": "AWS.SimpleQueueService.UnsupportedOperation",
}}

# ... the names of the root elements of answers (S3 API Reference, "Response
# Syntax" of each action) ...
ROOTS = {"s3": {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CreateSession": "CreateSessionResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLocation": "LocationConstraint",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationResult",
    "ListBucketIntelligentTieringConfigurations": "ListBucketIntelligentTieringConfigurationsResult",
    "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
    "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectAnnotations": "ListObjectAnnotationsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
    "PutObjectAnnotation": "PutObjectAnnotationResult",
}}

# ... the one answer that is its only member, without an element for it ...
UNWRAPPED = {"s3": ["GetBucketLocation"]}

# ... and the unions that botocore takes for structures.
UNIONS = {"s3": ["AnalyticsFilter", "MetricsFilter"]}

METADATA = """apiVersion endpointPrefix signingName protocol targetPrefix
    jsonVersion xmlNamespace awsQueryCompatible""".split()

# Traits of a shape or of a member that bear on the wire or on validation. A
# model with one that the codec does not know does not load.
TRAITS = """type enum min max pattern sensitive flattened locationName location
    queryName timestampFormat payload streaming xmlNamespace xmlAttribute union
    document eventstream eventpayload exception fault""".split()


def trimmed(source):
    return {k: source[k] for k in TRAITS if source.get(k) not in (None, False)}


def references(shape):
    for member in shape.get("members", {}).values():
        yield member["shape"]
    for part in ("member", "key", "value"):
        if part in shape:
            yield shape[part]["shape"]


def trim_shape(shape):
    out = trimmed(shape)
    if "error" in shape:
        kept = ("code", "httpStatusCode")
        out["error"] = {k: v for k, v in shape["error"].items() if k in kept}
    if "members" in shape:
        # A list, because the order of the declaration is that of validation.
        required = set(shape.get("required", ()))
        out["members"] = [
            {"name": name, "shape": m["shape"], **trimmed(m)}
            | ({"required": True} if name in required else {})
            for name, m in shape["members"].items()
        ]
    for part in ("member", "key", "value"):
        if part in shape:
            out[part] = {"shape": shape[part]["shape"], **trimmed(shape[part])}
    return out


def trim_address(op):
    http = op.get("http", {})
    return {"method": http.get("method", "POST"), "uri": http.get("requestUri", "/")}


def trim_operation(op):
    http = op.get("http", {})
    out = trim_address(op)
    if op.get("deprecated"):
        out["deprecated"] = True
    if op.get("httpChecksum", {}).get("requestChecksumRequired"):
        out["checksumRequired"] = True
    if "responseCode" in http:
        out["status"] = http["responseCode"]
    for part in ("input", "output"):
        if part in op:
            out[part] = op[part]["shape"]
            for k in ("resultWrapper", "locationName", "xmlNamespace"):
                if k in op[part]:
                    out[k] = op[part][k]
    out["errors"] = [e["shape"] for e in op.get("errors", ())]
    return out


def trim(service, model, wanted):
    operations = model["operations"]
    rest = model["metadata"]["protocol"].startswith("rest-")
    names = sorted(operations) if wanted == ALL else wanted
    for name in names:
        if name not in operations:
            sys.exit(f"{model['metadata']['serviceId']} has no operation {name}")
    todo = {operations[n][p]["shape"] for n in names for p in ("input", "output") if p in operations[n]}
    # Every error of the service: the common ones are declared on few operations.
    todo |= {n for n, s in model["shapes"].items() if s.get("exception")}
    shapes = {}
    while todo:
        name = todo.pop()
        if name not in shapes:
            shapes[name] = trim_shape(model["shapes"][name])
            todo.update(references(model["shapes"][name]))
    # Where the address names the operation, it is kept for those without shapes.
    bare = {n: trim_address(o) | {"bare": True} if rest else None for n, o in operations.items()}
    kept = {n: trim_operation(operations[n]) if n in names else bare[n] for n in sorted(operations)}
    for name, code in QUERY_CODES.get(service, {}).items():
        shapes[name]["queryCode"] = code
    for name, root in ROOTS.get(service, {}).items():
        kept[name]["root"] = root
    for name in UNWRAPPED.get(service, ()):
        kept[name]["unwrapped"] = True
    for name in UNIONS.get(service, ()):
        shapes[name]["union"] = True
    return {
        "metadata": {k: model["metadata"][k] for k in METADATA if k in model["metadata"]},
        "operations": kept,
        "shapes": dict(sorted(shapes.items())),
    }


def lines(model):
    """One operation or shape a line: compact, and still readable in a diff."""
    def compact(v):
        return json.dumps(v, separators=(",", ":"), ensure_ascii=True)

    def table(entries):
        return "{\n" + ",\n".join(f"{compact(k)}:{compact(v)}" for k, v in entries.items()) + "\n}"

    return (f'{{"metadata":{compact(model["metadata"])},\n'
            f'"operations":{table(model["operations"])},\n'
            f'"shapes":{table(model["shapes"])}}}\n')


def newest(data, service):
    dates = sorted(p for p in (data / service).iterdir() if p.is_dir())
    return json.loads(gzip.decompress((dates[-1] / "service-2.json.gz").read_bytes()))


def main():
    found = importlib.metadata.version("botocore")
    if found != PINNED:
        sys.exit(f"botocore {found} is installed, and the models are made from {PINNED}")
    data = pathlib.Path(importlib.metadata.distribution("botocore").locate_file("botocore/data"))
    out = pathlib.Path(__file__).resolve().parent.parent / "lab" / "wire" / "models"
    for service, wanted in WANTED.items():
        (out / f"{service}.json").write_text(lines(trim(service, newest(data, service), wanted)))
    (out / "NOTICE").write_text(
        f"The service models in this folder derive from botocore {PINNED}, "
        "Copyright Amazon.com, Inc. or its affiliates, under the Apache License 2.0. "
        "They were trimmed by scripts/models.py.\n")


if __name__ == "__main__":
    main()

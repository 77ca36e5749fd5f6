package main

import (
	"rekey/functions/rotate"
)

// The keys that the function is about: those of this Region, and the replicas in
// others of keys of this Region, whose ids begin with mrk- (KMS Developer Guide,
// "Multi-Region keys in AWS KMS").
const (
	keysHere      = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*"
	familiesHere  = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/mrk-*"
	families      = "arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/mrk-*"
	aliases       = "arn:${AWS::Partition}:kms:*:${AWS::AccountId}:alias/*"
	multiRegion   = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/mrk.kms.amazonaws.com/AWSServiceRoleForKeyManagementServiceMultiRegionKeys"
	whichKeys     = "which keys there are, and which of them are to be rotated, is found out by sweeps and told by tags"
	whichNewKeys  = "the keys do not exist before the function makes them; their tag tells them from others"
	withoutTarget = "the actions have no resources (Service Authorization Reference, AWS KMS)"
)

// What the function calls things that only policies name here.
const (
	openJobs    = "open/*"             // records of the journal
	materialFor = "rekey:material-for" // of the encryption context of sealed material
	trialName   = "rekey"              // of that of a trial
	trialValue  = "canary"
)

// has wants a condition key to be there.
func has(key string) conditions { return conditions{"Null": {key: "false"}} }

// permissions are what the function needs to see and to tell, and where it applies
// its plans, to do so.
func (r *rotation) permissions() []statement {
	all := append(r.reading(), r.journalling()...)
	if r.config.Materials.Objects != "" {
		all = append(all, r.materials()...)
	}
	if r.config.Apply {
		all = append(all, r.trying()...)
		all = append(all, r.succeeding()...)
		all = append(all, r.carrying()...)
	}
	return all
}

// reading changes nothing: it is all that a plan takes.
func (r *rotation) reading() []statement {
	return []statement{
		{sid: "ListKeys", actions: []string{"kms:ListKeys", "kms:ListAliases"}, resources: []string{"*"}, wide: withoutTarget},
		{
			sid: "ReadKeys", resources: []string{keysHere}, wide: whichKeys,
			actions: []string{
				"kms:DescribeKey", "kms:GetKeyLastUsage", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListKeyRotations", "kms:ListResourceTags",
			},
		},
		{
			sid: "ReadReplicas", resources: []string{families}, wide: whichKeys,
			actions: []string{
				"kms:DescribeKey", "kms:GetKeyLastUsage", "kms:GetKeyPolicy", "kms:ListGrants", "kms:ListKeyRotations", "kms:ListResourceTags",
			},
		},
		{
			sid: "ReadIdentities", actions: []string{"iam:GetAccountAuthorizationDetails"}, resources: []string{"*"},
			wide: "the action has no resources (Service Authorization Reference, AWS IAM); without it nobody can say who would lose access",
		},
	}
}

// journalling keeps the journal, of which nothing but marks of what is unfinished is
// ever deleted, and tells of what is in it.
func (r *rotation) journalling() []statement {
	objects := func(names string) string { return *r.journal.ArnForObjects(&names) }
	all := []statement{
		// Without the right to list, S3 tells of a record that is not there as of one that
		// is denied (API reference, GetObject).
		{sid: "ListJournal", actions: []string{"s3:ListBucket"}, resources: []string{*r.journal.BucketArn()}},
		{
			sid: "KeepJournal", actions: []string{"s3:GetObject", "s3:PutObject"}, resources: []string{objects("*")},
			wide: "the bucket is the journal's alone, with a record for each key",
		},
		{
			sid: "CloseJobs", actions: []string{"s3:DeleteObject"}, resources: []string{objects(openJobs)},
			wide: "there is a mark for each key whose job is unfinished",
		},
		{
			sid: "UseKey", actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, resources: []string{*r.key.KeyArn()}, conditions: r.viaServices("s3", "sns"),
		},
		{sid: "Tell", actions: []string{"sns:Publish"}, resources: append([]string{*r.notices.TopicArn()}, r.config.Topics...)},
	}
	if len(r.config.TopicKeys) > 0 {
		all = append(all, statement{
			sid: "TellEncrypted", actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, resources: r.config.TopicKeys,
			conditions: conditions{"StringLike": {"kms:ViaService": "sns.*." + *r.stack.UrlSuffix()}}, // in the topic's Region
		})
	}
	return all
}

// materials finds sealed key material, and where it is to be imported, opens it.
func (r *rotation) materials() []statement {
	m := r.config.Materials
	importing := []string{"kms:GetParametersForImport", "kms:ImportKeyMaterial"}
	bucket, prefix := "arn:${AWS::Partition}:s3:::"+m.Bucket(), m.Prefix()+"/*"
	all := []statement{
		{sid: "ListMaterials", actions: []string{"s3:ListBucket"}, resources: []string{bucket}, conditions: conditions{"StringLike": {"s3:prefix": prefix}}},
	}
	if !r.config.Apply {
		return all
	}
	all = append(all,
		statement{
			sid: "ReadMaterials", actions: []string{"s3:GetObject"}, resources: []string{bucket + "/" + prefix},
			wide: "each key's material lies under its id",
		},
		statement{sid: "OpenMaterials", actions: []string{"kms:Decrypt"}, resources: m.Keys, conditions: has("kms:EncryptionContext:" + materialFor)},
		// Whoever knows the material of a key needs no permission to decrypt what it
		// encrypts. A replica takes nothing but what its primary key has (API reference,
		// ImportKeyMaterial, ImportType).
		statement{sid: "ImportMaterials", actions: importing, resources: []string{keysHere}, wide: whichKeys, conditions: r.wanted()},
		statement{
			sid: "ImportIntoReplicas", actions: importing, resources: []string{families}, wide: whichKeys,
			conditions: conditions{}.and("StringEquals", "kms:MultiRegionKeyType", "REPLICA"),
		})
	if len(m.StorageKeys) > 0 {
		all = append(all, statement{
			sid: "StoredMaterials", actions: []string{"kms:Decrypt"}, resources: m.StorageKeys, conditions: r.viaServices("s3"),
		})
	}
	return all
}

// wanted bounds what is done to keys to those that are to be rotated: by their tag, or
// where keys without it are meant too, to those that are not tagged off.
func (r *rotation) wanted() conditions {
	tag := "aws:ResourceTag/" + rotate.TagRotate
	if off, _, err := rotate.ParseWay(r.config.Rotate); err != nil || off {
		return has(tag)
	}
	return conditions{"StringNotEquals": {tag: "off"}}
}

// and adds a condition.
func (c conditions) and(operator, key string, values ...string) conditions {
	if c[operator] == nil {
		c[operator] = map[string]any{}
	}
	c[operator][key] = values
	return c
}

// trying uses keys for a trial, and rehearses it on the old key. A symmetric key opens
// nothing but what was encrypted for a trial. The others have no such bound: those that
// are wanted to be rotated are tried, each replica by a tag of its own.
func (r *rotation) trying() []statement {
	return []statement{
		{
			sid: "TryKeys", actions: []string{"kms:Encrypt", "kms:Decrypt"}, resources: []string{keysHere, families}, wide: whichKeys,
			conditions: conditions{}.and("StringEquals", "kms:EncryptionContext:"+trialName, trialValue),
		},
		{
			sid: "TryKeyPairs", actions: []string{"kms:Encrypt", "kms:Decrypt"}, resources: []string{keysHere, families}, wide: whichKeys,
			conditions: r.wanted().and("StringEquals", "kms:EncryptionAlgorithm", "RSAES_OAEP_SHA_256", "SM2PKE"),
		},
		{
			sid: "TrySigners", resources: []string{keysHere, families}, conditions: r.wanted(), wide: whichKeys,
			actions: []string{"kms:Sign", "kms:Verify", "kms:GenerateMac", "kms:VerifyMac", "kms:DeriveSharedSecret", "kms:GetPublicKey"},
		},
	}
}

// succeeding makes successors of keys and moves aliases to them. An alias can be moved
// back at any time, so that this is not bounded by what is wanted of a key.
func (r *rotation) succeeding() []statement {
	const tagged = "aws:RequestTag/" + rotate.TagSuccessorOf
	return []statement{
		{sid: "RotateKeys", actions: []string{"kms:EnableKeyRotation", "kms:RotateKeyOnDemand"}, resources: []string{keysHere}, wide: whichKeys},
		{sid: "MakeSuccessors", actions: []string{"kms:CreateKey"}, resources: []string{"*"}, conditions: has(tagged), wide: withoutTarget},
		{ // A key that is being made has no alias. One that has must not come by the tags that other statements go by.
			sid: "TagSuccessors", actions: []string{"kms:TagResource"}, resources: []string{keysHere, families}, wide: whichNewKeys,
			conditions: has(tagged).and("Null", "kms:ResourceAliases", "true"),
		},
		{
			sid: "ReplicateSuccessors", actions: []string{"kms:ReplicateKey"}, resources: []string{familiesHere}, wide: whichNewKeys,
			conditions: has("aws:ResourceTag/" + rotate.TagSuccessorOf),
		},
		// KMS Developer Guide, "Authorizing AWS KMS to synchronize multi-Region keys".
		{sid: "SynchronizeSuccessors", actions: []string{"iam:CreateServiceLinkedRole"}, resources: []string{multiRegion}},
		{sid: "MoveAliases", actions: []string{"kms:UpdateAlias"}, resources: []string{aliases, keysHere, families}, wide: whichKeys},
		{
			sid: "MarkOld", actions: []string{"kms:TagResource", "kms:UntagResource"}, resources: []string{keysHere}, wide: whichKeys,
			conditions: has("aws:TagKeys").and("ForAllValues:StringEquals", "aws:TagKeys", rotate.TagSucceededBy),
		},
	}
}

// carrying makes the grants of a key on its successor, and rehearses them on the key.
// Whoever makes a grant may make one to itself: it is bounded to keys that get
// successors. Symmetric ones do in custom key stores, or where that is asked for; all
// others are rotated in place.
func (r *rotation) carrying() []statement {
	const origin, spec, symmetric = "kms:KeyOrigin", "kms:KeySpec", "SYMMETRIC_DEFAULT"
	asked := conditions{"StringEquals": {"aws:ResourceTag/" + rotate.TagRotate: string(rotate.Successor)}}
	if _, way, err := rotate.ParseWay(r.config.Rotate); err == nil && way == rotate.Successor {
		asked = r.wanted()
	}
	everywhere, grant := []string{keysHere, families}, []string{"kms:CreateGrant"}
	return []statement{
		{sid: "CarryGrants", actions: grant, resources: everywhere, wide: whichKeys, conditions: r.wanted().and("StringNotEquals", spec, symmetric)},
		{ // of one Region
			sid: "CarryGrantsInKeyStores", actions: grant, resources: []string{keysHere}, wide: whichKeys,
			conditions: r.wanted().and("StringEquals", origin, "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"),
		},
		{sid: "CarryGrantsOnRequest", actions: grant, resources: everywhere, wide: whichKeys, conditions: asked.and("StringEquals", spec, symmetric)},
	}
}

package rotate_test

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/functions/rotate"
	"rekey/lab/leastprivilege"
	"rekey/shared/keyid"
	"rekey/shared/wiring"
)

// boundPaths are what the policies refuse to code that somebody put into the function.
var boundPaths = []leastprivilege.Path{
	sitePath("the function uses no key that nobody wants rotated, but for trials", site.unwanted,
		"kms:Sign", "kms:Encrypt", "kms:Decrypt", "kms:CreateGrant", "kms:GetParametersForImport", "kms:ImportKeyMaterial", "kms:ReplicateKey"),
	sitePath("the function makes no grants on a symmetric key that is rotated in place", site.ungranted, "kms:CreateGrant"),
	sitePath("the function makes and tags nothing but successors", site.untagged, "kms:CreateKey", "kms:TagResource", "kms:UntagResource"),
	sitePath("the function takes nothing from a key", site.untouched,
		"kms:DisableKey", "kms:ScheduleKeyDeletion", "kms:DeleteAlias", "kms:DisableKeyRotation", "kms:PutKeyPolicy", "kms:RevokeGrant"),
	sitePath("the function uses the keys of others through their services, and for its materials alone", site.directly, "kms:Decrypt", "kms:GenerateDataKey"),
	sitePath("the function reads and writes its journal and its materials alone", site.elsewhere, "s3:ListBucket", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
}

// self calls as the function does, in a Region.
func (s site) self() (aws.Config, error) {
	return s.Assumed("lambda.amazonaws.com", s.output("FunctionRole"), functionName)
}

func errOf[T any](_ T, err error) error { return err }

func (s site) unwanted() error {
	who, err := s.self()
	if err != nil {
		return err
	}
	c := kms.NewFromConfig(who)
	empty, err := s.create(kms.CreateKeyInput{Origin: types.OriginTypeExternal, MultiRegion: aws.Bool(true)}, nil)
	if err != nil {
		return err
	}
	made := map[string]*string{}
	for kind, in := range siteKinds {
		in.MultiRegion = aws.Bool(true)
		key, err := s.create(in, nil)
		if err != nil {
			return err
		}
		made[kind] = &key
	}
	x := []byte("x")
	return errors.Join(
		denied("kms:Sign", errOf(c.Sign(s.ctx, &kms.SignInput{KeyId: made["signing"], Message: x, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256}))),
		denied("kms:Encrypt", errOf(c.Encrypt(s.ctx, &kms.EncryptInput{KeyId: made["symmetric"], Plaintext: x}))),
		denied("kms:Decrypt", errOf(c.Decrypt(s.ctx, &kms.DecryptInput{KeyId: made["symmetric"], CiphertextBlob: x}))),
		denied("kms:Encrypt", errOf(c.Encrypt(s.ctx, &kms.EncryptInput{KeyId: made["pair"], Plaintext: x, EncryptionAlgorithm: types.EncryptionAlgorithmSpecRsaesOaepSha256}))),
		denied("kms:CreateGrant", errOf(c.CreateGrant(s.ctx, &kms.CreateGrantInput{
			KeyId: made["mac"], GranteePrincipal: aws.String(s.output("FunctionRole")), Operations: []types.GrantOperation{types.GrantOperationGenerateMac},
		}))),
		denied("kms:GetParametersForImport", errOf(c.GetParametersForImport(s.ctx, &kms.GetParametersForImportInput{
			KeyId: &empty, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
		}))),
		denied("kms:ImportKeyMaterial", errOf(c.ImportKeyMaterial(s.ctx, &kms.ImportKeyMaterialInput{
			KeyId: &empty, ImportToken: x, EncryptedKeyMaterial: x, ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
		}))),
		denied("kms:ReplicateKey", errOf(c.ReplicateKey(s.ctx, &kms.ReplicateKeyInput{
			KeyId: made["mac"], ReplicaRegion: aws.String(string(farRegion)), Tags: siteTags{rotate.TagSuccessorOf: "x"}.tags(),
		}))))
}

func (s site) ungranted() error {
	who, err := s.self()
	if err != nil {
		return err
	}
	key, err := s.create(kms.CreateKeyInput{}, siteOften)
	if err != nil {
		return err
	}
	_, err = kms.NewFromConfig(who).CreateGrant(s.ctx, &kms.CreateGrantInput{
		KeyId: &key, GranteePrincipal: aws.String(s.output("FunctionRole")), Operations: []types.GrantOperation{types.GrantOperationDecrypt},
	})
	return denied("kms:CreateGrant", err)
}

func (s site) untagged() error {
	who, err := s.self()
	if err != nil {
		return err
	}
	key, err := s.create(kms.CreateKeyInput{}, siteOften)
	if err != nil {
		return err
	}
	named, err := s.create(kms.CreateKeyInput{}, nil)
	if err != nil {
		return err
	}
	if _, err := s.kms(siteRegion).CreateAlias(s.ctx, &kms.CreateAliasInput{AliasName: aws.String("alias/untagged"), TargetKeyId: &named}); err != nil {
		return err
	}
	c := kms.NewFromConfig(who)
	return errors.Join(
		denied("kms:CreateKey", errOf(c.CreateKey(s.ctx, &kms.CreateKeyInput{}))),
		denied("kms:TagResource", errOf(c.TagResource(s.ctx, &kms.TagResourceInput{KeyId: &key, Tags: siteTags{"team": "theirs"}.tags()}))),
		denied("kms:TagResource of a key that has an alias", errOf(c.TagResource(s.ctx, &kms.TagResourceInput{
			KeyId: &named, Tags: siteTags{rotate.TagSuccessorOf: "x", rotate.TagRotate: "on"}.tags(),
		}))),
		denied("kms:UntagResource", errOf(c.UntagResource(s.ctx, &kms.UntagResourceInput{KeyId: &key, TagKeys: []string{rotate.TagRotate}}))))
}

func (s site) untouched() error {
	who, err := s.self()
	if err != nil {
		return err
	}
	key, err := s.create(kms.CreateKeyInput{}, siteOften)
	if err != nil {
		return err
	}
	if err := s.outfit(siteRegion, key, "alias/untouched", s.output("FunctionRole")); err != nil {
		return err
	}
	grants, err := s.kms(siteRegion).ListGrants(s.ctx, &kms.ListGrantsInput{KeyId: &key})
	if err != nil {
		return err
	}
	policy, err := s.kms(siteRegion).GetKeyPolicy(s.ctx, &kms.GetKeyPolicyInput{KeyId: &key})
	if err != nil {
		return err
	}
	c := kms.NewFromConfig(who)
	return errors.Join(
		denied("kms:DisableKey", errOf(c.DisableKey(s.ctx, &kms.DisableKeyInput{KeyId: &key}))),
		denied("kms:ScheduleKeyDeletion", errOf(c.ScheduleKeyDeletion(s.ctx, &kms.ScheduleKeyDeletionInput{KeyId: &key}))),
		denied("kms:DeleteAlias", errOf(c.DeleteAlias(s.ctx, &kms.DeleteAliasInput{AliasName: aws.String("alias/untouched")}))),
		denied("kms:DisableKeyRotation", errOf(c.DisableKeyRotation(s.ctx, &kms.DisableKeyRotationInput{KeyId: &key}))),
		denied("kms:PutKeyPolicy", errOf(c.PutKeyPolicy(s.ctx, &kms.PutKeyPolicyInput{KeyId: &key, Policy: policy.Policy}))),
		denied("kms:RevokeGrant", errOf(c.RevokeGrant(s.ctx, &kms.RevokeGrantInput{KeyId: &key, GrantId: grants.Grants[0].GrantId}))))
}

func (s site) directly() error {
	who, err := s.self()
	if err != nil {
		return err
	}
	c, root := kms.NewFromConfig(who), s.kms(siteRegion)
	var all []error
	for _, alias := range []string{ofStorage, ofMaterials, ofTopic} {
		key, err := s.behind(siteRegion, alias)
		if err != nil {
			return err
		}
		sealed, err := root.Encrypt(s.ctx, &kms.EncryptInput{KeyId: &key, Plaintext: []byte("x")})
		if err != nil {
			return err
		}
		all = append(all,
			denied("kms:Decrypt of "+alias, errOf(c.Decrypt(s.ctx, &kms.DecryptInput{KeyId: &key, CiphertextBlob: sealed.CiphertextBlob}))),
			denied("kms:GenerateDataKey of "+alias, errOf(c.GenerateDataKey(s.ctx, &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256}))))
	}
	for _, key := range []string{s.output("KeyArn"), s.Stack(operationsStack).Outputs["KeyArn"]} {
		all = append(all, denied("kms:GenerateDataKey of "+key, errOf(c.GenerateDataKey(s.ctx, &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256}))))
	}
	return errors.Join(all...)
}

func (s site) elsewhere() error {
	who, err := s.self()
	if err != nil {
		return err
	}
	arn, err := keyid.ParseARN("arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000001")
	if err != nil {
		return err
	}
	if err := s.seal(arn, []byte("x")); err != nil {
		return err
	}
	c := s3.NewFromConfig(who, wiring.PathStyle)
	journal := aws.String(s.output("JournalBucket"))
	return errors.Join(
		denied("s3:ListBucket", errOf(c.ListObjectsV2(s.ctx, &s3.ListObjectsV2Input{Bucket: aws.String(materialsBucket)}))),
		denied("s3:GetObject", errOf(c.GetObject(s.ctx, &s3.GetObjectInput{Bucket: aws.String(materialsBucket), Key: aws.String("elsewhere")}))),
		denied("s3:PutObject", errOf(c.PutObject(s.ctx, &s3.PutObjectInput{Bucket: aws.String(materialsBucket), Key: aws.String("next/x")}))),
		denied("s3:DeleteObject", errOf(c.DeleteObject(s.ctx, &s3.DeleteObjectInput{Bucket: journal, Key: aws.String("successor/eu-west-1/x.json")}))))
}

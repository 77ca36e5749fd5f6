package rotate_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/functions/rotate"
	"rekey/lab/leastprivilege"
	"rekey/shared/keyid"
)

// siteKinds are those of keys that get a successor.
var siteKinds = map[string]kms.CreateKeyInput{
	"signing":   {KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify},
	"mac":       {KeySpec: types.KeySpecHmac256, KeyUsage: types.KeyUsageTypeGenerateVerifyMac},
	"agreement": {KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeKeyAgreement},
	"pair":      {KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeEncryptDecrypt},
	"symmetric": {},
}

// successorPaths are the rotations that make another key.
var successorPaths = []leastprivilege.Path{
	sitePath("a signing key gets a successor with everything it had, and a rollback takes it back", quietly(site.succession)),
	sitePath("a MAC key gets a successor", quietly(func(s site) error { return s.succeed("mac", false) })),
	sitePath("a key of a key agreement gets a successor", quietly(func(s site) error { return s.succeed("agreement", false) })),
	sitePath("a key pair for encryption gets a successor", quietly(func(s site) error { return s.succeed("pair", false) })),
	sitePath("a symmetric key gets a successor where its owner wants one", quietly(func(s site) error { return s.succeed("symmetric", false) })),
	sitePath("a key in a custom key store gets a successor", quietly(site.stored)),
	sitePath("a multi-Region signing key gets a successor with its replica", quietly(func(s site) error { return s.succeed("signing", true) })),
	sitePath("a multi-Region MAC key gets a successor with its replica", quietly(func(s site) error { return s.succeed("mac", true) })),
	sitePath("a multi-Region key of a key agreement gets a successor with its replica", quietly(func(s site) error { return s.succeed("agreement", true) })),
	sitePath("a multi-Region key pair gets a successor with its replica", quietly(func(s site) error { return s.succeed("pair", true) })),
	sitePath("a multi-Region symmetric key gets a successor with its replica", quietly(func(s site) error { return s.succeed("symmetric", true) })),
}

func (s site) succession() error {
	if err := s.succeed("signing", false); err != nil {
		return err
	}
	alias := siteAlias("signing", false)
	next, err := s.behind(siteRegion, alias)
	if err != nil {
		return err
	}
	if _, err := s.ask(rotate.Request{Action: rotate.ToRollBack, Keys: []string{alias}}); err != nil {
		return err
	}
	switch now, err := s.behind(siteRegion, alias); {
	case err != nil:
		return err
	case now == next:
		return errors.New("the rollback left the alias at the successor")
	}
	return s.nothingOpen()
}

func siteAlias(kind string, multiRegion bool) string {
	if multiRegion {
		return "alias/all-of-" + kind
	}
	return "alias/" + kind
}

// succeed makes a key of a kind, with an alias and a grant in each of its Regions, and
// has the function rotate it.
func (s site) succeed(kind string, multiRegion bool) error {
	in := siteKinds[kind]
	in.MultiRegion = &multiRegion
	return s.succeedBy(in, siteAlias(kind, multiRegion), siteTags{rotate.TagRotate: string(rotate.Successor), rotate.TagEvery: "30d"})
}

// stored rotates a key in a custom key store, for which its owner asks for no way.
func (s site) stored() error {
	c := s.kms(siteRegion)
	store, err := c.CreateCustomKeyStore(s.ctx, &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: aws.String("vault"), CloudHsmClusterId: aws.String("cluster-" + strings.Repeat("a", 11)),
		TrustAnchorCertificate: aws.String("certificate"), KeyStorePassword: aws.String("password"),
	})
	if err != nil {
		return err
	}
	if _, err := c.ConnectCustomKeyStore(s.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: store.CustomKeyStoreId}); err != nil {
		return err
	}
	s.Lab.World.Advance(time.Hour)
	return s.succeedBy(kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: store.CustomKeyStoreId}, "alias/stored", siteOften)
}

// succeedBy is succeed for any key, alias and tags.
func (s site) succeedBy(in kms.CreateKeyInput, alias string, w siteTags) error {
	multiRegion := aws.ToBool(in.MultiRegion)
	old, err := s.create(in, w)
	if err != nil {
		return err
	}
	regions := []keyid.Region{siteRegion}
	if multiRegion {
		regions = append(regions, farRegion)
		_, err := s.kms(siteRegion).ReplicateKey(s.ctx, &kms.ReplicateKeyInput{KeyId: &old, ReplicaRegion: aws.String(string(farRegion)), Tags: w.tags()})
		if err != nil {
			return err
		}
		s.Lab.World.Advance(time.Minute)
	}
	grantee, err := s.Role(s.ctx, siteAccount, strings.NewReplacer("alias/", "", "-", "").Replace(alias), "")
	if err != nil {
		return err
	}
	for _, r := range regions {
		if err := s.outfit(r, old, alias, grantee); err != nil {
			return err
		}
	}
	if err := s.apply(old); err != nil {
		return err
	}
	for _, r := range regions {
		if err := s.tookOver(r, old, alias, grantee); err != nil {
			return err
		}
	}
	return s.nothingOpen()
}

// replicaIn is the ARN of a key's replica in a Region.
func replicaIn(region keyid.Region, key string) (string, error) {
	arn, err := keyid.ParseARN(key)
	return arn.In(region).String(), err
}

// outfit gives a key what its successor has to carry on.
func (s site) outfit(region keyid.Region, old, alias, grantee string) error {
	key, err := replicaIn(region, old)
	if err != nil {
		return err
	}
	c := s.kms(region)
	_, bad := c.CreateAlias(s.ctx, &kms.CreateAliasInput{AliasName: &alias, TargetKeyId: &key})
	_, worse := c.CreateGrant(s.ctx, &kms.CreateGrantInput{
		KeyId: &key, Name: aws.String("reader"), GranteePrincipal: &grantee, Operations: []types.GrantOperation{types.GrantOperationDescribeKey},
	})
	return errors.Join(bad, worse)
}

// tookOver looks whether a successor has it.
func (s site) tookOver(region keyid.Region, old, alias, grantee string) error {
	key, err := replicaIn(region, old)
	if err != nil {
		return err
	}
	next, err := s.behind(region, alias)
	if err != nil {
		return err
	}
	if next == key {
		return fmt.Errorf("%s in %s is at the old key", alias, region)
	}
	grants, err := s.kms(region).ListGrants(s.ctx, &kms.ListGrantsInput{KeyId: &next})
	if err != nil {
		return err
	}
	if len(grants.Grants) != 1 || *grants.Grants[0].GranteePrincipal != grantee {
		return fmt.Errorf("the grants of the successor %s: %+v", next, grants.Grants)
	}
	return nil
}

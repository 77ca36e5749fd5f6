package iam

import (
	"encoding/base64"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// rootSecret goes with an access key id of twelve digits, which is that
// account's root user: the convention that people know from emulators.
const rootSecret = "test"

type accessKey struct {
	id, secret string
	owner      *user
	created    time.Time
}

// AccessKey finds the credentials of a root user or of a user.
func (s *Service) AccessKey(id string) (world.AccessKey, bool) {
	if _, err := keyid.ParseAccount(id); err == nil {
		root, err := keypolicy.ParsePrincipal("arn:aws:iam::" + id + ":root")
		if err != nil {
			return world.AccessKey{}, false
		}
		return world.AccessKey{ID: id, Secret: rootSecret, Caller: world.Caller{UserID: id, Principal: root}}, true
	}
	k := s.keys[id]
	if k == nil {
		return world.AccessKey{}, false
	}
	p, err := keypolicy.ParsePrincipal(k.owner.arn)
	if err != nil {
		return world.AccessKey{}, false
	}
	return world.AccessKey{ID: id, Secret: k.secret, Caller: world.Caller{UserID: k.owner.id, Principal: p}}, true
}

// keysOf gives a user's access keys, oldest first: ids are counted.
func (s *Service) keysOf(u *user) []*accessKey {
	var keys []*accessKey
	for _, k := range world.Sorted(s.keys) {
		if k.owner == u {
			keys = append(keys, k)
		}
	}
	return keys
}

// createAccessKey allows two keys a user (IAM User Guide, "IAM and AWS STS
// quotas").
func (s *Service) createAccessKey(c *world.Call, in *iam.CreateAccessKeyInput) (*iam.CreateAccessKeyOutput, error) {
	u, err := s.user(c, in.UserName)
	if err != nil {
		return nil, err
	}
	if len(s.keysOf(u)) >= 2 {
		return nil, &types.LimitExceededException{Message: new("Cannot exceed quota for AccessKeysPerUser: 2")}
	}
	k := &accessKey{
		id: s.world.Text("accesskey", "AKIA", 16), secret: base64.StdEncoding.EncodeToString(s.world.Bytes(30)), owner: u, created: c.Time,
	}
	s.keys[k.id] = k
	return &iam.CreateAccessKeyOutput{AccessKey: &types.AccessKey{
		AccessKeyId: &k.id, SecretAccessKey: &k.secret, UserName: &u.name, Status: types.StatusTypeActive, CreateDate: second(k.created),
	}}, nil
}

func (s *Service) deleteAccessKey(c *world.Call, in *iam.DeleteAccessKeyInput) (*iam.DeleteAccessKeyOutput, error) {
	u, err := s.user(c, in.UserName)
	if err != nil {
		return nil, err
	}
	if k := s.keys[*in.AccessKeyId]; k == nil || k.owner != u {
		return nil, noSuch("The Access Key with id " + *in.AccessKeyId + " cannot be found.")
	}
	delete(s.keys, *in.AccessKeyId)
	return &iam.DeleteAccessKeyOutput{}, nil
}

func (s *Service) listAccessKeys(c *world.Call, in *iam.ListAccessKeysInput) (*iam.ListAccessKeysOutput, error) {
	u, err := s.user(c, in.UserName)
	if err != nil {
		return nil, err
	}
	some, next, err := page(c, s.keysOf(u), func(k *accessKey) string { return k.id }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iam.ListAccessKeysOutput{AccessKeyMetadata: []types.AccessKeyMetadata{}, Marker: next, IsTruncated: next != nil}
	for _, k := range some {
		out.AccessKeyMetadata = append(out.AccessKeyMetadata, types.AccessKeyMetadata{
			AccessKeyId: &k.id, UserName: &u.name, Status: types.StatusTypeActive, CreateDate: second(k.created),
		})
	}
	return out, nil
}

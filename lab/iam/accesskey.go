package iam

import (
	"encoding/base64"
	"strings"
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
	inactive   bool
}

func (k *accessKey) status() types.StatusType {
	if k.inactive {
		return types.StatusTypeInactive
	}
	return types.StatusTypeActive
}

// AccessKey finds the credentials of a root user or of a user. An inactive key
// signs nothing: that its caller is told so as for an unknown one is reported.
func (s *Service) AccessKey(id string) (world.AccessKey, bool) {
	if _, err := keyid.ParseAccount(id); err == nil {
		root, err := keypolicy.ParsePrincipal("arn:aws:iam::" + id + ":root")
		if err != nil {
			return world.AccessKey{}, false
		}
		return world.AccessKey{ID: id, Secret: rootSecret, Caller: world.Caller{UserID: id, Principal: root}}, true
	}
	k := s.keys[id]
	if k == nil || k.inactive {
		return world.AccessKey{}, false
	}
	p, err := keypolicy.ParsePrincipal(k.owner.ARN)
	if err != nil {
		return world.AccessKey{}, false
	}
	return world.AccessKey{ID: id, Secret: k.secret, Caller: world.Caller{UserID: k.owner.ID, Principal: p}}, true
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
	u, err := s.user(c, in.UserName, nil)
	if err != nil {
		return nil, err
	}
	if len(s.keysOf(u)) >= 2 {
		return nil, limitExceeded("Cannot exceed quota for AccessKeysPerUser: 2")
	}
	k := &accessKey{
		id: s.world.Text("accesskey", "AKIA", 16), secret: base64.StdEncoding.EncodeToString(s.world.Bytes(30)), owner: u, created: c.Time,
	}
	s.keys[k.id] = k
	return &iam.CreateAccessKeyOutput{AccessKey: &types.AccessKey{
		AccessKeyId: &k.id, SecretAccessKey: &k.secret, UserName: &u.Name, Status: k.status(), CreateDate: second(k.created),
	}}, nil
}

// accessKey finds one of a user's keys.
func (s *Service) accessKey(u *user, id string) (*accessKey, error) {
	if k := s.keys[id]; k != nil && k.owner == u {
		return k, nil
	}
	return nil, noSuch("The Access Key with id " + id + " cannot be found.")
}

func (s *Service) deleteAccessKey(c *world.Call, in *iam.DeleteAccessKeyInput) (*iam.DeleteAccessKeyOutput, error) {
	u, err := s.user(c, in.UserName, nil)
	if err != nil {
		return nil, err
	}
	k, err := s.accessKey(u, *in.AccessKeyId)
	if err != nil {
		return nil, err
	}
	delete(s.keys, k.id)
	return &iam.DeleteAccessKeyOutput{}, nil
}

func (s *Service) updateAccessKey(c *world.Call, in *iam.UpdateAccessKeyInput) (*iam.UpdateAccessKeyOutput, error) {
	u, err := s.user(c, in.UserName, nil)
	if err != nil {
		return nil, err
	}
	k, err := s.accessKey(u, *in.AccessKeyId)
	switch {
	case err != nil:
		return nil, err
	case in.Status != types.StatusTypeActive && in.Status != types.StatusTypeInactive:
		return nil, world.Unimplemented("access keys that are " + string(in.Status))
	}
	k.inactive = in.Status == types.StatusTypeInactive
	return &iam.UpdateAccessKeyOutput{}, nil
}

// Owner gives the account of an access key, active or not (STS API Reference,
// GetAccessKeyInfo).
func (s *Service) Owner(id string) (keyid.Account, bool) {
	k := s.keys[id]
	if k == nil {
		return "", false
	}
	return keyid.Account(strings.Split(k.owner.ARN, ":")[4]), true
}

func (s *Service) listAccessKeys(c *world.Call, in *iam.ListAccessKeysInput) (*iam.ListAccessKeysOutput, error) {
	u, err := s.user(c, in.UserName, nil)
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
			AccessKeyId: &k.id, UserName: &u.Name, Status: k.status(), CreateDate: second(k.created),
		})
	}
	return out, nil
}

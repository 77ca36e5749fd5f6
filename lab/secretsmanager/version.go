package secretsmanager

import (
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/world"
)

// version is one value of a secret.
type version struct {
	id       string
	created  time.Time
	accessed time.Time // a day; zero: never
	sealed   sealed
}

const (
	// versionLimit is the quota of versions; the User Guide, "Secrets Manager
	// quotas", gives it as about 100.
	versionLimit = 100
	// keptFor is how long even a version without labels is surely kept (API
	// reference, PutSecretValue).
	keptFor = 24 * time.Hour
)

func (x *secret) version(id string) *version {
	for _, v := range x.versions {
		if v.id == id {
			return v
		}
	}
	return nil
}

// room gives the versions that stay when one more is added. Versions without
// labels are deprecated; those of more than a day make room, the oldest first
// (API reference, PutSecretValue).
func (x *secret) room(now time.Time) ([]*version, error) {
	kept := slices.Clone(x.versions)
	for len(kept) >= versionLimit {
		i := slices.IndexFunc(kept, func(v *version) bool {
			return x.labelsOf(v.id) == nil && now.Sub(v.created) > keptFor
		})
		if i < 0 {
			return nil, limitExceeded("The request failed because it would exceed the quota of versions of a secret.")
		}
		kept = slices.Delete(kept, i, i+1)
	}
	return kept, nil
}

// putSecretValue adds a version, or finds that its token's version is there
// already with the same value.
func (s *Service) putSecretValue(c *world.Call, in *secretsmanager.PutSecretValueInput) (*secretsmanager.PutSecretValueOutput, error) {
	v, err := checkPut(in)
	if err != nil {
		return nil, err
	}
	t, err := s.writable(c, *in.SecretId, nil)
	if err != nil {
		return nil, err
	}
	if err := t.owned(c); err != nil {
		return nil, err
	}
	id := *in.ClientRequestToken
	if err := t.checkRotationToken(c, id, in.RotationToken); err != nil {
		return nil, err
	}
	if old := t.version(id); old != nil {
		if err := s.sameValue(c, t.secret, old, v); err != nil {
			return nil, err
		}
	} else if err := s.addVersion(c, t.secret, id, in.VersionStages, v); err != nil {
		return nil, err
	}
	return &secretsmanager.PutSecretValueOutput{
		ARN: &t.secret.arn, Name: &t.name, VersionId: &id, VersionStages: t.labelsOf(id),
	}, nil
}

// checkPut checks what the request says by itself, and gives its value
// (recorded wording for the token, assumed for the value).
func checkPut(in *secretsmanager.PutSecretValueInput) (*value, error) {
	if in.ClientRequestToken == nil {
		return nil, noToken()
	}
	v, err := valueOf(in.SecretString, in.SecretBinary)
	if err == nil && v == nil {
		err = invalidRequest("You must provide either SecretString or SecretBinary.")
	}
	return v, err
}

// addVersion keeps a new version under its labels.
func (s *Service) addVersion(c *world.Call, x *secret, id string, stages []string, v *value) error {
	box, kept, labels, err := s.newVersion(c, x, id, stages, v)
	if err != nil {
		return err
	}
	was := x.labels[current]
	x.versions, x.labels = append(kept, &version{id: id, created: c.Time, sealed: box}), labels
	s.superseded(x, id, was != labels[current])
	s.touch(c, x)
	return nil
}

// newVersion seals a value for a version, and gives the versions that stay beside
// it, and the labels as they are then.
func (s *Service) newVersion(c *world.Call, x *secret, id string, stages []string, v *value) (box sealed, kept []*version, labels map[string]string, err error) {
	if kept, err = x.room(c.Time); err != nil {
		return
	}
	if labels, err = x.labelled(id, stages); err != nil {
		return
	}
	box, err = s.seal(c, x, id, v)
	return
}

// sameValue answers a token that names an existing version. KMS decrypts it so
// that it can be compared (User Guide, "Secret encryption and decryption"); the
// wording for another value is assumed.
func (s *Service) sameValue(c *world.Call, x *secret, old *version, v *value) error {
	was, err := s.open(c, x, old)
	if err != nil {
		return err
	}
	defer clear(was.bytes)
	if !was.equal(v) {
		return x.tokenTaken(old.id)
	}
	return nil
}

func (x *secret) tokenTaken(token string) error {
	return exists("You can't use ClientRequestToken " + token + " because that value is already in use for a version of secret " + x.arn + ".")
}

// listSecretVersionIDs lists versions in the order they were made, which is
// assumed. A secret marked for deletion
// is listed: the operation does not declare the error that would refuse it.
func (s *Service) listSecretVersionIDs(c *world.Call, in *secretsmanager.ListSecretVersionIdsInput) (*secretsmanager.ListSecretVersionIdsOutput, error) {
	t, err := s.existing(c, *in.SecretId, nil)
	if err != nil {
		return nil, err
	}
	all := []types.SecretVersionsListEntry{}
	for _, v := range t.versions {
		labels := t.labelsOf(v.id)
		if labels == nil && (in.IncludeDeprecated == nil || !*in.IncludeDeprecated) {
			continue
		}
		e := types.SecretVersionsListEntry{
			VersionId: new(v.id), VersionStages: labels, CreatedDate: new(v.created), KmsKeyIds: v.sealed.keys(),
		}
		if !v.accessed.IsZero() {
			e.LastAccessedDate = new(v.accessed)
		}
		all = append(all, e)
	}
	some, next, err := page(c, all, func(e types.SecretVersionsListEntry) string { return *e.VersionId }, in.NextToken, in.MaxResults, 100)
	if err != nil {
		return nil, err
	}
	return &secretsmanager.ListSecretVersionIdsOutput{ARN: &t.secret.arn, Name: &t.name, Versions: some, NextToken: next}, nil
}

// labelsOf gives a version's labels in order, nil where it has none.
func (x *secret) labelsOf(id string) []string {
	var labels []string
	for _, label := range slices.Sorted(maps.Keys(x.labels)) {
		if x.labels[label] == id {
			labels = append(labels, label)
		}
	}
	return labels
}

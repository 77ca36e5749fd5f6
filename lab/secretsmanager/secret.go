package secretsmanager

import (
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// secret is one secret with all its versions.
type secret struct {
	owner       home
	name, arn   string
	description string
	kmsKeyID    string // as it was given; "" for the AWS managed key
	created     time.Time
	changed     time.Time
	accessed    time.Time // a day; zero: never
	deletion    time.Time // zero: not marked
	forced      bool      // marked without recovery
	tags        []types.Tag
	policy      *world.Policy // nil: none
	due         *world.Due    // the deletion
	rotation    *rotation     // nil: never configured
	primary     *secret       // of a replica
	replicas    map[keyid.Region]*replica
	versions    []*version        // in the order they were made
	labels      map[string]string // staging label to version id
}

// createSecret is idempotent by its token, which names the first version: the
// same token with the same value is answered as before, and changes nothing
// (API reference, CreateSecret, ClientRequestToken).
func (s *Service) createSecret(c *world.Call, in *secretsmanager.CreateSecretInput) (*secretsmanager.CreateSecretOutput, error) {
	v, err := checkCreate(c, in)
	if err != nil {
		return nil, err
	}
	x := s.newSecret(c, in)
	if err := s.authorizeCreate(c, x, in); err != nil {
		return nil, err
	}
	if old := s.here(x.owner)[x.name]; old != nil {
		return s.recreate(c, old, in, v)
	}
	if err := s.validateKey(c, x); err != nil {
		return nil, err
	}
	out := &secretsmanager.CreateSecretOutput{ARN: &x.arn, Name: &x.name}
	if v != nil {
		if out.VersionId, err = s.firstVersion(c, x, *in.ClientRequestToken, v); err != nil {
			return nil, err
		}
	}
	s.keep(x)
	s.replicate(c, x, in.AddReplicaRegions, in.ForceOverwriteReplicaSecret)
	out.ReplicationStatus = x.replication()
	return out, nil
}

// checkCreate checks what the request says by itself, and gives its value.
func checkCreate(c *world.Call, in *secretsmanager.CreateSecretInput) (*value, error) {
	switch {
	case in.Type != nil:
		return nil, world.Unimplemented("managed external secrets")
	}
	if err := checkRegions(homeOf(c).region, nil, in.AddReplicaRegions); err != nil {
		return nil, err
	}
	if err := checkName(*in.Name); err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	v, err := valueOf(in.SecretString, in.SecretBinary)
	if v != nil && in.ClientRequestToken == nil {
		return nil, noToken()
	}
	return v, err
}

// noToken is recorded for requests that have a value; without one the token
// names nothing (API reference, CreateSecret).
func noToken() error {
	return invalidRequest("You must provide a ClientRequestToken value. We recommend a UUID-type value.")
}

// newSecret makes the secret of a request, not yet kept anywhere.
func (s *Service) newSecret(c *world.Call, in *secretsmanager.CreateSecretInput) *secret {
	h := homeOf(c)
	x := &secret{
		owner: h, name: *in.Name, arn: arnOf(h, *in.Name+"-"+s.world.Text("secret", "", 6)),
		created: c.Time, changed: c.Time, tags: slices.Clone(in.Tags), labels: map[string]string{},
	}
	if in.Description != nil {
		x.description = *in.Description
	}
	if in.KmsKeyId != nil {
		x.kmsKeyID = keyOf(h, *in.KmsKeyId)
	}
	return x
}

// keyOf is the key of a request as a secret keeps it: as it was given, but "" for
// the AWS managed key by its alias.
func keyOf(h home, id string) string {
	if id == managedAlias || id == "arn:aws:kms:"+string(h.region)+":"+string(h.account)+":"+managedAlias {
		return ""
	}
	return id
}

// authorizeCreate asks about the secret's future ARN. Tags need
// secretsmanager:TagResource too, and replicas secretsmanager:
// ReplicateSecretToRegions (API reference, CreateSecret).
func (s *Service) authorizeCreate(c *world.Call, x *secret, in *secretsmanager.CreateSecretInput) error {
	t := target{x, x.name, x.owner, x.arn}
	ctx := requestTags(in.Tags)
	given(ctx, "Name", in.Name)
	given(ctx, "Description", in.Description)
	given(ctx, "KmsKeyId", in.KmsKeyId)
	if in.KmsKeyId != nil {
		given(ctx, "KmsKeyArn", keyARN(x.owner, *in.KmsKeyId))
	}
	addedRegions(ctx, in.AddReplicaRegions, in.ForceOverwriteReplicaSecret)
	if err := s.authorize(c, t, ctx); err != nil {
		return err
	}
	if len(in.Tags) > 0 {
		if err := s.authorizeAs(c, "secretsmanager:TagResource", t, requestTags(in.Tags)); err != nil {
			return err
		}
	}
	if len(in.AddReplicaRegions) == 0 {
		return nil
	}
	ctx = map[string][]string{}
	addedRegions(ctx, in.AddReplicaRegions, in.ForceOverwriteReplicaSecret)
	return s.authorizeAs(c, "secretsmanager:ReplicateSecretToRegions", t, ctx)
}

// keyARN gives the ARN of the key that a request names, nil for an alias: which
// key it stands for only KMS knows.
func keyARN(h home, name string) *string {
	ref, err := keyid.Parse(name)
	if err != nil {
		return nil
	}
	if arn, ok := ref.ARN(); ok {
		return new(arn.String())
	}
	if id, ok := ref.ID(); ok {
		return new(keyid.ARN{Partition: "aws", Region: h.region, Account: h.account, ID: id}.String())
	}
	return nil
}

// recreate answers CreateSecret for a name that is taken (recorded wording).
func (s *Service) recreate(c *world.Call, old *secret, in *secretsmanager.CreateSecretInput, v *value) (*secretsmanager.CreateSecretOutput, error) {
	if !old.deletion.IsZero() {
		return nil, invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion.")
	}
	var first *version
	if v != nil {
		first = old.version(*in.ClientRequestToken)
	}
	if first == nil {
		return nil, exists("The operation failed because the secret " + old.name + " already exists.")
	}
	if err := s.sameValue(c, old, first, v); err != nil {
		return nil, err
	}
	return &secretsmanager.CreateSecretOutput{ARN: &old.arn, Name: &old.name, VersionId: &first.id}, nil
}

// firstVersion gives a secret that nobody has seen yet its first value.
func (s *Service) firstVersion(c *world.Call, x *secret, token string, v *value) (*string, error) {
	box, err := s.seal(c, x, token, v)
	if err != nil {
		return nil, err
	}
	x.versions = []*version{{id: token, created: c.Time, sealed: box}}
	x.labels[current] = token
	return &token, nil
}

// describeSecret also answers for a secret marked for deletion (recorded).
// Members without a value are left out; the tags are not, once there have been
// any (recorded).
func (s *Service) describeSecret(c *world.Call, in *secretsmanager.DescribeSecretInput) (*secretsmanager.DescribeSecretOutput, error) {
	t, err := s.existing(c, *in.SecretId, nil)
	if err != nil {
		return nil, err
	}
	e := t.entry()
	return &secretsmanager.DescribeSecretOutput{
		ARN: e.ARN, Name: e.Name, Description: e.Description, KmsKeyId: e.KmsKeyId, CreatedDate: e.CreatedDate,
		LastChangedDate: e.LastChangedDate, LastAccessedDate: e.LastAccessedDate, DeletedDate: e.DeletedDate,
		Tags: e.Tags, VersionIdsToStages: e.SecretVersionsToStages,
		RotationEnabled: e.RotationEnabled, RotationLambdaARN: e.RotationLambdaARN, RotationRules: e.RotationRules,
		LastRotatedDate: e.LastRotatedDate, NextRotationDate: e.NextRotationDate,
		PrimaryRegion: e.PrimaryRegion, ReplicationStatus: t.replication(),
	}, nil
}

// entry is what DescribeSecret and ListSecrets tell of a secret. KmsKeyId is
// what was given, and left out for the AWS managed key (User Guide, "Secret
// encryption and decryption"). DeletedDate is the end of the recovery window,
// as the API reference has it.
func (x *secret) entry() types.SecretListEntry {
	e := types.SecretListEntry{
		ARN: &x.arn, Name: &x.name, CreatedDate: new(x.created), LastChangedDate: new(x.changed),
		Tags: slices.Clone(x.tags), SecretVersionsToStages: x.stages(),
	}
	if x.description != "" {
		e.Description = new(x.description)
	}
	if x.kmsKeyID != "" {
		e.KmsKeyId = new(x.kmsKeyID)
	}
	if !x.accessed.IsZero() {
		e.LastAccessedDate = new(x.accessed)
	}
	if !x.deletion.IsZero() {
		e.DeletedDate = new(x.deletion)
	}
	if x.primary != nil || len(x.replicas) > 0 {
		e.PrimaryRegion = new(string(x.primaryRegion()))
	}
	x.rotation.told(&e)
	return e
}

// stages gives the versions that have labels, with them; nil where none has.
func (x *secret) stages() map[string][]string {
	var all map[string][]string
	for _, label := range slices.Sorted(maps.Keys(x.labels)) {
		if all == nil {
			all = map[string][]string{}
		}
		all[x.labels[label]] = append(all[x.labels[label]], label)
	}
	return all
}

package s3

import (
	"crypto/md5"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// KnownKeys knows the KMS keys that there are or were. What Keys is, is asked
// for it.
type KnownKeys interface {
	// Under gives the key of a Region that a ciphertext is under.
	Under(ciphertext []byte, region keyid.Region) (keyid.ARN, bool)
}

// hashed is how many bytes of bodies a check reads: all of them would take too
// long where there are many.
const hashed = 4 << 20

// sumSizes are the lengths of checksums in bytes, by algorithm.
var sumSizes = []int{8, 4, 4, 20, 32, 64, 16}

// check is one look at the state.
type check struct {
	world.Findings
	service *Service
	keys    KnownKeys // nil: not asked
	left    int       // bytes to hash
	seen    map[*sealed]bool
	numbers map[uint64]bool
}

// broken says what is in the state that AWS rules out, whatever is called.
func (s *Service) broken() []string {
	c := &check{service: s, left: hashed, seen: map[*sealed]bool{}, numbers: map[uint64]bool{}}
	c.keys, _ = s.keys.(KnownKeys)
	for name, b := range s.buckets {
		c.If(b.name != name, "bucket %s is kept under the name %s", b.name, name)
		c.bucket(b)
		c.objects(b)
	}
	return c.Findings
}

func (c *check) bucket(b *bucket) {
	c.If(checkName(b.name) != nil, "bucket %s has a name that no bucket can have", b.name)
	c.If(!accountForm.MatchString(string(b.owner)), "bucket %s is nobody's: %q", b.name, b.owner)
	c.If(!world.RegionExists(b.region), "bucket %s is in %s, which does not exist", b.name, b.region)
	c.If(b.created.After(c.service.world.Clock.Now()), "bucket %s was created in the future", b.name)
	c.If(b.versioning != "" && !slices.Contains(b.versioning.Values(), b.versioning), "the versioning of bucket %s is %q", b.name, b.versioning)
	c.If(b.publicPolicy && b.policy == nil, "bucket %s has a public policy, and no policy", b.name)
	c.If(b.aclsDisabled() && toOthers(b.acl, b), "bucket %s has ACLs disabled, and an ACL for others", b.name)
	c.If(b.encryption != nil && checkRule(*b.encryption) != nil, "bucket %s has an encryption that no bucket can have", b.name)
	c.If(doubled(b.tags), "bucket %s has a tag twice", b.name)
	for of, k := range b.keys {
		c.sealed(b, "the bucket key of "+of.requester, k.sealed)
	}
}

func doubled(tags []types.Tag) bool {
	for i, t := range tags {
		if slices.ContainsFunc(tags[:i], func(o types.Tag) bool { return text(o.Key) == text(t.Key) }) {
			return true
		}
	}
	return false
}

// objects: every key once, in the order of its bytes, and counted.
func (c *check) objects(b *bucket) {
	n, before := 0, ""
	for _, leaf := range b.objects.leaves {
		c.If(len(leaf) == 0 || len(leaf) >= leafSize, "bucket %s has a leaf of %d keys", b.name, len(leaf))
		for _, o := range leaf {
			c.If(n > 0 && o.key <= before, "bucket %s has the key %q behind %q", b.name, o.key, before)
			before = o.key
			n++
			c.object(b, o)
		}
	}
	c.If(n != b.objects.count, "bucket %s has %d keys, and counts %d", b.name, n, b.objects.count)
}

func (c *check) object(b *bucket, o *object) {
	c.If(o.key == "" || checkKey(o.key) != nil, "bucket %s has the key %q, which no object can have", b.name, o.key)
	if o.current == nil {
		c.If(true, "%s/%s has no version", b.name, o.key)
		return
	}
	c.If(!b.versioned() && o.current.older != nil, "%s/%s has versions, and its bucket never had versioning", b.name, o.key)
	nulls := 0
	for v := o.current; v != nil; v = v.older {
		if v.null {
			nulls++
		}
		if older := v.older; older != nil {
			c.If(older.number >= v.number, "%s/%s has version %d behind %d", b.name, o.key, v.number, older.number)
			c.If(older.modified > v.modified, "%s/%s has a version that is newer than the one before it", b.name, o.key)
			if older.number >= v.number {
				return // may have no end
			}
		}
		c.version(b, o, v)
	}
	c.If(nulls > 1, "%s/%s has %d null versions", b.name, o.key, nulls)
}

func (c *check) version(b *bucket, o *object, v *version) {
	if c.numbers[v.number] || v.number > c.service.written {
		c.If(true, "%s/%s has version %d, which is another's, or not yet given", b.name, o.key, v.number)
	}
	c.numbers[v.number] = true
	if v.modified > c.service.world.Clock.Now().Unix() {
		c.If(true, "%s/%s was written in the future", b.name, o.key)
	}
	if !b.versioned() && !v.null {
		c.If(true, "%s/%s has a version with an id, and its bucket never had versioning", b.name, o.key)
	}
	if v.marker {
		c.If(!b.versioned(), "%s/%s is a delete marker, and its bucket never had versioning", b.name, o.key)
		c.If(len(v.body) > 0 || v.sealed != nil || v.sum != "" || v.more != nil, "%s/%s has a delete marker with something in it", b.name, o.key)
		return
	}
	if v.size() < 0 {
		c.If(true, "%s/%s is encrypted, and too short for that", b.name, o.key)
		return
	}
	if v.sum != "" && (int(v.algorithm) >= len(sumSizes) || len(v.sum) != sumSizes[v.algorithm]) {
		c.If(true, "%s/%s has a checksum of %d bytes", b.name, o.key, len(v.sum))
		return
	}
	if m := v.more; m != nil {
		c.If(doubled(m.tags) || len(m.tags) > objectTagLimit, "%s/%s has %d tags, or one twice", b.name, o.key, len(m.tags))
		c.If(header{metadata: m.metadata}.check() != nil, "%s/%s has too much metadata", b.name, o.key)
	}
	if v.sealed != nil {
		c.sealed(b, b.name+"/"+o.key, v.sealed)
	} else {
		c.body(b, o, v)
	}
}

// body compares a body with what is told of it, while there is time for that.
func (c *check) body(b *bucket, o *object, v *version) {
	if c.left -= len(v.body); c.left < 0 {
		return
	}
	c.If(md5.Sum(v.body) != v.etag, "%s/%s has the ETag of another body", b.name, o.key)
	c.If(v.sum != "" && calculate(v.algorithm, v.body) != v.sum, "%s/%s has the checksum of another body", b.name, o.key)
}

// sealed: what is under a KMS key is under one of the bucket's Region that
// exists, or did.
func (c *check) sealed(b *bucket, what string, k *sealed) {
	if c.keys == nil || c.seen[k] {
		return
	}
	c.seen[k] = true
	under, ok := c.keys.Under(k.dataKey, b.region)
	c.If(!ok, "%s is under a key that never was in %s: %s", what, b.region, k.key)
	c.If(ok && under.String() != k.key, "%s is under %s, and told to be under %s", what, under, k.key)
}

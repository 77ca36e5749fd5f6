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
	numbers []bool // of versions, seen
	now     int64
}

// broken says what is in the state that AWS rules out, whatever is called.
func (s *Service) broken() []string {
	c := &check{service: s, left: hashed, seen: map[*sealed]bool{}, numbers: make([]bool, s.written+1), now: s.world.Clock.Now().Unix()}
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
			if n > 0 && o.key <= before {
				c.If(true, "bucket %s has the key %q behind %q", b.name, o.key, before)
			}
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
		c.say(b, o, "has no version")
		return
	}
	if !b.versioned() && o.current.older != nil {
		c.say(b, o, "has versions, and its bucket never had versioning")
	}
	nulls := 0
	for v := o.current; v != nil; v = v.older {
		if v.null {
			nulls++
		}
		if older := v.older; older != nil {
			if older.number >= v.number {
				c.say(b, o, "has version %d behind %d", v.number, older.number)
			}
			if older.modified > v.modified {
				c.say(b, o, "has a version that is newer than the one before it")
			}
			if older.number >= v.number {
				return // may have no end
			}
		}
		c.version(b, o, v)
	}
	if nulls > 1 {
		c.say(b, o, "has %d null versions", nulls)
	}
}

// say makes a sentence about an object. It is not If, which would take its time
// for each of a hundred thousand.
func (c *check) say(b *bucket, o *object, what string, args ...any) {
	c.If(true, "%s/%s "+what, append([]any{b.name, o.key}, args...)...)
}

func (c *check) version(b *bucket, o *object, v *version) {
	if v.number > c.service.written || c.numbers[v.number] {
		c.say(b, o, "has version %d, which is another's, or not yet given", v.number)
	} else {
		c.numbers[v.number] = true
	}
	if v.modified > c.now {
		c.say(b, o, "was written in the future")
	}
	if !b.versioned() && !v.null {
		c.say(b, o, "has a version with an id, and its bucket never had versioning")
	}
	if v.marker {
		if !b.versioned() {
			c.say(b, o, "is a delete marker, and its bucket never had versioning")
		}
		if len(v.body) > 0 || v.sealed != nil || v.sum != "" || v.more != nil {
			c.say(b, o, "has a delete marker with something in it")
		}
		return
	}
	if v.size() < 0 {
		c.say(b, o, "is encrypted, and too short for that")
		return
	}
	if v.sum != "" && (int(v.algorithm) >= len(sumSizes) || len(v.sum) != sumSizes[v.algorithm]) {
		c.say(b, o, "has a checksum of %d bytes", len(v.sum))
		return
	}
	if m := v.more; m != nil {
		if doubled(m.tags) || len(m.tags) > objectTagLimit {
			c.say(b, o, "has %d tags, or one twice", len(m.tags))
		}
		if (header{metadata: m.metadata}).check() != nil {
			c.say(b, o, "has too much metadata")
		}
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
	if md5.Sum(v.body) != v.etag {
		c.say(b, o, "has the ETag of another body")
	}
	if v.sum != "" && calculate(v.algorithm, v.body) != v.sum {
		c.say(b, o, "has the checksum of another body")
	}
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

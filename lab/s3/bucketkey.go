package s3

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"time"

	"rekey/lab/world"
)

// bucketKeys are the bucket keys that S3 keeps for a bucket at a time: for each
// requester those it writes with, by the name of the KMS key, and those it reads
// with.
//
// S3 makes a short-lived bucket-level key in KMS, keeps it for a while, and
// makes data keys from it. It fetches one at least once for each requester, so
// that the requester's access to the KMS key is checked and is seen in
// CloudTrail; requesters are different when their accounts are, or the policies
// that scope them (S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3
// Bucket Keys"). So within bucketKeyLife a requester that lost its access is
// still served. How long that is AWS does not tell, and that a user or a role is
// one requester, whatever its sessions, is assumed too.
type bucketKeys map[bucketKeyOf]bucketKey

// bucketKeyLife is how long a bucket key is kept (assumption).
const bucketKeyLife = 5 * time.Minute

// bucketKeyOf tells the bucket keys of a bucket apart: name is that of the KMS
// key for a writer, and the encrypted bucket key for a reader.
type bucketKeyOf struct{ requester, name string }

type bucketKey struct {
	sealed *sealed
	plain  []byte
	until  time.Time
}

func requester(c *world.Call) string {
	return cmp.Or(c.Caller.Principal.RoleARN(), c.Caller.ARN())
}

// bucketKey gives the bucket key that the caller writes with.
func (s *Service) bucketKey(c *world.Call, b *bucket, name string) (*sealed, []byte, error) {
	of := bucketKeyOf{requester(c), name}
	if k, ok := b.kept(c, of); ok {
		return k.sealed, k.plain, nil
	}
	out, err := s.generate(c, b, name, b.bucketContext())
	if err != nil {
		return nil, nil, err
	}
	k := &sealed{key: *out.KeyId, bucket: true, dataKey: out.CiphertextBlob}
	b.retain(c, of, k, out.Plaintext)
	b.retain(c, bucketKeyOf{of.requester, string(k.dataKey)}, k, out.Plaintext)
	return k, out.Plaintext, nil
}

// openBucketKey gives the plaintext of a bucket key that an object was written
// with.
func (s *Service) openBucketKey(c *world.Call, b *bucket, k *sealed) ([]byte, error) {
	of := bucketKeyOf{requester(c), string(k.dataKey)}
	if kept, ok := b.kept(c, of); ok {
		return kept.plain, nil
	}
	plain, err := s.decrypt(c, b, k, b.bucketContext())
	if err == nil {
		b.retain(c, of, k, plain)
	}
	return plain, err
}

// bucketContext is the encryption context of a bucket key: the bucket's ARN.
func (b *bucket) bucketContext() map[string]string { return map[string]string{"aws:s3:arn": b.arn()} }

func (b *bucket) kept(c *world.Call, of bucketKeyOf) (bucketKey, bool) {
	k, ok := b.keys[of]
	return k, ok && c.Time.Before(k.until)
}

// retain also forgets what has had its time.
func (b *bucket) retain(c *world.Call, of bucketKeyOf, k *sealed, plain []byte) {
	for old, k := range b.keys {
		if !c.Time.Before(k.until) {
			delete(b.keys, old)
		}
	}
	if b.keys == nil {
		b.keys = bucketKeys{}
	}
	b.keys[of] = bucketKey{k, plain, c.Time.Add(bucketKeyLife)}
}

// derive makes the key of one body.
func derive(bucketKey, nonce []byte) []byte {
	h := hmac.New(sha256.New, bucketKey)
	h.Write(nonce)
	return h.Sum(nil)
}

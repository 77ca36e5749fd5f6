package s3

// sealed is how a body is protected under a KMS key.
type sealed struct {
	key     string // ARN of the KMS key
	context string // encryption context given by the writer, as JSON; "" for none
	bucket  bool   // under a bucket key
	dataKey []byte // encrypted under the KMS key
}

// dataKeyOf is whose a bucket key is.
type dataKeyOf struct{ key, caller string }

// bucketKey is a data key that S3 keeps for a while.
type bucketKey struct{}

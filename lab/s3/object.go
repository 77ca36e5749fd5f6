package s3

// object is one key of a bucket with its versions, the newest first. Buckets
// hold many: the structs are kept small.
type object struct {
	key     string
	current *version // never nil
}

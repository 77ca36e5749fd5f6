package s3

import "rekey/lab/world"

// bucketOperations are those on buckets and their configuration.
func (s *Service) bucketOperations() []world.Operation { return nil }

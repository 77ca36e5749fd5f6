package s3

import (
	"net/http"

	"rekey/lab/world"
)

// Read gives all of an object to the caller of c, a call of GetObject, within
// the world's lock: for a service that reads it on the caller's behalf. version
// is nil for the current one. The content must not be changed.
func (s *Service) Read(c *world.Call, bucket, key string, version *string) ([]byte, error) {
	f, err := s.fetch(c, fetch{bucket: &bucket, key: &key, id: version, method: http.MethodGet})
	if err != nil {
		return nil, err
	}
	return s.open(c, f.bucket, key, f.version)
}

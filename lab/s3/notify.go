package s3

import "rekey/lab/world"

// changed tells whoever the bucket's notification configuration names what
// happened to an object: event is such as "ObjectCreated:Put". v is the version
// that was made, or that is gone.
func (s *Service) changed(c *world.Call, b *bucket, event, key string, v *version) {}

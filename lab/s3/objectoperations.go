package s3

import "rekey/lab/world"

// objectOperations are those on objects and their versions.
func (s *Service) objectOperations() []world.Operation { return []world.Operation{} }

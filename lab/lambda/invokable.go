package lambda

import "rekey/lab/world"

// Invokable says, within the world's lock, why the caller of c, a call of Invoke,
// may not invoke a function, or that there is none: what a service asks that is
// told to invoke it later.
func (s *Service) Invokable(c *world.Call, functionARN string) error {
	_, err := s.invokable(c, functionARN)
	return err
}

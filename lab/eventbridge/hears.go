package eventbridge

import "rekey/shared/keyid"

// Hears says whether any rule of an account's default bus could take an event,
// within the world's lock: a service that would tell of every call need not
// where nobody listens.
func (s *Service) Hears(account keyid.Account, region keyid.Region) bool {
	return len(s.here(home{account, region})[defaultBus].rules) > 0
}

package kms

import (
	"slices"

	"rekey/shared/keyid"
)

// Known says whether there is, or was, a KMS key of that ARN, within the world's
// lock: what was encrypted stays under a key that is gone.
func (s *Service) Known(arn keyid.ARN) bool {
	_, was := s.gone[arn]
	return was || s.here(home{arn.Account, arn.Region}).keys[arn.ID] != nil
}

// Under gives the KMS key of a Region, also one that is gone, that a ciphertext
// is under, within the world's lock; not ok where there never was such a key.
func (s *Service) Under(ciphertext []byte, region keyid.Region) (arn keyid.ARN, ok bool) {
	b, err := parseBlob(ciphertext)
	if err != nil {
		return keyid.ARN{}, false
	}
	for h, r := range s.regions {
		if h.region != region {
			continue
		}
		arn := keyid.ARN{Partition: "aws", Region: region, Account: h.account, ID: b.key}
		if k := r.keys[b.key]; k != nil && k.ring.of(b.material) != nil || slices.Contains(s.gone[arn], b.material) {
			return arn, true
		}
	}
	return keyid.ARN{}, false
}

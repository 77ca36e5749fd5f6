package kms

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keyid"
)

// A grant token names its grant and proves that this KMS wrote it, in base64:
//
//	bytes 0–15   random, so that no two are the same
//	bytes 16–47  HMAC-SHA-256 of all the rest
//	bytes 48–79  the grant's id
//	bytes 80…    the key's ARN
//
// AWS does not document its own form: "unique, nonsecret, variable-length,
// base64-encoded" (KMS Developer Guide, "Grants in AWS KMS", Grant token).
const (
	tokenNonceSize = 16
	tokenHeadSize  = tokenNonceSize + sha256.Size
)

func (s *Service) token(g *grant) string {
	if s.tokenKey == nil {
		s.tokenKey = s.world.Bytes(32)
	}
	nonce := s.world.Bytes(tokenNonceSize)
	body, _ := hex.DecodeString(g.id)
	body = append(body, g.key.arn.String()...)
	return base64.StdEncoding.EncodeToString(append(append(nonce, s.tokenProof(nonce, body)...), body...))
}

func (s *Service) tokenProof(nonce, body []byte) []byte {
	h := hmac.New(sha256.New, s.tokenKey)
	h.Write(nonce)
	h.Write(body)
	return h.Sum(nil)
}

// tokenGrant finds the grant of a token. One that is not this KMS's, and that of
// a grant that is gone, is refused; the latter is assumed.
func (s *Service) tokenGrant(token string) (*grant, error) {
	refused := &types.InvalidGrantTokenException{Message: new("Invalid grant token")} // assumed wording
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(token))
	if err != nil || len(b) < tokenHeadSize+grantIDSize || s.tokenKey == nil {
		return nil, refused
	}
	nonce, proof, body := b[:tokenNonceSize], b[tokenNonceSize:tokenHeadSize], b[tokenHeadSize:]
	if !hmac.Equal(proof, s.tokenProof(nonce, body)) {
		return nil, refused
	}
	arn, err := keyid.ParseARN(string(body[grantIDSize:]))
	if err != nil {
		return nil, refused
	}
	k := s.here(home{arn.Account, arn.Region}).keys[arn.ID]
	if k == nil {
		return nil, refused
	}
	g := k.grants.byID[hex.EncodeToString(body[:grantIDSize])]
	if g == nil {
		return nil, refused
	}
	return g, nil
}

// checkTokens refuses grant tokens that are none. A valid one adds nothing: its
// grant counts already. That a token of a grant on another key does no harm is
// assumed.
func (s *Service) checkTokens(tokens []string) error {
	for _, t := range tokens {
		if _, err := s.tokenGrant(t); err != nil {
			return err
		}
	}
	return nil
}

package secretsmanager

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"rekey/lab/world"
)

// The characters that passwords are made of (API reference, GetRandomPassword).
const (
	lower       = "abcdefghijklmnopqrstuvwxyz"
	upper       = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	numbers     = "0123456789"
	punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
)

// getRandomPassword makes a password of 32 characters unless the request says
// otherwise, with at least one of each kind (API reference). The wordings are
// ours.
func (s *Service) getRandomPassword(c *world.Call, in *secretsmanager.GetRandomPasswordInput) (*secretsmanager.GetRandomPasswordOutput, error) {
	if err := authorizeAll(c, "GetRandomPassword"); err != nil {
		return nil, err
	}
	kinds := kindsOf(in)
	length := 32
	if in.PasswordLength != nil {
		length = int(*in.PasswordLength)
	}
	each := in.RequireEachIncludedType == nil || *in.RequireEachIncludedType
	switch {
	case len(kinds) == 0:
		return nil, invalidParameter("There are no characters left to make a password of.")
	case each && length < len(kinds):
		return nil, invalidParameter("The password length must be at least the number of required character types.")
	}
	return &secretsmanager.GetRandomPasswordOutput{RandomPassword: new(s.password(kinds, length, each))}, nil
}

// kindsOf gives the kinds of characters that a password may have, each without
// what is excluded. A kind of which nothing is left is none.
func kindsOf(in *secretsmanager.GetRandomPasswordInput) []string {
	space := in.IncludeSpace != nil && *in.IncludeSpace
	var kinds []string
	for _, k := range []struct {
		characters string
		excluded   *bool
	}{{lower, in.ExcludeLowercase}, {upper, in.ExcludeUppercase}, {numbers, in.ExcludeNumbers}, {punctuation, in.ExcludePunctuation}, {" ", new(!space)}} {
		if k.excluded != nil && *k.excluded {
			continue
		}
		left := strings.Map(func(r rune) rune {
			if in.ExcludeCharacters != nil && strings.ContainsRune(*in.ExcludeCharacters, r) {
				return -1
			}
			return r
		}, k.characters)
		if left != "" {
			kinds = append(kinds, left)
		}
	}
	return kinds
}

// password draws characters, the first ones of each kind in turn if each must be
// there, and shuffles them.
func (s *Service) password(kinds []string, length int, each bool) string {
	all := strings.Join(kinds, "")
	p := make([]byte, length)
	for i := range p {
		from := all
		if each && i < len(kinds) {
			from = kinds[i]
		}
		p[i] = from[s.draw(len(from))]
	}
	for i := len(p) - 1; i > 0; i-- {
		j := s.draw(i + 1)
		p[i], p[j] = p[j], p[i]
	}
	return string(p)
}

// draw gives a number below n, of which there are at most 4096.
func (s *Service) draw(n int) int {
	b := s.world.Bytes(4)
	return int(uint32(b[0])|uint32(b[1])<<8|uint32(b[2])<<16|uint32(b[3]&0x7f)<<24) % n
}

package cloudwatchlogs

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// dataKey is what one batch is under.
type dataKey struct{ sealed []byte }

// madeKey is a data key with its plaintext.
type madeKey struct {
	*dataKey
	plain []byte
}

// newDataKey asks KMS for a data key of a KMS key.
func (s *Service) newDataKey(g *group, key string) (madeKey, error) {
	var made madeKey
	err := s.ask(g, "GenerateDataKey", func(c *world.Call) error {
		out, err := s.keys.GenerateDataKey(c, &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: kmstypes.DataKeySpecAes256, EncryptionContext: contextOf(g)})
		if err == nil {
			made = madeKey{&dataKey{out.CiphertextBlob}, out.Plaintext}
		}
		return err
	})
	return made, err
}

// open asks KMS for the plaintext of a data key. KMS finds the KMS key in it.
func (s *Service) open(g *group, sealed []byte) ([]byte, error) {
	var plain []byte
	err := s.ask(g, "Decrypt", func(c *world.Call) error {
		out, err := s.keys.Decrypt(c, &kms.DecryptInput{CiphertextBlob: sealed, EncryptionContext: contextOf(g)})
		if err == nil {
			plain = out.Plaintext
		}
		return err
	})
	return plain, err
}

// seal puts the texts of a batch under a data key of their own, where the log
// group has a KMS key.
func (s *Service) seal(g *group, batch []event) error {
	if g.key == "" || len(batch) == 0 {
		return nil
	}
	made, err := s.newDataKey(g, g.key)
	if err != nil {
		return err
	}
	under := aead(made.plain)
	for i := range batch {
		e := &batch[i]
		e.under = made.dataKey
		e.text = under.Seal(nil, nonce(e.n), e.text, []byte(g.arn()))
	}
	return nil
}

// reader gives the texts of a log group's events. It asks KMS once for a batch.
type reader struct {
	*Service
	group *group
	keys  map[*dataKey]cipher.AEAD
}

func (s *Service) reader(g *group) reader { return reader{s, g, map[*dataKey]cipher.AEAD{}} }

func (r reader) text(e event) (string, error) {
	if e.under == nil {
		return string(e.text), nil
	}
	if r.keys[e.under] == nil {
		plain, err := r.open(r.group, e.under.sealed)
		if err != nil {
			return "", err
		}
		r.keys[e.under] = aead(plain)
	}
	text, err := r.keys[e.under].Open(nil, nonce(e.n), e.text, []byte(r.group.arn()))
	return string(text), err
}

// nonce is the event's number: no two events have the same.
func nonce(n int64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), uint64(n))
}

func aead(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the size is ours
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}

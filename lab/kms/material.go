package kms

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// material is key material with its public id.
type material struct {
	id     string // 64 hexadecimal digits
	secret []byte // an AES-256 key, an HMAC key, or the seed of a key pair
	pair   pair   // what the seed gives, once it is needed
	since  time.Time
	how    types.RotationType // it became the current one; "" for the first
}

// ring is all material that a key has had, and how it is rotated. Related
// multi-Region keys share one: key material and automatic rotation are shared
// properties (KMS Developer Guide, "Shared properties of multi-Region keys").
// "AWS KMS deletes key material only when you delete the KMS key" (KMS Developer
// Guide, "Rotate AWS KMS keys").
type ring struct {
	materials []material // oldest first; the last one encrypts
	pending   *material  // what was imported, and is to become the current one
	rotation  rotation
}

// newMaterial makes material that becomes the current one now.
func (s *Service) newMaterial(of kind, now time.Time, how types.RotationType) material {
	return material{id: hex.EncodeToString(s.world.Bytes(materialSize)), secret: s.world.Bytes(of.secretSize()), since: now, how: how}
}

// secretSize is the length of a key's secret in bytes: 256 bits but for HMAC
// keys, which have as many as their names say (KMS Developer Guide, "Key spec
// reference").
func (k kind) secretSize() int {
	switch k.spec {
	case types.KeySpecHmac224:
		return 28
	case types.KeySpecHmac384:
		return 48
	case types.KeySpecHmac512:
		return 64
	}
	return 32
}

// held is a key's own copy of material; nil where it never had it, or it is to be
// imported.
func (k *key) held(id string) *material {
	if k.external == nil {
		return k.ring.of(id)
	}
	if c := k.external.copies[id]; c != nil {
		return &c.material
	}
	return nil
}

// current is what a key that can be used encrypts with.
func (k *key) current() *material { return k.held(k.ring.current().id) }

// keyPair is the key pair of an asymmetric key, which never rotates.
func (k *key) keyPair() pair {
	m := k.current()
	if m.pair == nil {
		m.pair = keyPair(k.kind.spec, m.secret)
	}
	return m.pair
}

// current is the material that encrypts; nil as long as none was imported.
func (r *ring) current() *material {
	if len(r.materials) == 0 {
		return nil
	}
	return &r.materials[len(r.materials)-1]
}

// of gives the material of an id, nil where the key never had it.
func (r *ring) of(id string) *material {
	i := slices.IndexFunc(r.materials, func(m material) bool { return m.id == id })
	if i < 0 {
		return nil
	}
	return &r.materials[i]
}

// ids are those of all material.
func (r *ring) ids() []string {
	var all []string
	for _, m := range r.materials {
		all = append(all, m.id)
	}
	return all
}

// destroy overwrites all material.
func (r *ring) destroy() {
	for i, m := range r.materials {
		clear(m.secret)
		r.materials[i].pair = nil
	}
}

func (m material) aead() cipher.AEAD {
	block, err := aes.NewCipher(m.secret)
	if err != nil {
		panic(err) // the size is ours
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

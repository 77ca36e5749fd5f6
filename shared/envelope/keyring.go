package envelope

import (
	"context"
	"fmt"
	"io"
	"log/slog"
)

// Keyring encrypts and decrypts data keys (framework/keyring-interface.md). One
// Keyring may serve many messages at once.
type Keyring interface {
	// OnEncrypt sets m.DataKey to a fresh data key of m.Suite.KeyLen() bytes,
	// unless it is set already, and appends that key to m.EncryptedDataKeys,
	// encrypted under each wrapping key and bound to m.EncryptionContext. With
	// an error, m stays as it was.
	OnEncrypt(ctx context.Context, m *EncryptionMaterials) error

	// OnDecrypt sets m.DataKey from the first of keys that it can decrypt with
	// m.EncryptionContext. Where it can decrypt none, its error joins the
	// reasons of all.
	OnDecrypt(ctx context.Context, m *DecryptionMaterials, keys []EncryptedDataKey) error
}

// EncryptionMaterials is what a message is made with
// (framework/structures.md, "Encryption Materials").
type EncryptionMaterials struct {
	Suite             Suite
	EncryptionContext map[string]string // read only for a keyring
	DataKey           DataKey
	EncryptedDataKeys []EncryptedDataKey
}

// DecryptionMaterials is what a message is opened with
// (framework/structures.md, "Decryption Materials").
type DecryptionMaterials struct {
	Suite             Suite
	EncryptionContext map[string]string // read only for a keyring
	DataKey           DataKey
}

// EncryptedDataKey is the data key as one wrapping key encrypted it
// (framework/structures.md, "Encrypted Data Key"). None of it is secret.
type EncryptedDataKey struct {
	ProviderID   string // which kind of keyring wrote it, such as aws-kms
	ProviderInfo []byte // for aws-kms the key's ARN
	Ciphertext   []byte
}

// DataKey is a data key in plain. The bytes belong to the materials that hold
// them and are zeroed once a message has been set up, so a keyring hands over
// bytes of its own. No formatting, encoding or logging shows them.
type DataKey []byte

const hidden = "[data key]"

// Format writes a placeholder for every verb.
func (DataKey) Format(s fmt.State, _ rune) { io.WriteString(s, hidden) }

// MarshalText gives a placeholder, for JSON too.
func (DataKey) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue gives a placeholder.
func (DataKey) LogValue() slog.Value { return slog.StringValue(hidden) }

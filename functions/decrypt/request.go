package decrypt

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Request is the event: what to decrypt, and for whom.
type Request struct {
	Items []Item `json:"items"`
	// PublicKey is an X25519 public key of 32 bytes (base64 in JSON). Where it
	// is given, values come back sealed to it: see Seal.
	PublicKey []byte `json:"publicKey,omitempty"`
}

// Item is one reference to a secret.
type Item struct {
	// ID is the caller's own name for the item, given back with the answer; at
	// most 256 bytes.
	ID string `json:"id,omitempty"`
	// Reference is a URI: see package secretref.
	Reference string `json:"reference"`
	// Context is the encryption context. For kms:// it must be exactly the one
	// that was encrypted under; for envelope:// and envelope+s3:// the message's
	// own context must have all these pairs, and may have others.
	Context map[string]string `json:"context,omitempty"`
	// Key is the KMS key of an item that carries a key at all (not sm:// or ssm://):
	// an ARN, id or alias,
	// as written in the list of allowed keys. Without it every allowed key is
	// tried in turn.
	Key string `json:"key,omitempty"`
}

// BadRequest is the error of an event that cannot be understood: nothing was
// fetched. Its type is what Step Functions sees as the error's name.
type BadRequest struct{ reason string }

func (e BadRequest) Error() string { return "bad request: " + e.reason }

func badRequest(format string, a ...any) error { return BadRequest{fmt.Sprintf(format, a...)} }

// maxID is the longest id of an item, in bytes. Ids come back in the answer,
// whose size is bounded.
const maxID = 256

// ParseRequest reads an event. It is strict: a misspelt "context" must not
// decrypt without one. Its error is a BadRequest.
func ParseRequest(event []byte) (Request, error) {
	var r Request
	err := checkEvent(event)
	if err == nil {
		err = json.Unmarshal(event, &r)
	}
	if err != nil {
		return Request{}, badRequest(`the event is not {"items": [{"reference": …}]}: %v`, err)
	}
	if len(r.Items) == 0 {
		return Request{}, badRequest("the event has no items")
	}
	for i, item := range r.Items {
		if len(item.ID) > maxID || !utf8.ValidString(item.ID) || strings.ContainsFunc(item.ID, unicode.IsControl) {
			return Request{}, badRequest("the id of item %d is not plain text of at most %d bytes", i, maxID)
		}
	}
	if r.PublicKey != nil {
		// Tried out: some keys of the right length cannot be sealed to.
		if _, err := Seal(r.PublicKey, Item{}, nil); err != nil {
			return Request{}, badRequest("publicKey is not an X25519 public key of 32 bytes: %v", err)
		}
	}
	return r, nil
}

func kem() hpke.KEM { return hpke.DHKEM(ecdh.X25519()) }

func publicKey(b []byte) (hpke.PublicKey, error) { return kem().NewPublicKey(b) }

package journal

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Limit is how large a record may be, in bytes of JSON.
const Limit = 1 << 20

// layout is the version of what this package itself writes.
const layout = 1

// head is what is read of an object before it is known that it can be read.
type head struct {
	Journal int    `json:"journal"`
	Version int    `json:"version"`
	Nonce   string `json:"nonce"`
}

type document[T any] struct {
	head
	Record T `json:"record"`
}

// encode writes a record with a nonce of its own.
func encode[T any](version int, record T) (body []byte, nonce string, err error) {
	var random [16]byte
	rand.Read(random[:]) // never fails
	nonce = hex.EncodeToString(random[:])
	body, err = json.Marshal(document[T]{head{layout, version, nonce}, record})
	if err == nil && len(body) > Limit {
		err = fmt.Errorf("%w: %d bytes, of at most %d", ErrTooLarge, len(body), Limit)
	}
	return body, nonce, err
}

// decode reads a record that is known to be of this layout and version, or older.
func decode[T any](version int, from io.Reader) (d document[T], err error) {
	body, err := io.ReadAll(io.LimitReader(from, Limit+1))
	if err != nil {
		return d, fmt.Errorf("read the record: %w", err)
	}
	if len(body) > Limit {
		return d, ErrTooLarge
	}
	var h head
	if err := json.Unmarshal(body, &h); err != nil {
		return d, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	switch {
	case h.Journal > layout:
		return d, fmt.Errorf("%w: layout %d, and this program knows %d", ErrNewer, h.Journal, layout)
	case h.Journal == layout && h.Version > version:
		return d, fmt.Errorf("%w: version %d, and this program knows %d", ErrNewer, h.Version, version)
	case h.Journal != layout || h.Version < 1 || h.Nonce == "":
		return d, fmt.Errorf("%w: it has no layout, version and nonce", ErrMalformed)
	}
	strict := json.NewDecoder(bytes.NewReader(body))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&d); err != nil {
		return d, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return d, nil
}

// idLimit leaves room for a prefix in an object's key of 1,024 bytes.
const idLimit = 512

func checkID(id string) error {
	for part := range strings.SplitSeq(id, "/") {
		// S3 takes parts of dots as they are, and clients and people as paths.
		if strings.Trim(part, ".") == "" || strings.Trim(part, letters) != "" {
			return fmt.Errorf("%q: %w", id, ErrID)
		}
	}
	if len(id) > idLimit {
		return fmt.Errorf("%q: %w, and at most %d", id, ErrID, idLimit)
	}
	return nil
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.="

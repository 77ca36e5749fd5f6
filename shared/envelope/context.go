package envelope

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// reservedPrefix starts the context keys that are the format's own
// (client-apis/encrypt.md, "Encryption Context").
const reservedPrefix = "aws-crypto-"

// publicKeyName is the context key of a signed message's public key.
const publicKeyName = "aws-crypto-public-key"

// checkCallerContext refuses a context that cannot be written. The two parts
// must not share a key: it would have two values.
func checkCallerContext(stored, unstored map[string]string) error {
	for _, pairs := range []map[string]string{stored, unstored} {
		for _, k := range slices.Sorted(maps.Keys(pairs)) {
			if strings.HasPrefix(k, reservedPrefix) {
				return fmt.Errorf("%w: %q starts with %s", ErrReservedContext, k, reservedPrefix)
			}
			if !utf8.ValidString(k) || !utf8.ValidString(pairs[k]) {
				return fmt.Errorf("%w: the key %q or its value is not UTF-8", ErrInvalidContext, k)
			}
		}
	}
	for k := range unstored {
		if _, ok := stored[k]; ok {
			return fmt.Errorf("%w: %q is both stored and not stored", ErrInvalidContext, k)
		}
	}
	return nil
}

// appendContext appends the serialized pairs, sorted by the bytes of their keys
// (framework/structures.md, "Serialization"). An empty context has no bytes.
func appendContext(dst []byte, pairs map[string]string) ([]byte, error) {
	if len(pairs) == 0 {
		return dst, nil
	}
	size := 2
	for k, v := range pairs {
		size += 4 + len(k) + len(v)
	}
	// With the whole within 65535 bytes, so are its count and every length.
	if size > math.MaxUint16 {
		return dst, fmt.Errorf("%w: the encryption context takes %d bytes, of at most %d", ErrTooLarge, size, math.MaxUint16)
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(pairs)))
	for _, k := range slices.Sorted(maps.Keys(pairs)) {
		dst = appendField(dst, k)
		dst = appendField(dst, pairs[k])
	}
	return dst, nil
}

// appendField appends a two-byte length and the bytes.
func appendField[T string | []byte](dst []byte, field T) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(field)))
	return append(dst, field...)
}

// cutField takes a two-byte length and its bytes off the front.
func cutField(b []byte) (field, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, b, false
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	if len(b) < n {
		return nil, b, false
	}
	return b[2:n], b[n:], true
}

// parseContext reads serialized pairs that fill b. Their order is not checked:
// writers have disagreed on it outside the basic plane of Unicode, and what is
// authenticated are the bytes as they stand.
func parseContext(b []byte) (map[string]string, error) {
	if len(b) == 0 {
		return nil, nil
	}
	if len(b) < 2 || binary.BigEndian.Uint16(b) == 0 {
		return nil, fmt.Errorf("%w: encryption context without pairs", ErrMalformed)
	}
	count, rest := int(binary.BigEndian.Uint16(b)), b[2:]
	if count > len(rest)/4 {
		return nil, fmt.Errorf("%w: encryption context of %d bytes cannot hold %d pairs", ErrMalformed, len(b), count)
	}
	pairs := make(map[string]string, count)
	for i := range count {
		k, afterKey, ok := cutField(rest)
		v, afterValue, ok2 := cutField(afterKey)
		if !ok || !ok2 {
			return nil, fmt.Errorf("%w: pair %d of the encryption context is cut short", ErrMalformed, i+1)
		}
		if !utf8.Valid(k) || !utf8.Valid(v) {
			return nil, fmt.Errorf("%w: pair %d of the encryption context is not UTF-8", ErrMalformed, i+1)
		}
		if _, twice := pairs[string(k)]; twice {
			return nil, fmt.Errorf("%w: the encryption context has the key %q twice", ErrMalformed, k)
		}
		pairs[string(k)] = string(v)
		rest = afterValue
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("%w: %d bytes after the pairs of the encryption context", ErrMalformed, len(rest))
	}
	return pairs, nil
}

// meetDemands compares the whole context, stored and unstored, with what the
// caller demands of it.
func meetDemands(whole map[string]string, o *OpenOptions) error {
	var missing, differing []string
	for k, want := range o.EncryptionContext {
		if got, ok := whole[k]; !ok {
			missing = append(missing, k)
		} else if got != want {
			differing = append(differing, k)
		}
	}
	for _, k := range o.RequiredKeys {
		if _, ok := whole[k]; !ok && !slices.Contains(missing, k) {
			missing = append(missing, k)
		}
	}
	if len(missing)+len(differing) == 0 {
		return nil
	}
	slices.Sort(missing)
	slices.Sort(differing)
	var parts []string
	if len(missing) > 0 {
		parts = append(parts, fmt.Sprintf("the message lacks %q", missing))
	}
	if len(differing) > 0 {
		parts = append(parts, fmt.Sprintf("the message has another value for %q", differing))
	}
	return fmt.Errorf("%w: %s", ErrContextMismatch, strings.Join(parts, ", and "))
}

// joinContext adds the unstored pairs to those of the message. Left in
// unstoredOnly are the ones that the message does not hold, which the header
// tag covers besides the header (framework/cmm-interface.md, "Decrypt
// Materials").
func joinContext(stored, unstored map[string]string) (whole, unstoredOnly map[string]string, err error) {
	whole = make(map[string]string, len(stored)+len(unstored))
	maps.Copy(whole, stored)
	unstoredOnly = map[string]string{}
	for _, k := range slices.Sorted(maps.Keys(unstored)) {
		got, ok := stored[k]
		if ok && got != unstored[k] {
			return nil, nil, fmt.Errorf("%w: the message has another value for %q", ErrContextMismatch, k)
		}
		if !ok {
			unstoredOnly[k], whole[k] = unstored[k], unstored[k]
		}
	}
	return whole, unstoredOnly, nil
}

package envelope

import (
	"fmt"
)

// Suite is the two-byte id of an algorithm suite (framework/algorithm-suites.md,
// "Supported Algorithm Suites").
type Suite uint16

const (
	// SuiteCommit is AES-256-GCM with HKDF-SHA512 and key commitment.
	SuiteCommit Suite = 0x0478
	// SuiteCommitSigned is SuiteCommit with an ECDSA P-384 signature over the
	// message. It is for a reader who must be sure that a message does not come
	// from another reader: without a signature, whoever can open a message can
	// also make one.
	SuiteCommitSigned Suite = 0x0578
)

// suiteSpec is what the code needs to know of a suite. All sizes are in bytes.
type suiteSpec struct {
	name      string
	version   byte // of the message format
	supported bool
	signed    bool
	keyLen    int // of the data key and of the content key
	idLen     int // of the message id, which is also the salt of HKDF
	commitLen int // of the commitment in the header
}

// Every suite uses AES-GCM with these (algorithm-suites.md, "Algorithm Suites
// Encryption Settings").
const (
	nonceLen = 12
	tagLen   = 16
)

var suites = map[Suite]suiteSpec{
	SuiteCommit:       {name: "AES-256-GCM, HKDF-SHA512, key commitment", version: 2, supported: true, keyLen: 32, idLen: 32, commitLen: 32},
	SuiteCommitSigned: {name: "AES-256-GCM, HKDF-SHA512, key commitment, ECDSA P-384", version: 2, supported: true, signed: true, keyLen: 32, idLen: 32, commitLen: 32},
	0x0378:            {name: "AES-256-GCM, HKDF-SHA384, ECDSA P-384", version: 1, signed: true},
	0x0346:            {name: "AES-192-GCM, HKDF-SHA384, ECDSA P-384", version: 1, signed: true},
	0x0214:            {name: "AES-128-GCM, HKDF-SHA256, ECDSA P-256", version: 1, signed: true},
	0x0178:            {name: "AES-256-GCM, HKDF-SHA256", version: 1},
	0x0146:            {name: "AES-192-GCM, HKDF-SHA256", version: 1},
	0x0114:            {name: "AES-128-GCM, HKDF-SHA256", version: 1},
	0x0078:            {name: "AES-256-GCM without key derivation", version: 1},
	0x0046:            {name: "AES-192-GCM without key derivation", version: 1},
	0x0014:            {name: "AES-128-GCM without key derivation", version: 1},
}

// String gives the id in hexadecimal and, where the suite is known, what it is
// made of.
func (s Suite) String() string {
	if spec, ok := suites[s]; ok {
		return fmt.Sprintf("0x%04x (%s)", uint16(s), spec.name)
	}
	return fmt.Sprintf("0x%04x", uint16(s))
}

// Signed says whether messages of the suite end with a signature.
func (s Suite) Signed() bool { return suites[s].signed }

// KeyLen is the length in bytes that the suite's data keys have, or 0 for a
// suite that this package does not support.
func (s Suite) KeyLen() int { return suites[s].keyLen }

// spec gives the suite's parameters, or an error that names the suite: wrapping
// ErrUnsupported for one that exists, ErrMalformed for one that does not.
func (s Suite) spec() (suiteSpec, error) {
	spec, ok := suites[s]
	if !ok {
		return spec, fmt.Errorf("%w: there is no algorithm suite %v", ErrMalformed, s)
	}
	if !spec.supported {
		return spec, fmt.Errorf("%w: algorithm suite %v, message format %d, has no key commitment; only %v and %v are supported",
			ErrUnsupported, s, spec.version, SuiteCommit, SuiteCommitSigned)
	}
	return spec, nil
}

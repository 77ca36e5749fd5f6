package kms

import (
	"crypto"
	"encoding/asn1"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/kms/mldsa"
)

// latticeKey is an ML-DSA key pair.
type latticeKey struct {
	*mldsa.PrivateKey
	name asn1.ObjectIdentifier
}

// lattices are the parameter sets with their names in public keys (RFC 9881).
var lattices = map[types.KeySpec]struct {
	set  *mldsa.Parameters
	name asn1.ObjectIdentifier
}{
	types.KeySpecMlDsa44: {mldsa.MLDSA44, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 17}},
	types.KeySpecMlDsa65: {mldsa.MLDSA65, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 18}},
	types.KeySpecMlDsa87: {mldsa.MLDSA87, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 19}},
}

func latticePair(stream io.Reader, of types.KeySpec) *latticeKey {
	p := lattices[of]
	return &latticeKey{mldsa.NewPrivateKey(p.set, draw(stream, 32)), p.name}
}

// Public makes it a crypto.Signer.
func (k *latticeKey) Public() crypto.PublicKey { return &k.PublicKey }

// Sign makes it a crypto.Signer, of message representatives.
func (k *latticeKey) Sign(_ io.Reader, mu []byte, _ crypto.SignerOpts) ([]byte, error) {
	return k.PrivateKey.Sign(mu), nil
}

func (k *latticeKey) publicDER() []byte { return bare{k.name}.publicDER(k.Bytes()) }

// bare is the name of an algorithm that has no parameters.
type bare struct{ Algorithm asn1.ObjectIdentifier }

func (b bare) publicDER(public []byte) []byte {
	return must(asn1.Marshal(struct {
		Algorithm bare
		PublicKey asn1.BitString
	}{b, asn1.BitString{Bytes: public, BitLength: 8 * len(public)}}))
}

package decrypt

import "crypto/hpke"

// Seal encrypts the value of an item to a public key: HPKE (RFC 9180), base
// mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; the encapsulated
// key comes first, 32 bytes. The item's id and reference are bound to it
// (neither can hold a zero byte), so that one item's value does not open as
// another's. A caller makes a new key pair for each request: an old answer then
// does not open.
//
// It keeps values from whoever stores, logs or watches answers. It does not
// tell who sealed a value, and it cannot help a caller whose request was
// altered on its way: that is what AWS's own authentication and TLS are for.
func Seal(to []byte, item Item, value []byte) ([]byte, error) {
	pk, err := publicKey(to)
	if err != nil {
		return nil, err
	}
	return hpke.Seal(pk, hpke.HKDFSHA256(), hpke.AES256GCM(), info(item), value)
}

// Unseal is the caller's side of Seal; private is the private key in the form
// that hpke.PrivateKey.Bytes gives.
func Unseal(private []byte, item Item, sealed []byte) ([]byte, error) {
	sk, err := kem().NewPrivateKey(private)
	if err != nil {
		return nil, err
	}
	return hpke.Open(sk, hpke.HKDFSHA256(), hpke.AES256GCM(), info(item), sealed)
}

// info is what a sealed value is bound to.
func info(item Item) []byte {
	return []byte("rekey decrypt v1\x00" + item.ID + "\x00" + item.Reference)
}

package crosstest

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	mpl "github.com/aws/aws-cryptographic-material-providers-library/releases/go/mpl/awscryptographymaterialproviderssmithygenerated"
	mpltypes "github.com/aws/aws-cryptographic-material-providers-library/releases/go/mpl/awscryptographymaterialproviderssmithygeneratedtypes"
	esdk "github.com/aws/aws-encryption-sdk/releases/go/encryption-sdk/awscryptographyencryptionsdksmithygenerated"
	esdktypes "github.com/aws/aws-encryption-sdk/releases/go/encryption-sdk/awscryptographyencryptionsdksmithygeneratedtypes"

	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
)

const (
	single = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	other  = "arn:aws:kms:eu-west-1:111122223333:key/abcd1234-12ab-34cd-56ef-1234567890ab"
	mrkUS  = "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
	mrkEU  = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
)

// pair is the same wrapping key to both libraries.
type pair struct {
	ours   envelope.Keyring
	theirs mpltypes.IKeyring
}

// official is the official SDK.
type official struct {
	sdk       *esdk.Client
	materials *mpl.Client
}

func newOfficial(t *testing.T) official {
	t.Helper()
	sdk, err := esdk.NewClient(esdktypes.AwsEncryptionSdkConfig{})
	if err != nil {
		t.Fatal(err)
	}
	materials, err := mpl.NewClient(mpltypes.MaterialProvidersConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return official{sdk, materials}
}

// exchange seals with each library and opens with the other: seal and open may
// be different keyrings.
func (o official) exchange(t *testing.T, seal, open pair, plain []byte, pairs map[string]string, suite envelope.Suite, frame uint32) {
	t.Helper()
	message, err := envelope.Seal(t.Context(), plain, seal.ours, func(s *envelope.SealOptions) {
		s.Suite, s.EncryptionContext, s.FrameLength = suite, pairs, frame
	})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := o.sdk.Decrypt(t.Context(), esdktypes.DecryptInput{Ciphertext: message, Keyring: open.theirs})
	if err != nil {
		t.Fatalf("the official SDK does not open ours: %v", err)
	}
	if !bytes.Equal(theirs.Plaintext, plain) || !holds(theirs.EncryptionContext, pairs) {
		t.Errorf("the official SDK opens ours to %d bytes of %d, context %v", len(theirs.Plaintext), len(plain), theirs.EncryptionContext)
	}

	id, length := mpltypes.ESDKAlgorithmSuiteId(fmt.Sprintf("0x%04x", uint16(suite))), int64(frame)
	sealed, err := o.sdk.Encrypt(t.Context(), esdktypes.EncryptInput{
		Plaintext: plain, Keyring: seal.theirs, EncryptionContext: pairs, AlgorithmSuiteId: &id, FrameLength: &length,
	})
	if err != nil {
		t.Fatal(err)
	}
	got, h, err := envelope.Open(t.Context(), sealed.Ciphertext, open.ours, func(s *envelope.OpenOptions) { s.EncryptionContext = pairs })
	if err != nil {
		t.Fatalf("we do not open the official SDK's: %v", err)
	}
	if !bytes.Equal(got, plain) || h.Suite != suite || h.FrameLength != frame || !holds(h.EncryptionContext, pairs) {
		t.Errorf("we open the official SDK's to %d bytes of %d, header %+v", len(got), len(plain), h)
	}
}

// holds says whether all has every one of pairs, and besides them nothing but a
// public key.
func holds(all, pairs map[string]string) bool {
	rest := maps.Clone(all)
	delete(rest, "aws-crypto-public-key")
	return maps.Equal(rest, pairs)
}

var (
	suites   = []envelope.Suite{envelope.SuiteCommit, envelope.SuiteCommitSigned}
	contexts = []map[string]string{{}, {"purpose": "test"}, {"größe": "ß", "鍵": "値", "🔑": "", "\uffee": "after", "": "empty key"}}
)

func TestRawAES(t *testing.T) {
	o := newOfficial(t)
	k := rawAES{"namespace", "näme", bytes.Repeat([]byte{3}, 32)}
	theirs, err := o.materials.CreateRawAesKeyring(t.Context(), mpltypes.CreateRawAesKeyringInput{
		KeyNamespace: k.namespace, KeyName: k.name, WrappingKey: k.key, WrappingAlg: mpltypes.AesWrappingAlgAlgAes256GcmIv12Tag16,
	})
	if err != nil {
		t.Fatal(err)
	}
	both := pair{k, theirs}
	for _, suite := range suites {
		for _, n := range []int{0, 1, 4095, 4096, 4097, 100000} {
			for i, pairs := range contexts {
				t.Run(fmt.Sprintf("%04x/%d bytes/context %d", uint16(suite), n, i), func(t *testing.T) {
					plain := make([]byte, n)
					rand.Read(plain)
					o.exchange(t, both, both, plain, pairs, suite, 4096)
				})
			}
		}
		t.Run(fmt.Sprintf("%04x/odd frames", uint16(suite)), func(t *testing.T) {
			for _, frame := range []uint32{1, 7, 64} {
				o.exchange(t, both, both, make([]byte, 64), contexts[1], suite, frame)
			}
		})
	}
}

func TestKMS(t *testing.T) {
	o, server := newOfficial(t), kmsServer(t)
	// One client of ours serves all Regions; theirs each have their own.
	client := kmsClient(server, "ap-south-1")
	ours := func(keys ...string) envelope.Keyring {
		var refs []keyid.Ref
		for _, s := range keys {
			ref, err := keyid.Parse(s)
			if err != nil {
				t.Fatal(err)
			}
			refs = append(refs, ref)
		}
		k, err := kmskeyring.New(client, refs[0], func(o *kmskeyring.Options) { o.Additional = refs[1:] })
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	theirs := func(key string) mpltypes.IKeyring {
		arn, err := keyid.ParseARN(key)
		if err != nil {
			t.Fatal(err)
		}
		k, err := o.materials.CreateAwsKmsMrkKeyring(t.Context(), mpltypes.CreateAwsKmsMrkKeyringInput{
			KmsKeyId: key, KmsClient: kmsClient(server, string(arn.Region)),
		})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	two, err := o.materials.CreateMultiKeyring(t.Context(), mpltypes.CreateMultiKeyringInput{
		Generator: theirs(single), ChildKeyrings: []mpltypes.IKeyring{theirs(other)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ seal, open pair }{
		"one key":                  {pair{ours(single), theirs(single)}, pair{ours(single), theirs(single)}},
		"two keys, the second":     {pair{ours(single, other), two}, pair{ours(other), theirs(other)}},
		"two keys, both":           {pair{ours(single, other), two}, pair{ours(other, single), two}},
		"related key, US to EU":    {pair{ours(mrkUS), theirs(mrkUS)}, pair{ours(mrkEU), theirs(mrkEU)}},
		"related key, EU to US":    {pair{ours(mrkEU), theirs(mrkEU)}, pair{ours(mrkUS), theirs(mrkUS)}},
		"related key among others": {pair{ours(single, mrkUS), theirs(mrkUS)}, pair{ours(other, mrkEU), theirs(mrkEU)}},
	} {
		for _, suite := range suites {
			t.Run(fmt.Sprintf("%s/%04x", name, uint16(suite)), func(t *testing.T) {
				o.exchange(t, c.seal, c.open, make([]byte, 10000), contexts[2], suite, 4096)
			})
		}
	}
	message, err := envelope.Seal(t.Context(), nil, ours(single))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := envelope.Open(t.Context(), message, ours(other)); !errors.Is(err, envelope.ErrNoKey) {
		t.Errorf("opens under a key that it was not sealed under: %v", err)
	}
}

// rawAES is the raw AES keyring (framework/raw-aes-keyring.md).
type rawAES struct {
	namespace, name string
	key             []byte
}

func (r rawAES) aead() cipher.AEAD {
	block, err := aes.NewCipher(r.key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func (r rawAES) info() []byte { return append([]byte(r.name), 0, 0, 0, 128, 0, 0, 0, 12) }

func canonical(pairs map[string]string) []byte {
	if len(pairs) == 0 {
		return nil
	}
	out := binary.BigEndian.AppendUint16(nil, uint16(len(pairs)))
	for _, k := range slices.Sorted(maps.Keys(pairs)) {
		for _, s := range []string{k, pairs[k]} {
			out = append(binary.BigEndian.AppendUint16(out, uint16(len(s))), s...)
		}
	}
	return out
}

func (r rawAES) OnEncrypt(_ context.Context, m *envelope.EncryptionMaterials) error {
	m.DataKey = make([]byte, m.Suite.KeyLen())
	rand.Read(m.DataKey)
	nonce := make([]byte, 12)
	rand.Read(nonce)
	m.EncryptedDataKeys = append(m.EncryptedDataKeys, envelope.EncryptedDataKey{
		ProviderID: r.namespace, ProviderInfo: append(r.info(), nonce...),
		Ciphertext: r.aead().Seal(nil, nonce, m.DataKey, canonical(m.EncryptionContext)),
	})
	return nil
}

func (r rawAES) OnDecrypt(_ context.Context, m *envelope.DecryptionMaterials, keys []envelope.EncryptedDataKey) error {
	for _, k := range keys {
		if nonce, ok := bytes.CutPrefix(k.ProviderInfo, r.info()); ok && k.ProviderID == r.namespace && len(nonce) == 12 {
			plain, err := r.aead().Open(nil, nonce, k.Ciphertext, canonical(m.EncryptionContext))
			m.DataKey = plain
			return err
		}
	}
	return errors.New("no encrypted data key of this keyring")
}

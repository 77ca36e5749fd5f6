package envelope_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"rekey/shared/envelope"
)

type keyDescription struct {
	Type       string
	Algorithm  string `json:"encryption-algorithm"`
	ProviderID string `json:"provider-id"`
	Key        string
	Padding    string           `json:"padding-algorithm"`
	Hash       string           `json:"padding-hash"`
	Generator  *keyDescription  `json:"generator"`
	Children   []keyDescription `json:"childKeyrings"`
	Underlying *keyDescription  `json:"underlying"`
}

type vector struct {
	Scenario struct {
		Type, Ciphertext, Result string
		Suite                    string            `json:"algorithmSuiteId"`
		Key                      keyDescription    `json:"decryptKeyDescription"`
		Reproduced               map[string]string `json:"reproduced-encryption-context"`
		Error                    struct{ Class string }
	} `json:"decryption-scenario"`
	Check struct {
		CiphertextSHA256 string `json:"ciphertext-sha256"`
		Message          struct {
			ID          string            `json:"message-id"`
			Context     map[string]string `json:"encryption-context"`
			FrameLength uint32            `json:"frame-length"`
			Content     string
		}
		Kat *struct{ Commitment, Header string }
	}
}

type vectorKeys map[string]struct {
	Material, Encoding string
	KeyID              string `json:"key-id"`
}

// vectorDir gives the folder of the official vectors: $ESDK_VECTORS, or
// shared/vectors/esdk beside the checkout. Where they must be there and are
// not, the test fails.
func vectorDir(t *testing.T) string {
	t.Helper()
	dir, demanded := os.LookupEnv("ESDK_VECTORS")
	if !demanded {
		dir = filepath.FromSlash("../../../shared/vectors/esdk")
	}
	if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err != nil {
		if demanded || os.Getenv("CI") == "true" {
			t.Fatalf("no AWS Encryption SDK vectors: %v", err)
		}
		fmt.Printf("AWS Encryption SDK vectors were NOT run: there are none in %s; set ESDK_VECTORS\n", dir)
		t.Skip("no vectors in " + dir)
	}
	return dir
}

func loadJSON(t *testing.T, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (keys vectorKeys) keyring(t *testing.T, d keyDescription) envelope.Keyring {
	t.Helper()
	k := keys[d.Key]
	material := []byte(k.Material)
	if k.Encoding == "base64" {
		var err error
		if material, err = base64.StdEncoding.DecodeString(k.Material); err != nil {
			t.Fatal(err)
		}
	}
	switch {
	case d.Type == "static-data-key":
		return &staticKey{key: material}
	case d.Type == "required-encryption-context-cmm":
		return keys.keyring(t, *d.Underlying)
	case d.Type == "multi-keyring":
		var all anyOf
		if d.Generator != nil {
			all = append(all, keys.keyring(t, *d.Generator))
		}
		for _, child := range d.Children {
			all = append(all, keys.keyring(t, child))
		}
		return all
	case d.Type == "raw" && d.Algorithm == "aes":
		return rawAES{d.ProviderID, k.KeyID, material}
	case d.Type == "raw" && d.Algorithm == "rsa":
		block, _ := pem.Decode(material)
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		ring := rawRSA{namespace: d.ProviderID, name: k.KeyID, key: key.(*rsa.PrivateKey)}
		if d.Padding == "oaep-mgf1" {
			ring.oaep = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}[d.Hash]
		}
		return ring
	}
	t.Fatalf("unknown keyring %+v", d)
	return nil
}

func TestVectors(t *testing.T) {
	dir := vectorDir(t)
	var manifest struct{ Tests map[string]vector }
	var keys struct{ Keys vectorKeys }
	loadJSON(t, filepath.Join(dir, "manifest.json"), &manifest)
	loadJSON(t, filepath.Join(dir, "keys.json"), &keys)
	file := func(t *testing.T, uri string) []byte {
		raw, err := os.ReadFile(filepath.Join(dir, strings.TrimPrefix(uri, "file://")))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	var opened, failed, refused int
	for name, v := range manifest.Tests {
		t.Run(name, func(t *testing.T) {
			message := file(t, v.Scenario.Ciphertext)
			if sum := sha256.Sum256(message); hex.EncodeToString(sum[:]) != v.Check.CiphertextSHA256 {
				t.Fatal("the file is not the one of the manifest")
			}
			switch {
			case v.Scenario.Suite != "0478" && v.Scenario.Suite != "0578":
				refused++
				checkRefused(t, v, message)
			case v.Scenario.Type == "negative-esdk":
				failed++
				checkNegative(t, v, keys.Keys.keyring(t, v.Scenario.Key), message)
			default:
				opened++
				ring := keys.Keys.keyring(t, v.Scenario.Key)
				checkPositive(t, v, ring, message, file(t, v.Scenario.Result))
				checkReproduced(t, v, ring, message)
			}
		})
	}
	t.Logf("vectors: %d opened, %d failed as they must, %d of other suites refused", opened, failed, refused)
	if total := opened + failed + refused; total != len(manifest.Tests) || total != 153 {
		t.Errorf("%d vectors run, the manifest has %d, 153 are known", total, len(manifest.Tests))
	}
}

func reproduce(pairs map[string]string) func(*envelope.OpenOptions) {
	return func(o *envelope.OpenOptions) { o.UnstoredContext = pairs }
}

func checkPositive(t *testing.T, v vector, k envelope.Keyring, message, want []byte) {
	t.Helper()
	opt := reproduce(v.Scenario.Reproduced)
	whole := maps.Clone(v.Check.Message.Context)
	maps.Copy(whole, v.Scenario.Reproduced)
	check := func(how string, got []byte, h envelope.Header, err error) {
		t.Helper()
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%s: %d bytes, %v; want %d", how, len(got), err, len(want))
		}
		suite, _ := strconv.ParseUint(v.Scenario.Suite, 16, 16)
		if hex.EncodeToString(h.MessageID) != v.Check.Message.ID || h.Suite != envelope.Suite(suite) ||
			!maps.Equal(h.EncryptionContext, whole) || h.FrameLength != v.Check.Message.FrameLength ||
			h.Framed != (v.Check.Message.Content == "framed") {
			t.Fatalf("%s: header %+v; want %+v", how, h, v.Check.Message)
		}
	}
	got, h, err := envelope.Open(t.Context(), message, k, opt)
	check("Open", got, h, err)
	for how, src := range map[string]io.Reader{
		"whole": bytes.NewReader(message), "by byte": iotest.OneByteReader(bytes.NewReader(message)),
		"halves": iotest.HalfReader(bytes.NewReader(message)), "error with data": iotest.DataErrReader(bytes.NewReader(message)),
	} {
		r, err := envelope.NewReader(t.Context(), src, k, opt)
		if err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		got, err := io.ReadAll(r)
		check(how, got, r.Header(), err)
	}
	raw, err := envelope.ReadHeader(bytes.NewReader(message))
	if err != nil || !maps.Equal(raw.EncryptionContext, v.Check.Message.Context) {
		t.Fatalf("ReadHeader: %+v, %v", raw, err)
	}
}

// checkReproduced: a message that does not store all of its context opens with
// none other.
func checkReproduced(t *testing.T, v vector, k envelope.Keyring, message []byte) {
	t.Helper()
	for key := range v.Scenario.Reproduced {
		for _, change := range []func(map[string]string){
			func(m map[string]string) { delete(m, key) },
			func(m map[string]string) { m[key] += "x" },
		} {
			pairs := maps.Clone(v.Scenario.Reproduced)
			change(pairs)
			_, stored := v.Check.Message.Context[key]
			if _, left := pairs[key]; stored && !left {
				continue
			}
			if got, _, err := envelope.Open(t.Context(), message, k, reproduce(pairs)); err == nil || got != nil {
				t.Errorf("opens with the reproduced context %v", pairs)
			}
		}
	}
}

func checkNegative(t *testing.T, v vector, k envelope.Keyring, message []byte) {
	t.Helper()
	want := map[string]error{"key-commitment": envelope.ErrCommitment}[v.Scenario.Error.Class]
	if want == nil {
		t.Fatalf("unknown class %q", v.Scenario.Error.Class)
	}
	if got, _, err := envelope.Open(t.Context(), message, k); !errors.Is(err, want) || got != nil {
		t.Errorf("Open: %d bytes, %v; want %v", len(got), err, want)
	}
	for _, src := range []io.Reader{bytes.NewReader(message), iotest.OneByteReader(bytes.NewReader(message))} {
		if r, err := envelope.NewReader(t.Context(), src, k); !errors.Is(err, want) || r != nil {
			t.Errorf("NewReader: %v; want %v", err, want)
		}
	}
}

func checkRefused(t *testing.T, v vector, message []byte) {
	t.Helper()
	k := newStatic()
	_, _, err := envelope.Open(context.Background(), message, k)
	if !errors.Is(err, envelope.ErrUnsupported) || !strings.Contains(err.Error(), "0x"+v.Scenario.Suite) || k.calls != 0 {
		t.Errorf("Open: %v, %d keyring calls", err, k.calls)
	}
	if _, err := envelope.ReadHeader(bytes.NewReader(message)); !errors.Is(err, envelope.ErrUnsupported) {
		t.Errorf("ReadHeader: %v", err)
	}
}

package kmskeyring_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
)

const (
	account = "111122223333"
	single  = keyid.ID("aaaaaaaa-12ab-34cd-56ef-1234567890ab")
	second  = keyid.ID("bbbbbbbb-12ab-34cd-56ef-1234567890ab")
	multi   = keyid.ID("mrk-1234abcd12ab34cd56ef1234567890ab")
)

var _ kmskeyring.Client = (*kms.Client)(nil)

func arnOf(id keyid.ID, region keyid.Region) string {
	return keyid.ARN{Partition: "aws", Region: region, Account: account, ID: id}.String()
}

func newFake() *fakeKMS {
	f := &fakeKMS{home: "us-east-1", aliases: map[string]keyid.ID{"alias/app": single}}
	f.add(single, "us-east-1")
	f.add(second, "eu-west-1")
	f.add(multi, "us-east-1", "eu-west-1")
	return f
}

func ring(t *testing.T, f kmskeyring.Client, keys ...string) *kmskeyring.Keyring {
	t.Helper()
	var refs []keyid.Ref
	for _, s := range keys {
		ref, err := keyid.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, ref)
	}
	k, err := kmskeyring.New(f, refs[0], func(o *kmskeyring.Options) {
		o.Additional, o.GrantTokens = refs[1:], []string{"token"}
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func seal(t *testing.T, k envelope.Keyring) []byte {
	t.Helper()
	message, err := envelope.Seal(t.Context(), []byte("plain"), k, func(o *envelope.SealOptions) {
		o.EncryptionContext = map[string]string{"tenant": "a"}
	})
	if err != nil {
		t.Fatal(err)
	}
	return message
}

func opens(t *testing.T, message []byte, k envelope.Keyring) error {
	t.Helper()
	got, _, err := envelope.Open(t.Context(), message, k)
	if err == nil && string(got) != "plain" {
		t.Errorf("opened to %q", got)
	}
	return err
}

func TestSealsUnderEveryKeyAndOpensUnderEach(t *testing.T) {
	f := newFake()
	all := []string{arnOf(single, "us-east-1"), arnOf(second, "eu-west-1"), arnOf(multi, "eu-west-1")}
	message := seal(t, ring(t, f, all...))
	for _, c := range f.calls {
		if !maps.Equal(c.context, map[string]string{"tenant": "a"}) || !slices.Equal(c.tokens, []string{"token"}) || c.op == "GenerateDataKey" && c.bytes != 32 {
			t.Errorf("call %+v", c)
		}
	}
	if got, want := f.trail(), "GenerateDataKey aaaaa@us-east-1, Encrypt bbbbb@eu-west-1, Encrypt mrk-1@eu-west-1"; got != want {
		t.Errorf("calls %s; want %s", got, want)
	}
	h, err := envelope.ReadHeader(bytes.NewReader(message))
	if err != nil || len(h.EncryptedDataKeys) != 3 {
		t.Fatalf("%+v, %v", h, err)
	}
	for i, e := range h.EncryptedDataKeys {
		if e.ProviderID != "aws-kms" || string(e.ProviderInfo) != all[i] {
			t.Errorf("encrypted data key %d: %s %s", i, e.ProviderID, e.ProviderInfo)
		}
	}
	for i, want := range []string{"Decrypt aaaaa@us-east-1", "Decrypt bbbbb@eu-west-1", "Decrypt mrk-1@eu-west-1"} {
		if err := opens(t, message, ring(t, f, all[i])); err != nil {
			t.Errorf("%s: %v", all[i], err)
		}
		if c := f.calls[0]; c.keyID != all[i] || !maps.Equal(c.context, map[string]string{"tenant": "a"}) || !slices.Equal(c.tokens, []string{"token"}) {
			t.Errorf("call %+v", c)
		}
		if got := f.trail(); got != want {
			t.Errorf("calls %s; want %s", got, want)
		}
	}
}

func TestAliasAndIDSealButDoNotOpen(t *testing.T) {
	f := newFake()
	for _, name := range []string{"alias/app", string(single)} {
		k := ring(t, f, name)
		message := seal(t, k)
		if got := f.trail(); !strings.HasSuffix(got, "@us-east-1") {
			t.Errorf("%s: calls %s", name, got)
		}
		h, _ := envelope.ReadHeader(bytes.NewReader(message))
		if got := string(h.EncryptedDataKeys[0].ProviderInfo); got != arnOf(single, "us-east-1") {
			t.Errorf("%s: provider info %s", name, got)
		}
		if err := opens(t, message, k); !errors.Is(err, envelope.ErrNoKey) || f.calls != nil {
			t.Errorf("%s: %v, %d calls", name, err, len(f.calls))
		}
		if err := opens(t, message, ring(t, f, arnOf(single, "us-east-1"))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		f.trail()
	}
}

func TestMultiRegionKeyOpensInItsOwnRegion(t *testing.T) {
	f := newFake()
	message := seal(t, ring(t, f, arnOf(multi, "us-east-1")))
	f.trail()
	k := ring(t, f, arnOf(multi, "eu-west-1"))
	if err := opens(t, message, k); err != nil || f.calls[0].keyID != arnOf(multi, "eu-west-1") {
		t.Errorf("%v", err)
	}
	if got := f.trail(); got != "Decrypt mrk-1@eu-west-1" {
		t.Errorf("calls %s", got)
	}
	// A single-Region key of the same id in another Region is another key.
	err := opens(t, seal(t, ring(t, f, arnOf(single, "us-east-1"))), ring(t, f, arnOf(single, "eu-west-1")))
	if !errors.Is(err, envelope.ErrNoKey) || f.trail() != "GenerateDataKey aaaaa@us-east-1" {
		t.Errorf("%v", err)
	}
}

func TestGoesOnToTheNextKeyAndCollectsReasons(t *testing.T) {
	f := newFake()
	keys := []string{arnOf(single, "us-east-1"), arnOf(multi, "us-east-1")}
	message := seal(t, ring(t, f, keys...))
	material := f.material[single]
	f.material[single] = make([]byte, 32) // the first no longer decrypts
	f.trail()
	if err := opens(t, message, ring(t, f, keys...)); err != nil {
		t.Error(err)
	}
	if got := f.trail(); got != "Decrypt aaaaa@us-east-1, Decrypt mrk-1@us-east-1" {
		t.Errorf("calls %s", got)
	}
	f.material[single] = material
	f.fail["Decrypt"] = &types.DisabledException{}
	err := opens(t, message, ring(t, f, keys...))
	var disabled *types.DisabledException
	if !errors.Is(err, envelope.ErrNoKey) || !errors.As(err, &disabled) || !strings.Contains(err.Error(), keys[0]) || !strings.Contains(err.Error(), keys[1]) {
		t.Errorf("%v", err)
	}
	f.trail()
	err = opens(t, message, ring(t, f, arnOf(second, "eu-west-1")))
	if !errors.Is(err, envelope.ErrNoKey) || !strings.Contains(err.Error(), keys[0]) || f.calls != nil {
		t.Errorf("no key of the message: %v", err)
	}
}

func TestWrongContextDoesNotDecrypt(t *testing.T) {
	f := newFake()
	k := ring(t, f, arnOf(single, "us-east-1"))
	m := &envelope.EncryptionMaterials{Suite: envelope.SuiteCommit, EncryptionContext: map[string]string{"tenant": "a"}}
	if err := k.OnEncrypt(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	d := &envelope.DecryptionMaterials{Suite: envelope.SuiteCommit, EncryptionContext: map[string]string{"tenant": "b"}}
	var invalid *types.InvalidCiphertextException
	if err := k.OnDecrypt(t.Context(), d, m.EncryptedDataKeys); !errors.As(err, &invalid) || d.DataKey != nil {
		t.Errorf("%v", err)
	}
	d.EncryptionContext = m.EncryptionContext
	if err := k.OnDecrypt(t.Context(), d, m.EncryptedDataKeys); err != nil || !bytes.Equal(d.DataKey, m.DataKey) {
		t.Errorf("%v", err)
	}
	if err := k.OnDecrypt(t.Context(), d, m.EncryptedDataKeys); err == nil {
		t.Error("a second data key")
	}
}

func TestAnswersAreNotBelievedBlindly(t *testing.T) {
	f := newFake()
	keys := []string{arnOf(single, "us-east-1"), arnOf(second, "eu-west-1")}
	message := seal(t, ring(t, f, keys...))
	h, err := envelope.ReadHeader(bytes.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key  string
		data []byte
	}{
		"another key": {key: arnOf(multi, "us-east-1")}, "another Region": {key: arnOf(single, "eu-west-1")},
		"an id": {key: string(single)}, "an alias ARN": {key: "arn:aws:kms:us-east-1:111122223333:alias/app"},
		"a short key": {data: make([]byte, 16)}, "a long key": {data: make([]byte, 33)}, "an empty key": {data: []byte{}},
	} {
		f.answerKey, f.answerData = c.key, c.data
		if err := opens(t, message, ring(t, f, keys[0])); !errors.Is(err, envelope.ErrNoKey) {
			t.Errorf("Decrypt, %s: %v", name, err)
		}
		d := &envelope.DecryptionMaterials{Suite: envelope.SuiteCommit, EncryptionContext: h.EncryptionContext}
		if err := ring(t, f, keys[0]).OnDecrypt(t.Context(), d, h.EncryptedDataKeys); err == nil || d.DataKey != nil {
			t.Errorf("Decrypt, %s: %v", name, err)
		}
		for op, m := range map[string]*envelope.EncryptionMaterials{
			"GenerateDataKey": {Suite: envelope.SuiteCommit},
			"Encrypt":         {Suite: envelope.SuiteCommit, DataKey: make([]byte, 32)},
		} {
			if err := ring(t, f, keys[0]).OnEncrypt(t.Context(), m); (op == "GenerateDataKey" || c.key != "") && (err == nil || m.EncryptedDataKeys != nil) {
				t.Errorf("%s, %s: %v", op, name, err)
			}
		}
	}
}

func TestAFailedSealLeavesTheMaterials(t *testing.T) {
	f := newFake()
	k := ring(t, f, arnOf(single, "us-east-1"), arnOf(second, "eu-west-1"))
	for _, op := range []string{"GenerateDataKey", "Encrypt"} {
		f.fail = map[string]error{op: &types.KMSInternalException{}}
		m := &envelope.EncryptionMaterials{Suite: envelope.SuiteCommit}
		var internal *types.KMSInternalException
		if err := k.OnEncrypt(t.Context(), m); !errors.As(err, &internal) || m.DataKey != nil || m.EncryptedDataKeys != nil {
			t.Errorf("%s fails: %v, %+v", op, err, m)
		}
	}
}

func TestEncryptsADataKeyThatIsThere(t *testing.T) {
	f := newFake()
	m := &envelope.EncryptionMaterials{Suite: envelope.SuiteCommit, DataKey: bytes.Repeat([]byte{5}, 32)}
	if err := ring(t, f, arnOf(single, "us-east-1")).OnEncrypt(t.Context(), m); err != nil || len(m.EncryptedDataKeys) != 1 || m.DataKey[0] != 5 {
		t.Errorf("%v, %d keys", err, len(m.EncryptedDataKeys))
	}
	if got := f.trail(); got != "Encrypt aaaaa@us-east-1" {
		t.Errorf("calls %s", got)
	}
}

func TestForeignEncryptedDataKeys(t *testing.T) {
	f := newFake()
	k := ring(t, f, arnOf(single, "us-east-1"))
	m := &envelope.EncryptionMaterials{Suite: envelope.SuiteCommit}
	if err := k.OnEncrypt(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	f.trail()
	for _, c := range []struct {
		provider, info string
		ok             bool
	}{
		{"raw", "anything", true}, {"aws-kms-hierarchy", arnOf(single, "us-east-1"), true},
		{"aws-kms", "arn:aws:kms:us-east-1:111122223333:key/of-a-later-form", true},
		{"aws-kms", "alias/app", false}, {"aws-kms", "arn:aws:kms:us-east-1:111122223333:alias/app", false}, {"aws-kms", "", false},
	} {
		foreign := envelope.EncryptedDataKey{ProviderID: c.provider, ProviderInfo: []byte(c.info), Ciphertext: []byte("of another kind")}
		d := &envelope.DecryptionMaterials{Suite: envelope.SuiteCommit}
		err := k.OnDecrypt(t.Context(), d, append([]envelope.EncryptedDataKey{foreign}, m.EncryptedDataKeys...))
		want := ""
		if c.ok {
			want = "Decrypt aaaaa@us-east-1"
		}
		if got := f.trail(); (err == nil) != c.ok || got != want {
			t.Errorf("%+v: %v, calls %q", c, err, got)
		}
	}
}

// What a message names as its keys is quoted in an error.
func TestProvidersAreQuoted(t *testing.T) {
	f := newFake()
	hostile := []envelope.EncryptedDataKey{
		{ProviderID: "aws-kms", ProviderInfo: []byte("arn:aws:kms:us-east-1:111122223333:key/\x1b[2J")}, {ProviderID: "\a"},
	}
	d := &envelope.DecryptionMaterials{Suite: envelope.SuiteCommit}
	if err := ring(t, f, arnOf(single, "us-east-1")).OnDecrypt(t.Context(), d, hostile); err == nil || strings.ContainsAny(err.Error(), "\x1b\a") {
		t.Errorf("%q", err)
	}
}

func TestAnswerWithoutACiphertext(t *testing.T) {
	f := newFake()
	f.noCiphertext = true
	m := &envelope.EncryptionMaterials{Suite: envelope.SuiteCommit}
	if err := ring(t, f, arnOf(single, "us-east-1")).OnEncrypt(t.Context(), m); err == nil || m.DataKey != nil {
		t.Errorf("%v, %+v", err, m)
	}
}

func TestCancelledContextEndsTheTries(t *testing.T) {
	f := newFake()
	keys := []string{arnOf(single, "us-east-1"), arnOf(multi, "us-east-1")}
	message := seal(t, ring(t, f, keys...))
	f.trail()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f.fail["Decrypt"] = context.Canceled
	_, _, err := envelope.Open(ctx, message, ring(t, f, keys...))
	if !errors.Is(err, context.Canceled) || len(f.calls) != 1 {
		t.Errorf("%v after %d calls", err, len(f.calls))
	}
}

func TestNewRefuses(t *testing.T) {
	f := newFake()
	parse := func(s string) keyid.Ref {
		ref, err := keyid.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	for name, keys := range map[string][]keyid.Ref{
		"no key":           {{}},
		"no second key":    {parse("alias/app"), {}},
		"a key twice":      {parse(arnOf(single, "us-east-1")), parse(arnOf(single, "us-east-1"))},
		"related keys":     {parse(arnOf(multi, "us-east-1")), parse(arnOf(multi, "eu-west-1"))},
		"an mrk by its id": {parse(arnOf(multi, "us-east-1")), parse(string(multi))},
		"an alias twice":   {parse("alias/app"), parse("alias/app")},
	} {
		if _, err := kmskeyring.New(f, keys[0], func(o *kmskeyring.Options) { o.Additional = keys[1:] }); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := kmskeyring.New(nil, parse("alias/app")); err == nil {
		t.Error("no client: no error")
	}
}

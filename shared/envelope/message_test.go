package envelope_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"strings"
	"testing"

	"rekey/shared/envelope"
)

func framesOf(n uint32) func(*envelope.SealOptions) {
	return func(o *envelope.SealOptions) { o.FrameLength = n }
}

func suiteOf(s envelope.Suite) func(*envelope.SealOptions) {
	return func(o *envelope.SealOptions) { o.Suite = s }
}

func contextOf(pairs map[string]string) func(*envelope.SealOptions) {
	return func(o *envelope.SealOptions) { o.EncryptionContext = pairs }
}

func demand(pairs map[string]string) func(*envelope.OpenOptions) {
	return func(o *envelope.OpenOptions) { o.EncryptionContext = pairs }
}

func seal(t testing.TB, plain string, k envelope.Keyring, opts ...func(*envelope.SealOptions)) []byte {
	t.Helper()
	message, err := envelope.Seal(context.Background(), []byte(plain), k, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return message
}

// read opens through a Reader and gives all that came out before the error.
func read(message []byte, k envelope.Keyring, opts ...func(*envelope.OpenOptions)) ([]byte, error) {
	r, err := envelope.NewReader(context.Background(), bytes.NewReader(message), k, opts...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestSizesAroundTheFrameLength(t *testing.T) {
	k := newStatic()
	for _, suite := range []envelope.Suite{envelope.SuiteCommit, envelope.SuiteCommitSigned} {
		for _, n := range []int{0, 1, 15, 16, 17, 31, 32, 33, 160} {
			plain := strings.Repeat("p", n)
			message := seal(t, plain, k, suiteOf(suite), framesOf(16))
			got, h, err := envelope.Open(t.Context(), message, k)
			if err != nil || string(got) != plain || h.Suite != suite {
				t.Errorf("%v, %d bytes: %q, %v", suite, n, got, err)
			}
			if got, err := read(message, k); err != nil || string(got) != plain {
				t.Errorf("%v, %d bytes, Reader: %q, %v", suite, n, got, err)
			}
			if suite == envelope.SuiteCommit {
				regular := max(0, n-1) / 16 // the last frame is as full as it can be
				want := 107 + regular*(32+16) + 40 + n - regular*16
				if len(message) != want {
					t.Errorf("%d bytes: message of %d, want %d", n, len(message), want)
				}
			}
		}
	}
}

func TestForeignEndingsOpen(t *testing.T) {
	k := newStatic()
	for name, c := range map[string]struct {
		f    *forge
		want string
	}{
		"full final frame":       {newForge(t, k, 2, 4, nil).regular(1, "abcd").final(2, "efgh"), "abcdefgh"},
		"empty final frame":      {newForge(t, k, 2, 4, nil).regular(1, "abcd").final(2, ""), "abcd"},
		"nothing":                {newForge(t, k, 2, 4, nil).final(1, ""), ""},
		"greatest frame length":  {newForge(t, k, 2, 1<<32-1, nil).final(1, "x"), "x"},
		"unframed":               {newForge(t, k, 1, 0, nil).block("abc"), "abc"},
		"unframed, empty":        {newForge(t, k, 1, 0, nil).block(""), ""},
		"pairs in another order": {newForge(t, k, 2, 4, join(be16(2), be16(1), []byte("b"), be16(0), be16(1), []byte("a"), be16(0))).final(1, "x"), "x"},
	} {
		if got, _, err := envelope.Open(t.Context(), c.f.out, k); err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if got, err := read(c.f.out, k); err != nil || string(got) != c.want {
			t.Errorf("%s, Reader: %q, %v", name, got, err)
		}
	}
}

func TestBrokenStructureIsRefused(t *testing.T) {
	k := newStatic()
	start := func() *forge { return newForge(t, k, 2, 4, nil) }
	_, signed, err := envelope.Open(t.Context(), seal(t, "", k, suiteOf(envelope.SuiteCommitSigned)), k)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		f        *forge
		want     error
		released string
	}{
		"first frame is 2":             {start().regular(2, "abcd").final(3, ""), envelope.ErrMalformed, ""},
		"first frame is 0":             {start().regular(0, "abcd").final(1, ""), envelope.ErrMalformed, ""},
		"a frame twice":                {start().regular(1, "abcd").regular(1, "abcd").final(2, ""), envelope.ErrMalformed, "abcd"},
		"a frame left out":             {start().regular(1, "abcd").regular(3, "abcd").final(4, ""), envelope.ErrMalformed, "abcd"},
		"final frame's number too low": {start().regular(1, "abcd").final(1, ""), envelope.ErrMalformed, "abcd"},
		"final frame too long":         {start().final(1, "abcde"), envelope.ErrMalformed, ""},
		"no final frame":               {start().regular(1, "abcd"), envelope.ErrTruncated, "abcd"},
		"nothing after the header":     {start(), envelope.ErrTruncated, ""},
		"two final frames":             {start().final(1, "a").final(2, "b"), envelope.ErrTrailing, ""},
		"a byte after the message":     {start().regular(1, "abcd").final(2, "e").raw(0), envelope.ErrTrailing, "abcd"},
		"content type 3":               {newForge(t, k, 3, 4, nil).final(1, "x"), envelope.ErrMalformed, ""},
		"frame length 0":               {newForge(t, k, 2, 0, nil).final(1, ""), envelope.ErrMalformed, ""},
		"unframed with frame length":   {newForge(t, k, 1, 4, nil).block("x"), envelope.ErrMalformed, ""},
		"unframed and more":            {newForge(t, k, 1, 0, nil).block("x").raw(1), envelope.ErrTrailing, ""},
		"a pair twice":                 {newForge(t, k, 2, 4, join(be16(2), be16(1), []byte("a"), be16(0), be16(1), []byte("a"), be16(0))).final(1, "x"), envelope.ErrMalformed, ""},
		"a context without pairs":      {newForge(t, k, 2, 4, be16(0)).final(1, "x"), envelope.ErrMalformed, ""},
		"a context with too few pairs": {newForge(t, k, 2, 4, join(be16(2), be16(1), []byte("a"), be16(0))).final(1, "x"), envelope.ErrMalformed, ""},
		"a context with a rest":        {newForge(t, k, 2, 4, join(be16(1), be16(1), []byte("a"), be16(0), be16(0))).final(1, "x"), envelope.ErrMalformed, ""},
		"a context that is not UTF-8":  {newForge(t, k, 2, 4, join(be16(1), be16(1), []byte{0xff}, be16(0))).final(1, "x"), envelope.ErrMalformed, ""},
		"a public key, not signed":     {newForge(t, k, 2, 4, canonical(signed.EncryptionContext)).final(1, "x"), envelope.ErrMalformed, ""},
		"no encrypted data keys":       {newForgeKeys(t, k, 2, 4, nil, be16(0)).final(1, "x"), envelope.ErrMalformed, ""},
		"fewer keys than their count":  {newForgeKeys(t, k, 2, 4, nil, be16(1)).final(1, "x"), envelope.ErrTruncated, ""},
	} {
		if got, _, err := envelope.Open(t.Context(), c.f.out, k); !errors.Is(err, c.want) || got != nil {
			t.Errorf("%s: %q, %v; want %v", name, got, err, c.want)
		}
		if got, err := read(c.f.out, k); !errors.Is(err, c.want) || string(got) != c.released {
			t.Errorf("%s, Reader: released %q, %v; want %q, %v", name, got, err, c.released, c.want)
		}
	}
}

func TestWhatIsNotAMessage(t *testing.T) {
	k := newStatic()
	for _, c := range []struct {
		in   string
		want error
		says string
	}{
		{"", envelope.ErrTruncated, ""},
		{"AgR4base64", envelope.ErrMalformed, "Base64"},
		{"\x03\x04\x78", envelope.ErrMalformed, "version"},
		{"\x02\x12\x34", envelope.ErrMalformed, "0x1234"},
		{"\x01\x80\x03\x78", envelope.ErrUnsupported, "0x0378"},
		{"\x01\x81\x03\x78", envelope.ErrMalformed, "type"},
		{"\x01\x80\x04\x78", envelope.ErrMalformed, "message format 1"},
	} {
		_, _, err := envelope.Open(t.Context(), []byte(c.in), k)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v", c.in, err)
		}
	}
	if k.calls != 0 {
		t.Errorf("the keyring was called %d times", k.calls)
	}
	_, err := envelope.Seal(t.Context(), nil, k, suiteOf(0x0178))
	if !errors.Is(err, envelope.ErrUnsupported) || !strings.Contains(err.Error(), "0x0178") || k.calls != 0 {
		t.Errorf("Seal with 0x0178: %v", err)
	}
}

func TestContextDemands(t *testing.T) {
	k := newStatic()
	message := seal(t, "x", k, contextOf(map[string]string{"tenant": "a", "größe": "ß"}))
	k.calls = 0
	for _, c := range []struct {
		opt  func(*envelope.OpenOptions)
		says string
	}{
		{demand(map[string]string{"tenant": "b"}), "another value for [\"tenant\"]"},
		{demand(map[string]string{"tenant": "a", "stage": "prod"}), "lacks [\"stage\"]"},
		{demand(map[string]string{"Tenant": "a"}), "lacks [\"Tenant\"]"},
		{demand(map[string]string{"stage": ""}), "lacks [\"stage\"]"},
		{func(o *envelope.OpenOptions) { o.RequiredKeys = []string{"tenant", "owner"} }, "lacks [\"owner\"]"},
		{reproduce(map[string]string{"tenant": "b"}), "another value for \"tenant\""},
	} {
		_, _, err := envelope.Open(t.Context(), message, k, c.opt)
		if !errors.Is(err, envelope.ErrContextMismatch) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v; want it to say %s", err, c.says)
		}
	}
	if k.calls != 0 {
		t.Errorf("the keyring was called %d times for messages of the wrong context", k.calls)
	}
	got, h, err := envelope.Open(t.Context(), message, k, demand(map[string]string{"größe": "ß"}), func(o *envelope.OpenOptions) { o.RequiredKeys = []string{"tenant"} })
	if err != nil || string(got) != "x" || h.EncryptionContext["tenant"] != "a" {
		t.Errorf("%q, %v, %v", got, h.EncryptionContext, err)
	}
}

func TestUnstoredContext(t *testing.T) {
	k := rawAES{"ns", "key", bytes.Repeat([]byte{1}, 32)}
	pairs := map[string]string{"secretless": "path/to"}
	message := seal(t, "x", k, contextOf(map[string]string{"a": "b"}), func(o *envelope.SealOptions) { o.UnstoredContext = pairs })
	if bytes.Contains(message, []byte("path/to")) {
		t.Error("the message holds the unstored pair")
	}
	_, h, err := envelope.Open(t.Context(), message, k, reproduce(pairs), demand(pairs))
	if want := map[string]string{"a": "b", "secretless": "path/to"}; err != nil || !maps.Equal(h.EncryptionContext, want) {
		t.Errorf("%v, %v", h.EncryptionContext, err)
	}
	if _, _, err := envelope.Open(t.Context(), message, k); !errors.Is(err, envelope.ErrNoKey) {
		t.Errorf("without the pair: %v", err)
	}
	static := newStatic() // does not look at the context: only the header tag does
	message = seal(t, "x", static, func(o *envelope.SealOptions) { o.UnstoredContext = pairs })
	if _, _, err := envelope.Open(t.Context(), message, static); !errors.Is(err, envelope.ErrHeaderAuth) {
		t.Errorf("without the pair, static key: %v", err)
	}
}

func TestCallerContextIsChecked(t *testing.T) {
	k := newStatic()
	big := strings.Repeat("v", 65535-2-4-1)
	for name, c := range map[string]struct {
		opt  func(*envelope.SealOptions)
		want error
	}{
		"reserved":           {contextOf(map[string]string{"aws-crypto-x": "1"}), envelope.ErrReservedContext},
		"public key":         {contextOf(map[string]string{"aws-crypto-public-key": "1"}), envelope.ErrReservedContext},
		"reserved, unstored": {func(o *envelope.SealOptions) { o.UnstoredContext = map[string]string{"aws-crypto-x": "1"} }, envelope.ErrReservedContext},
		"not UTF-8":          {contextOf(map[string]string{"k": "\xff"}), envelope.ErrInvalidContext},
		"in both": {func(o *envelope.SealOptions) {
			o.EncryptionContext, o.UnstoredContext = map[string]string{"k": "1"}, map[string]string{"k": "1"}
		}, envelope.ErrInvalidContext},
		"too large": {contextOf(map[string]string{"k": big + "v"}), envelope.ErrTooLarge},
	} {
		if _, err := envelope.Seal(t.Context(), nil, k, c.opt); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if k.calls != 0 {
		t.Errorf("%d keyring calls", k.calls)
	}
	given := map[string]string{"k": big}
	message := seal(t, "x", k, contextOf(given))
	if _, h, err := envelope.Open(t.Context(), message, k); err != nil || h.EncryptionContext["k"] != big {
		t.Errorf("the largest context: %v", err)
	}
	given = map[string]string{"k": "v"}
	seal(t, "x", k, contextOf(given), suiteOf(envelope.SuiteCommitSigned))
	if len(given) != 1 {
		t.Errorf("the caller's map was changed: %v", given)
	}
}

func TestLimits(t *testing.T) {
	k := newStatic()
	var many anyOf
	for range 65 {
		many = append(many, rawAES{"ns", "key", bytes.Repeat([]byte{1}, 32)})
	}
	if _, err := envelope.Seal(t.Context(), nil, many); !errors.Is(err, envelope.ErrTooManyKeys) {
		t.Errorf("65 keys: %v", err)
	}
	raise := func(o *envelope.SealOptions) { o.MaxEncryptedDataKeys = 65 }
	message := seal(t, "x", many, raise)
	if _, _, err := envelope.Open(t.Context(), message, many[0]); !errors.Is(err, envelope.ErrTooManyKeys) {
		t.Errorf("65 keys: %v", err)
	}
	for n, want := range map[int]error{64: envelope.ErrTooManyKeys, 65: nil} {
		_, _, err := envelope.Open(t.Context(), message, many[0], func(o *envelope.OpenOptions) { o.MaxEncryptedDataKeys = n })
		if !errors.Is(err, want) {
			t.Errorf("65 keys of %d: %v", n, err)
		}
	}
	short := func(o *envelope.OpenOptions) { o.MaxHeaderLength = 106 }
	message = seal(t, strings.Repeat("p", 100), k, framesOf(60))
	if _, err := envelope.ReadHeader(bytes.NewReader(message), short); !errors.Is(err, envelope.ErrTooLarge) {
		t.Errorf("header over its limit: %v", err)
	}
	for n, want := range map[uint32]error{59: envelope.ErrTooLarge, 60: nil} {
		if _, err := read(message, k, func(o *envelope.OpenOptions) { o.MaxFrameLength = n }); !errors.Is(err, want) {
			t.Errorf("frame over its limit of %d: %v", n, err)
		}
	}
	large := strings.Repeat("p", envelope.DefaultMaxFrameLength+1)
	message = seal(t, large, k, framesOf(1<<30))
	if _, err := read(message, k); !errors.Is(err, envelope.ErrTooLarge) {
		t.Errorf("frame over the default limit: %v", err)
	}
	if got, _, err := envelope.Open(t.Context(), message, k); err != nil || string(got) != large {
		t.Errorf("frame over the default limit in memory: %v", err)
	}
}

func TestForbidSigned(t *testing.T) {
	k := newStatic()
	forbid := func(o *envelope.OpenOptions) { o.ForbidSigned = true }
	signed, unsigned := seal(t, "x", k, suiteOf(envelope.SuiteCommitSigned)), seal(t, "x", k)
	k.calls = 0
	if _, err := read(signed, k, forbid); !errors.Is(err, envelope.ErrSigned) || k.calls != 0 {
		t.Errorf("signed: %v, %d keyring calls", err, k.calls)
	}
	if _, err := read(unsigned, k, forbid); err != nil {
		t.Errorf("unsigned: %v", err)
	}
}

func TestRequireSigned(t *testing.T) {
	k := newStatic()
	require := func(o *envelope.OpenOptions) { o.RequireSigned = true }
	signed, unsigned := seal(t, "x", k, suiteOf(envelope.SuiteCommitSigned)), seal(t, "x", k)
	k.calls = 0
	if _, err := read(unsigned, k, require); !errors.Is(err, envelope.ErrUnsigned) || k.calls != 0 {
		t.Errorf("unsigned: %v, %d keyring calls", err, k.calls)
	}
	if _, _, err := envelope.Open(t.Context(), unsigned, k, require); !errors.Is(err, envelope.ErrUnsigned) || k.calls != 0 {
		t.Errorf("unsigned, in memory: %v, %d keyring calls", err, k.calls)
	}
	if _, err := read(signed, k, require); err != nil {
		t.Errorf("signed: %v", err)
	}
}

func TestNoKey(t *testing.T) {
	message := seal(t, "x", rawAES{"ns", "key", bytes.Repeat([]byte{1}, 32)})
	reason := &json.SyntaxError{Offset: 3}
	for name, k := range map[string]envelope.Keyring{
		"other key": rawAES{"ns", "key", bytes.Repeat([]byte{2}, 32)}, "gives none": &staticKey{}, "gives a short one": &staticKey{key: make([]byte, 16)},
		"joined": failing{errors.Join(errors.New("other"), fmt.Errorf("try: %w", reason))},
	} {
		_, _, err := envelope.Open(t.Context(), message, k)
		var got *json.SyntaxError
		if !errors.Is(err, envelope.ErrNoKey) || name == "joined" && !errors.As(err, &got) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := envelope.Open(t.Context(), seal(t, "x", newStatic()), newStatic()); !errors.Is(err, envelope.ErrCommitment) {
		t.Errorf("another data key: %v", err)
	}
	if _, err := envelope.Seal(t.Context(), nil, failing{io.ErrClosedPipe}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Seal: %v", err)
	}
}

type failing struct{ err error }

func (f failing) OnEncrypt(context.Context, *envelope.EncryptionMaterials) error { return f.err }
func (f failing) OnDecrypt(context.Context, *envelope.DecryptionMaterials, []envelope.EncryptedDataKey) error {
	return f.err
}

func TestDataKeyIsNeverShown(t *testing.T) {
	secret := "0123456789abcdef0123456789abcdef"
	m := &envelope.DecryptionMaterials{DataKey: envelope.DataKey(secret)}
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+verb+verb, m, *m, m.DataKey)
	}
	j, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(j)
	slog.New(slog.NewTextHandler(&b, nil)).Info("m", "m", m, "key", m.DataKey)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "m", m, "key", m.DataKey)
	for _, form := range []string{"0123456", "30313233", "48 49 50", "0x30", "MDEyMz"} {
		if strings.Contains(b.String(), form) {
			t.Errorf("shown as %q in %s", form, b.String())
		}
	}
}

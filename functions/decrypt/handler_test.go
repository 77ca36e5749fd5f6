package decrypt_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"rekey/events"
	"rekey/functions/decrypt"
	"rekey/lab/lambda"
)

// Every sample event, by the handler: an answer for each item, in order, or a
// refusal of the event.
func TestSampleEvents(t *testing.T) {
	s := newScene(t)
	h := &decrypt.Handler{Resolver: s.resolver(s.key), Log: slog.New(slog.DiscardHandler)}
	samples := ok[map[string][]byte](t)(events.Of("decrypt"))
	for name, event := range samples {
		answer, err := h.Invoke(t.Context(), event)
		if refused := errors.As(err, new(decrypt.BadRequest)); refused != (name == "refused.json") || err != nil && !refused {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			continue
		}
		var request decrypt.Request
		var response decrypt.Response
		if err := json.Unmarshal(event, &request); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(answer, &response); err != nil || len(response.Items) != len(request.Items) {
			t.Errorf("%s: %s, %v", name, answer, err)
		}
		for i, a := range response.Items {
			if a.ID != request.Items[i].ID || (a.Value == nil && a.Sealed == nil) != (a.Error != nil) {
				t.Errorf("%s, item %d: %+v", name, i, a)
			}
		}
	}
}

// instance is the real bootstrap under the Runtime API, as a role of the scene.
func (s *scene) instance(log *bytes.Buffer) *lambda.Instance {
	s.t.Helper()
	bootstrap := filepath.Join(s.t.TempDir(), "bootstrap")
	if out, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", bootstrap, "./lambda").CombinedOutput(); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
	server := httptest.NewServer(s.lab)
	s.t.Cleanup(server.Close)
	f := lambda.NewInstance(s.lab.World, s.lab.STS, server.URL, lambda.Function{
		Name: "decrypt", Account: own, Region: region, Bootstrap: bootstrap, Log: log, Timeout: 20 * time.Second,
		Role: "arn:aws:iam::" + string(own) + ":role/decrypt",
		Env:  map[string]string{decrypt.EnvReferences: "sm://* kms://* envelope://*", decrypt.EnvKeys: s.key, decrypt.EnvMaxItems: "50"},
	})
	s.t.Cleanup(f.Stop)
	return f
}

// canaries are secrets that must not be found in anything a run wrote.
var canaries = []string{"canary-secret", "canary-raw", "canary-sealed", "canary\xff\xfebinary"}

// The canary test: the real binary, every kind of reference, values in plain
// and sealed, failures of every sort; then all that it wrote is searched.
func TestBootstrapKeepsSecrets(t *testing.T) {
	s := newScene(t)
	var log bytes.Buffer
	f := s.instance(&log)
	s.secret("canary", `{"k":"`+canaries[0]+`"`) // no valid JSON: its parser is tempted to quote it
	items := []decrypt.Item{
		{ID: "1", Reference: "sm://canary"}, {ID: "2", Reference: "sm://canary#k"},
		{ID: "3", Reference: s.encrypted(s.root, s.key, canaries[1], nil)},
		{ID: "4", Reference: s.sealed(s.key, canaries[2], nil)},
		{ID: "5", Reference: s.encrypted(s.root, s.key, canaries[3], nil)},
		{ID: "6", Reference: s.encrypted(s.root, s.key, "x", nil), Context: map[string]string{"a": "b"}},
		{ID: "7", Reference: s.encrypted(s.far, s.away, "x", nil)},
	}
	plain := s.invoke(f, decrypt.Request{Items: items})
	for i, want := range map[int]string{0: `{"k":"` + canaries[0] + `"`, 2: canaries[1], 3: canaries[2]} {
		if a := plain.Items[i]; a.Value == nil || *a.Value != want {
			t.Errorf("item %d: %v", i, a.Error)
		}
	}
	if string(plain.Items[4].Base64) != canaries[3] {
		t.Error("a value that is no text did not come back as base64")
	}
	private := ok[*ecdh.PrivateKey](t)(ecdh.X25519().GenerateKey(rand.Reader))
	event := ok[[]byte](t)(json.Marshal(decrypt.Request{Items: items, PublicKey: private.PublicKey().Bytes()}))
	result := ok[lambda.Result](t)(f.Invoke(t.Context(), event))
	var sealed decrypt.Response
	if err := json.Unmarshal(result.Payload, &sealed); err != nil {
		t.Fatal(err)
	}
	got, err := decrypt.Unseal(private.Bytes(), items[2], sealed.Items[2].Sealed)
	if err != nil || string(got) != canaries[1] {
		t.Errorf("the sealed value is %q, %v", got, err)
	}
	bad := ok[lambda.Result](t)(f.Invoke(t.Context(), []byte(`{"items":[{"reference":"`+canaries[1]+`"}],"x":1}`)))
	if bad.FunctionError == "" || !bytes.Contains(bad.Payload, []byte(`"errorType":"BadRequest"`)) {
		t.Errorf("a malformed event: %s", bad.Payload)
	}
	f.Stop()
	trail := fmt.Sprintf("%+v", s.lab.World.Trail.Entries())
	for _, c := range canaries {
		for where, wrote := range map[string][]byte{"the log": log.Bytes(), "the sealed answer": result.Payload, "the trail": []byte(trail)} {
			for _, form := range []string{c, base64.StdEncoding.EncodeToString([]byte(c)), fmt.Sprintf("%x", c)} {
				if bytes.Contains(wrote, []byte(form)) {
					t.Errorf("%s holds %q", where, form)
				}
			}
		}
	}
	if !bytes.Contains(log.Bytes(), []byte("decrypted=4")) {
		t.Errorf("the log does not tell of the answers: %s", log.Bytes())
	}
}

func (s *scene) invoke(f *lambda.Instance, r decrypt.Request) decrypt.Response {
	s.t.Helper()
	result := ok[lambda.Result](s.t)(f.Invoke(s.t.Context(), ok[[]byte](s.t)(json.Marshal(r))))
	var response decrypt.Response
	if err := json.Unmarshal(result.Payload, &response); err != nil || result.FunctionError != "" || len(response.Items) != len(r.Items) {
		s.t.Fatalf("%s, %v", result.Payload, err)
	}
	return response
}

// A function that is told of no references and keys allows nothing.
func TestUnconfiguredAllowsNothing(t *testing.T) {
	r := ok[decrypt.Resolver](t)(decrypt.Configure(func(string) string { return "" }))
	h := &decrypt.Handler{Resolver: &r, Log: slog.New(slog.DiscardHandler)}
	answer := ok[[]byte](t)(h.Invoke(t.Context(), []byte(`{"items":[{"reference":"sm://prod/db"},{"reference":"kms://AQ=="}]}`)))
	if bytes.Count(answer, []byte(`"class":"notAllowed"`)) != 2 {
		t.Errorf("%s", answer)
	}
}

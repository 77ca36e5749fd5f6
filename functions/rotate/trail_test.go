package rotate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab"
	"rekey/shared/keyid"
)

// Who names an old key itself to write under it is told of, by AWS CloudTrail, with
// what it was for; who goes by the alias, reads, was refused or did so long ago is not.
func TestCallersOfAnOldKey(t *testing.T) {
	s := observing(t)
	old := s.made(symmetric)
	root := kms.NewFromConfig(s.lab.Config(region, lab.Root(own.Account)))
	encrypt := func(name string, context map[string]string) {
		t.Helper()
		out, err := root.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &name, Plaintext: []byte("p"), EncryptionContext: context})
		must(t)(out, err)
		must(t)(root.Decrypt(t.Context(), &kms.DecryptInput{KeyId: &name, CiphertextBlob: out.CiphertextBlob, EncryptionContext: context}))
	}
	encrypt(string(old.ID), map[string]string{"long": "ago"})
	s.lab.World.Advance(lookedBack + day)
	encrypt("alias/of-"+string(old.ID), map[string]string{"by": "alias"})
	encrypt(string(old.ID), map[string]string{"app": "shop", "of": "eu"})
	encrypt(old.String(), map[string]string{"app": "shop", "of": "eu"})
	must(t)(root.GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: new(old.String()), KeySpec: types.DataKeySpecAes256}))
	s.lab.World.Advance(day)
	s.o.Trail = func(r keyid.Region) Trail { return cloudtrail.NewFromConfig(s.lab.Config(r, lab.Root(own.Account))) }
	got, more := s.o.callers(t.Context(), old)
	var said []string
	for _, c := range got.Value {
		said = append(said, c.operation+" "+c.subject)
	}
	if want := "[Encrypt app=shop, of=eu GenerateDataKey ]"; fmt.Sprint(said) != want || got.Unread != nil || more {
		t.Errorf("%v (%+v, %v), not %s", said, got.Unread, more, want)
	}
	all, err := s.o.Residue(t.Context(), old, own, s.lab.World.Now())
	if text := fmt.Sprint(all); err != nil || !strings.Contains(text, "calls Encrypt") || !strings.Contains(text, "for app=shop, of=eu") {
		t.Errorf("%s, %v", text, err)
	}
	for n := range 50*lookedAt + 1 {
		encrypt(string(old.ID), map[string]string{"n": fmt.Sprint(n)})
	}
	s.lab.World.Advance(day)
	if _, more := s.o.callers(t.Context(), old); !more {
		t.Error("there is more than was read, and nobody says so")
	}
	s.o.Trail = func(keyid.Region) Trail { return cloudtrail.NewFromConfig(s.role) }
	if got, _ := s.o.callers(t.Context(), old); got.Unread == nil || !got.Unread.Denied || got.Unread.Action != lookupEvents {
		t.Errorf("without the permission it is %+v", got)
	}
}

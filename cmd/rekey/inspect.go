package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
)

func (a *app) inspectCommand() *cobra.Command {
	var text bool
	c := &cobra.Command{
		Use:   "inspect [--base64] [FILE|-]...",
		Short: "Show what encrypted messages say of themselves",
		Long: `inspect shows the header of messages of the AWS Encryption SDK: the keys that they
are under, the encryption context, and how they are made. It calls nothing and
decrypts nothing, so none of it is authenticated: anyone may have written it.
Only rekey decrypt tells whether it is true.`,
		Example: `  rekey inspect db.dump.rekey
  rekey inspect --output json sealed/*.rekey | jq -r '.keys[].key'`,
		RunE: func(c *cobra.Command, args []string) error { return a.inspect(c.Context(), text, args) },
	}
	c.Flags().BoolVar(&text, "base64", false, "the messages are base64 text")
	return c
}

func (a *app) inspect(ctx context.Context, text bool, args []string) error {
	inputs := findInputs(args, false, nil)
	failed := 0
	for i, in := range inputs {
		h, err := a.header(ctx, in, text)
		if err == nil {
			blank := ""
			if i > 0 {
				blank = "\n"
			}
			err = a.print(newInspection(in, h), blank+describe(in, h))
		}
		switch {
		case err != nil && len(inputs) == 1:
			return fmt.Errorf("%s: %w", visible(in.name), err)
		case ctx.Err() != nil:
			return errInterrupted
		case err != nil:
			failed++
			a.report(a.subject(in.name), err)
		}
	}
	if failed > 0 {
		return partlyError{failed, len(inputs)}
	}
	return nil
}

func (a *app) header(ctx context.Context, in input, text bool) (envelope.Header, error) {
	if in.err != nil && in.path != "" && isDir(in.path) {
		return envelope.Header{}, usagef("it is a directory; name the files in it")
	}
	o, err := in.open(ctx, a.stdin)
	if err != nil {
		return envelope.Header{}, err
	}
	defer o.Close()
	var src io.Reader = o.reader(ctx)
	if text {
		src = newBase64Reader(src)
	}
	h, err := envelope.ReadHeader(src)
	return h, notMessage(err)
}

// inspection is a header as it is printed in JSON.
type inspection struct {
	Input         string            `json:"input"`
	Version       int               `json:"version"`
	Suite         string            `json:"suite"`
	Signed        bool              `json:"signed"`
	MessageID     string            `json:"messageId"`
	Context       map[string]string `json:"encryptionContext"`
	Keys          []inspectedKey    `json:"keys"`
	Framed        bool              `json:"framed"`
	FrameLength   uint32            `json:"frameLength"`
	Authenticated bool              `json:"authenticated"` // never, here
}

type inspectedKey struct {
	Provider string `json:"provider"`
	Key      string `json:"key"`
}

func newInspection(in input, h envelope.Header) inspection {
	v := inspection{
		Input: in.name, Version: h.Version, Suite: fmt.Sprintf("%04x", uint16(h.Suite)), Signed: h.Suite.Signed(),
		MessageID: hex.EncodeToString(h.MessageID), Context: map[string]string{}, Framed: h.Framed, FrameLength: h.FrameLength,
	}
	maps.Copy(v.Context, h.EncryptionContext)
	for _, k := range h.EncryptedDataKeys {
		name := string(k.ProviderInfo)
		if k.ProviderID != kmskeyring.ProviderID {
			// Only KMS is known to write text there.
			name = hex.EncodeToString(k.ProviderInfo)
		}
		v.Keys = append(v.Keys, inspectedKey{k.ProviderID, name})
	}
	return v
}

// describe is a header as text. Neither what stands in it nor the file's name
// can steer a terminal.
func describe(in input, h envelope.Header) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-20s"+format+"\n", append([]any{name}, args...)...)
	}
	signed := "no"
	if h.Suite.Signed() {
		signed = "yes"
	}
	body := "one block"
	if h.Framed {
		body = fmt.Sprintf("frames of %d bytes", h.FrameLength)
	}
	fmt.Fprintf(&b, "%s\n", visible(in.name))
	line("format", "AWS Encryption SDK message, version %d", h.Version)
	line("suite", "%v", h.Suite)
	line("signed", "%s", signed)
	line("message id", "%x", h.MessageID)
	line("body", "%s", body)
	for _, k := range h.EncryptedDataKeys {
		line("key", "%s  %s", visible(k.ProviderID), keyName(k))
	}
	for _, name := range slices.Sorted(maps.Keys(h.EncryptionContext)) {
		line("encryption context", "%s = %s", visible(name), visible(h.EncryptionContext[name]))
	}
	if len(h.EncryptionContext) == 0 {
		line("encryption context", "none")
	}
	b.WriteString("  Not authenticated: anyone may have written this. rekey decrypt tells.")
	return b.String()
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// isTerminal says whether a stream is one that a person looks at.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && f != nil && term.IsTerminal(int(f.Fd()))
}

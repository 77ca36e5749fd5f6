package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/spf13/pflag"

	"rekey/shared/awserr"
)

// cipherFlags are those that rekey encrypt and rekey decrypt share.
type cipherFlags struct {
	keys, context        []string
	kms, base64          bool
	out                  string
	recursive, noClobber bool
	given                func(flag string) bool // on the command line
}

func (f *cipherFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.keys, "key", nil, "KMS key: ARN, id or alias (repeatable)")
	flags.BoolVar(&f.kms, "kms", false, "a bare ciphertext of AWS KMS, of at most 4096 bytes of plaintext, instead of a message")
	flags.BoolVar(&f.base64, "base64", false, "the encrypted side is base64 text")
	flags.StringVarP(&f.out, "out", "o", "", "write to this file, or for several inputs into this directory (default: standard output)")
	flags.BoolVarP(&f.recursive, "recursive", "r", false, "go through directories")
	flags.BoolVar(&f.noClobber, "no-clobber", false, "refuse to replace an existing output")
	f.given = flags.Changed
}

// outputHelp is the part of the help that encrypt and decrypt share.
const outputHelp = `
Without --out, one input goes to standard output. With --out FILE the output
appears under its name whole and on the disk, or not at all, whatever goes wrong,
and with mode 0600; an existing file is replaced in one step, so it may be the
input itself. For several inputs, --out is a directory; each output has its
input's name, with the ending .rekey when encrypted and without it when
decrypted. An output that would replace another input is refused. One failure
does not stop the rest.`

// cipher encrypts or decrypts. Several goroutines may use it at once.
type cipher interface {
	// stream reads src to its end and writes the outcome to dst. What is in dst
	// after an error counts for nothing.
	stream(ctx context.Context, src io.Reader, dst io.Writer) (outcome, error)
	// release does the same for a destination that gives nothing back: not a
	// byte is written before all of it is known to be good. src reads in, and
	// verified is called before the first write.
	release(ctx context.Context, in *opened, src io.Reader, dst io.Writer, verified func()) (outcome, error)
}

// outcome is what was done with one input.
type outcome struct {
	bytes   int64 // of plaintext
	keys    []string
	context map[string]string
}

// batch is one run of encrypt or decrypt over its inputs.
type batch struct {
	a        *app
	cipher   cipher
	encrypt  bool
	flags    cipherFlags
	inputs   []input
	many     bool // outputs go into a directory
	progress *progress
}

// newBatch checks what can be checked before anything is asked of AWS.
func (a *app) newBatch(args []string, f cipherFlags, encrypt bool) (*batch, error) {
	switch {
	case f.out == "-":
		f.out = ""
	case f.out == "" && f.given("out"):
		// Mostly a variable that is not set. Plaintext that was meant for a file
		// must not go to a terminal, or into a log.
		return nil, usagef("--out is empty; --out - is standard output")
	}
	b := &batch{a: a, encrypt: encrypt, flags: f}
	info, err := os.Stat(f.out)
	isDir := err == nil && info.IsDir()
	b.many = len(args) > 1 || f.recursive || isDir || strings.HasSuffix(f.out, string(filepath.Separator))
	switch {
	case b.many && f.out == "":
		return nil, usagef("several inputs, or a directory, take --out DIR")
	case b.many && err == nil && !isDir:
		return nil, usagef("--out %s: for several inputs, or a directory, it must be a directory", f.out)
	case encrypt && f.out == "" && !f.base64 && isTerminal(a.stdout):
		return nil, usagef("an encrypted message is not for a terminal: give --base64, or --out FILE")
	case f.noClobber && f.out == "":
		return nil, usagef("--no-clobber is for --out: standard output is never replaced")
	}
	if !isDir {
		info = nil
	}
	b.inputs = findInputs(args, f.recursive, info)
	if !b.many && b.inputs[0].path == "" && isTerminal(a.stdin) && a.output != "json" {
		fmt.Fprintln(a.stderr, "rekey: reading from the terminal; Ctrl-D ends the input")
	}
	return b, nil
}

// run works through the inputs.
func (b *batch) run(ctx context.Context) error {
	// A reader that has gone away is an error to report, not a silent death.
	signal.Ignore(syscall.SIGPIPE)
	if !signal.Ignored(syscall.SIGHUP) {
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, syscall.SIGHUP)
		defer stop()
	}
	total := int64(0)
	for _, in := range b.inputs {
		if in.size < 0 && in.err == nil {
			total = -1
			break
		}
		total += max(0, in.size)
	}
	b.progress = b.a.newProgress(total)
	defer b.progress.end()
	if b.many {
		return b.runMany(ctx)
	}
	in := b.inputs[0]
	if err := b.runOne(ctx, in); err != nil {
		return fmt.Errorf("%s: %w", visible(in.name), err)
	}
	return nil
}

// runOne works on one input, to standard output or a file.
func (b *batch) runOne(ctx context.Context, in input) error {
	if b.flags.out != "" {
		t, err := openTarget(b.flags.out)
		if err != nil {
			return err
		}
		defer t.Close()
		done, err := b.toFile(ctx, in, t)
		if err != nil || b.a.output != "json" {
			return err
		}
		return b.print(in, t, done)
	}
	o, err := in.open(ctx, b.a.stdin)
	if err != nil {
		return err
	}
	defer o.Close()
	to := &interruptibleWriter{ctx: ctx, dst: b.a.stdout}
	if _, err := b.cipher.release(ctx, o, b.progress.reader(o.reader(ctx)), to, b.progress.end); err != nil {
		return err
	}
	return finishStdout(b.a.stdout)
}

// toFile works on one input into one file.
func (b *batch) toFile(ctx context.Context, in input, t target) (outcome, error) {
	if err := t.check(b.flags.noClobber); err != nil {
		return outcome{}, err
	}
	o, err := in.open(ctx, b.a.stdin)
	if err != nil {
		return outcome{}, err
	}
	defer o.Close()
	p, err := t.create(b.flags.noClobber)
	if err != nil {
		return outcome{}, err
	}
	defer p.discard()
	done, err := b.cipher.stream(ctx, b.progress.reader(o.reader(ctx)), p)
	if err == nil && ctx.Err() != nil {
		err = errInterrupted
	}
	if err != nil {
		return outcome{}, err
	}
	return done, p.commit()
}

// sideBySide is how many files are worked on at once: most of the time of a
// small one is its KMS call.
const sideBySide = 8

// result is what became of one input of many.
type result struct {
	outcome
	to  target
	err error
}

func (b *batch) runMany(ctx context.Context) error {
	if err := os.MkdirAll(b.flags.out, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(b.flags.out)
	if err != nil {
		return err
	}
	defer root.Close()
	outputs := b.name()
	b.spareInputs(root, outputs)
	results := make([]chan result, len(b.inputs))
	for i := range results {
		results[i] = make(chan result, 1)
	}
	var next atomic.Int64
	var hopeless atomic.Pointer[error]
	for range min(sideBySide, len(b.inputs)) {
		go func() {
			for i := next.Add(1) - 1; i < int64(len(b.inputs)); i = next.Add(1) - 1 {
				results[i] <- b.oneOfMany(ctx, root, b.inputs[i], outputs[i], &hopeless)
			}
		}()
	}
	return b.tell(results)
}

// tell waits for every result, after a signal too: the process ends when this
// returns, and whoever still holds a temporary file then would leave it.
func (b *batch) tell(results []chan result) error {
	failed, stopped := 0, 0
	for i, in := range b.inputs {
		r := <-results[i]
		if errors.Is(r.err, errInterrupted) {
			stopped++
			continue
		}
		if r.err == nil {
			r.err = b.print(in, r.to, r.outcome)
		}
		if r.err != nil {
			failed++
			b.progress.aside(func() { b.a.report(b.a.subject(in.name), r.err) })
		}
	}
	switch all := len(b.inputs); {
	case stopped > 0:
		return fmt.Errorf("%w; %d of %d inputs were worked on", errInterrupted, all-stopped, all)
	case failed > 0:
		return partlyError{failed, all}
	}
	return nil
}

// oneOfMany works on one input, unless an error was met that all would meet: an
// endpoint that does not answer makes each wait for it.
func (b *batch) oneOfMany(ctx context.Context, root *os.Root, in input, rel string, hopeless *atomic.Pointer[error]) (r result) {
	if r.err = in.err; r.err != nil {
		return r
	}
	if ctx.Err() != nil {
		r.err = errInterrupted
		return r
	}
	if first := hopeless.Load(); first != nil {
		r.err = fmt.Errorf("not tried, since another failed so: %w", *first)
		return r
	}
	if r.to, r.err = below(root, rel); r.err != nil {
		return r
	}
	defer r.to.Close()
	if r.outcome, r.err = b.toFile(ctx, in, r.to); r.err != nil {
		if class := awserr.Classify(r.err); class == awserr.Unreachable || class == awserr.Credentials {
			hopeless.CompareAndSwap(nil, &r.err)
		}
	}
	return r
}

// print tells of one file that is done.
func (b *batch) print(in input, to target, done outcome) (err error) {
	line := struct {
		Input   string            `json:"input"`
		Output  string            `json:"output"`
		Bytes   int64             `json:"bytes"`
		Keys    []string          `json:"keys"`
		Context map[string]string `json:"encryptionContext,omitempty"`
	}{in.name, to.name, done.bytes, done.keys, done.context}
	b.progress.aside(func() { err = b.a.print(line, visible(in.name)+" -> "+visible(to.name)) })
	return err
}

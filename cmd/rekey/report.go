package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"

	"rekey/functions/decrypt"
	"rekey/shared/awserr"
	"rekey/shared/envelope"
)

// report tells the user of one failure, on standard error: what it was about,
// and why. With --output json it is one object on one line.
func (a *app) report(subject string, err error) {
	if a.output == "json" {
		line := struct {
			Subject string `json:"subject,omitempty"`
			Class   string `json:"class"`
			Error   string `json:"error"`
		}{subject, classOf(err), err.Error()}
		if b, err := json.Marshal(line); err == nil {
			fmt.Fprintf(a.stderr, "%s\n", b)
			return
		}
	}
	if subject != "" {
		subject += ": "
	}
	fmt.Fprintf(a.stderr, "rekey: %s\n", legible(subject+err.Error()))
}

// legible is an error's text as a terminal may have it: it may quote a file's
// name, or a message that anyone can have written. Further lines are indented,
// so that none passes for a report of its own.
func legible(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n':
			b.WriteString("\n  ")
		case r == '\t' || unicode.IsPrint(r) && r != unicode.ReplacementChar:
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}

// classOf names the kind of a failure for a program that reads it.
func classOf(err error) string {
	var failure *decrypt.Failure
	var partly partlyError
	switch {
	case errors.As(err, new(usageError)):
		return "usage"
	case errors.As(err, &partly):
		return "partlyFailed"
	case errors.As(err, &failure):
		return string(failure.Class)
	case errors.Is(err, errInterrupted):
		return "interrupted"
	case errors.Is(err, fs.ErrNotExist):
		return "notFound"
	case errors.Is(err, fs.ErrPermission):
		return "denied"
	case errors.Is(err, envelope.ErrContextMismatch):
		return string(decrypt.ContextMismatch)
	case errors.Is(err, envelope.ErrUnsigned):
		return string(decrypt.NotAllowed)
	case errors.Is(err, envelope.ErrNoKey) && awserr.Classify(err) == awserr.Unknown:
		return string(decrypt.NotAllowed)
	}
	for _, broken := range []error{envelope.ErrMalformed, envelope.ErrTruncated, envelope.ErrTrailing, envelope.ErrUnsupported,
		envelope.ErrTooLarge, envelope.ErrTooManyKeys, envelope.ErrHeaderAuth, envelope.ErrFrameAuth, envelope.ErrCommitment, envelope.ErrSignature} {
		if errors.Is(err, broken) {
			return string(decrypt.Malformed)
		}
	}
	return string(awserr.Classify(err))
}

// print writes one result to standard output: v as a line of JSON, or text.
func (a *app) print(v any, text string) error {
	if a.output == "json" {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		text = string(b)
	}
	_, err := fmt.Fprintln(a.stdout, text)
	return err
}

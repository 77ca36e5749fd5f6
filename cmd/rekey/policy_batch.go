package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"rekey/shared/keypolicy"
)

// simulateAll decides the cases of a file, one a line, in order. A failed one is
// reported and does not stop the others.
func (a *app) simulateAll(c *cobra.Command, path string) error {
	if err := onlyBatch(c); err != nil {
		return err
	}
	in := findInputs([]string{path}, false, nil)[0]
	o, err := in.open(c.Context(), a.stdin)
	if err != nil {
		return fmt.Errorf("%s: %w", in.name, err)
	}
	defer o.Close()
	src := bufio.NewReaderSize(o.reader(c.Context()), 1<<16)
	b := policyBatch{app: a, out: bufio.NewWriter(a.stdout)}
	for number := 1; ; number++ {
		line, err := src.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return errors.Join(b.out.Flush(), fmt.Errorf("%s: line %d: %w", in.name, number, err))
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			b.decide(number, line)
		}
		// Whoever waits for an answer before the next line gets it.
		if errors.Is(err, io.EOF) || src.Buffered() == 0 {
			if err := b.out.Flush(); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
	}
	if b.failed > 0 {
		return partlyError{b.failed, b.all}
	}
	return nil
}

type policyBatch struct {
	app         *app
	out         *bufio.Writer
	all, failed int
}

func (b *policyBatch) decide(number int, line []byte) {
	b.all++
	subject := fmt.Sprintf("line %d", number)
	p, err := parsePolicyCase(line)
	if p != nil && p.ID != "" {
		subject += ": " + visible(string(p.ID))
	}
	var d keypolicy.Decision
	if err == nil {
		d, err = p.decide()
	}
	if err != nil {
		b.failed++
		b.app.report(subject, err)
		return
	}
	// The writer keeps an error for Flush.
	if b.app.output == "json" {
		_ = json.NewEncoder(b.out).Encode(newDecided(string(p.ID), d))
		return
	}
	fmt.Fprintf(b.out, "%s\t%s\n", p.ID, effectNames[d.Effect])
}

// decide decides a case of a batch. A key always has a policy, and so has a
// role; where a case has none, nothing is granted by it.
func (p *policyCase) decide() (keypolicy.Decision, error) {
	r, policies, err := p.question()
	if err != nil {
		return keypolicy.Decision{}, err
	}
	if kind := keypolicy.ResourceKind(r.Action, r.Resource); policies.Resource == nil && kind != keypolicy.ResourcePolicy {
		policies.Resource = &keypolicy.Named{Name: "resourcePolicy", Document: keypolicy.Empty(kind)}
	}
	return keypolicy.Evaluate(r, policies)
}

// caller reads who asks. The role of a session is known from the context, or
// else by its name alone.
func (p *policyCase) caller() (keypolicy.Principal, error) {
	if anonymous := keypolicy.AnonymousCaller(); p.Principal == anonymous.ARN() {
		return anonymous, nil
	}
	who, err := keypolicy.ParseSessionAlone(p.Principal)
	if err != nil {
		return keypolicy.ParsePrincipal(p.Principal)
	}
	for k, values := range p.Context {
		if strings.EqualFold(k, "aws:PrincipalArn") && len(values) == 1 {
			if s, err := keypolicy.ParseSession(p.Principal, values[0]); err == nil {
				return s, nil
			}
		}
	}
	return who, nil
}

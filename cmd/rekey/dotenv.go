package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// environment gives the variables of the process with those of .env files laid
// over them.
func environment(ctx context.Context, process, files []string) (map[string]string, error) {
	env := map[string]string{}
	for _, pair := range process {
		if name, value, ok := strings.Cut(pair, "="); ok && name != "" {
			env[name] = value
		}
	}
	for _, file := range files {
		b, err := readAll(ctx, file)
		if err != nil {
			return nil, fmt.Errorf("--file: %w", err)
		}
		if err := readEnv(env, string(b)); err != nil {
			return nil, fmt.Errorf("--file %s: %w", file, err)
		}
	}
	return env, nil
}

// readEnv reads lines NAME=VALUE: blank lines and lines that begin with # are
// passed over, export before a name too. A value may stand in single quotes,
// as it is, or in double quotes, with Go's escapes. Nothing is expanded. A
// value is never quoted in an error: it may be a secret.
func readEnv(env map[string]string, text string) error {
	text = strings.TrimPrefix(text, "\uFEFF") // the byte order mark of some editors
	if !utf8.ValidString(text) {
		return errors.New("it is not UTF-8 text")
	}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		name = strings.TrimSpace(name)
		if !ok || !envName.MatchString(name) {
			return fmt.Errorf("line %d is not NAME=VALUE", i+1)
		}
		value, err := unquote(strings.TrimSpace(value))
		if err != nil {
			return fmt.Errorf("line %d: the value of %s is badly quoted", i+1, name)
		}
		if strings.ContainsRune(value, 0) {
			return fmt.Errorf("line %d: the value of %s has a zero byte", i+1, name)
		}
		env[name] = value
	}
	return nil
}

// envName is what a shell takes for a variable's name, and the dots and hyphens
// that some programs use.
var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// readAll reads a file, which may be a pipe that nobody has written to yet, and
// gives up when ctx does.
func readAll(ctx context.Context, file string) ([]byte, error) {
	type read struct {
		b   []byte
		err error
	}
	done := make(chan read, 1)
	go func() {
		b, err := os.ReadFile(file)
		done <- read{b, err}
	}()
	select {
	case r := <-done:
		return r.b, r.err
	case <-ctx.Done():
		return nil, errInterrupted
	}
}

func unquote(value string) (string, error) {
	switch {
	case strings.HasPrefix(value, `"`):
		return strconv.Unquote(value)
	case strings.HasPrefix(value, `'`):
		if len(value) < 2 || !strings.HasSuffix(value, `'`) || strings.Count(value, `'`) != 2 {
			return "", strconv.ErrSyntax
		}
		return value[1 : len(value)-1], nil
	}
	return value, nil
}

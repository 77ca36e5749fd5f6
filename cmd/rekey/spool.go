package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// spoolMemory is how much of a message a spool holds in memory.
const spoolMemory = 4 << 20

// spool keeps a message until it is known to be whole: in memory, and from
// spoolMemory on in a file without a name in the directory for temporary files
// (TMPDIR). Only ciphertext may be written to it, never plaintext.
type spool struct {
	memory []byte
	file   *os.File
	name   string // of the file, where it could not be made without
	size   int64
}

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && len(s.memory)+len(p) <= spoolMemory {
		s.memory = append(s.memory, p...)
		s.size += int64(len(p))
		return len(p), nil
	}
	if s.file == nil {
		if err := s.spill(); err != nil {
			return 0, err
		}
	}
	n, err := s.file.Write(p)
	s.size += int64(n)
	if err != nil {
		err = fmt.Errorf("keep the message in a temporary file: %w", err)
	}
	return n, err
}

// spill moves what is in memory to a file.
func (s *spool) spill() (err error) {
	if s.file, s.name, err = unnamedTemp(); err == nil {
		_, err = s.file.Write(s.memory)
	}
	if err != nil {
		return fmt.Errorf("keep the message in a temporary file: %w", err)
	}
	s.memory = nil
	return nil
}

// unnamedTemp makes a temporary file that has no name, or loses it at once. Where
// an open file cannot be removed, it says which name the file keeps.
func unnamedTemp() (f *os.File, name string, err error) {
	root, err := os.OpenRoot(os.TempDir())
	if err != nil {
		return nil, "", err
	}
	defer root.Close()
	f, err = unnamed(root, "a file in "+os.TempDir())
	if !errors.Is(err, errors.ErrUnsupported) {
		return f, "", err
	}
	if f, err = os.CreateTemp("", ".rekey-*"); err != nil {
		return nil, "", err
	}
	if os.Remove(f.Name()) != nil {
		name = f.Name()
	}
	return f, name, nil
}

// reader reads the message from its beginning.
func (s *spool) reader() io.Reader {
	if s.file == nil {
		return bytes.NewReader(s.memory)
	}
	return io.NewSectionReader(s.file, 0, s.size)
}

func (s *spool) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if s.name != "" {
		err = errors.Join(err, os.Remove(s.name))
	}
	return err
}

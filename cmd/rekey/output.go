package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// An output file appears whole or not at all.
//
// Where the system can (Linux, on most filesystems), what is written goes to an
// inode without a name, in the directory of the output. It is given its name
// when it is complete and on the disk. A process that is killed before leaves
// nothing at all: no half plaintext under the final name, none under another.
//
// A name that exists already cannot be given to an inode; it can only be
// replaced by another name. So the inode is linked under a temporary name and
// that is renamed over the output: two adjacent system calls, and the only
// moment in which a process that is killed leaves a complete output under a
// name beginning with .rekey-, readable by its owner alone.
//
// Elsewhere the output is written under such a temporary name from the start,
// which is removed on any failure and on signals. A process that is killed by
// SIGKILL leaves that file; the old output is intact there too.
//
// All modes are 0600, those of replaced files too: what is decrypted is its
// owner's until the owner says otherwise, and an encrypted file that was
// readable for others is not made so silently.

// pending is an output that is not there yet.
type pending struct {
	*os.File
	dir  *os.Root // the output's directory
	base string   // the output's name in it
	temp string   // the name that the file has now; empty for none
	keep bool     // refuse to replace
	done bool
}

// target is a place for an output. Everything is done relative to an open
// directory, so that no link put in the way can lead out of it.
type target struct {
	dir  *os.Root
	base string
	name string // for messages
}

// openTarget finds the place of an output file that is named by its path.
func openTarget(path string) (target, error) {
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return target{}, fmt.Errorf("the directory of the output: %w", err)
	}
	return target{dir, filepath.Base(path), path}, nil
}

// below finds the place of a file in a directory of outputs, making the
// directories between them.
func below(root *os.Root, rel string) (target, error) {
	if err := root.MkdirAll(filepath.Dir(rel), 0o700); err != nil {
		return target{}, err
	}
	dir, err := root.OpenRoot(filepath.Dir(rel))
	return target{dir, filepath.Base(rel), filepath.Join(root.Name(), rel)}, err
}

func (t target) Close() error { return t.dir.Close() }

// check refuses a place where no output can be put, before any work is done.
// What comes into the way later is not followed either: a rename replaces a
// link itself, and a link is not made where anything is.
func (t target) check(keep bool) error {
	info, err := t.dir.Lstat(t.base)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case keep:
		return &fs.PathError{Op: "write", Path: visible(t.name), Err: errExists}
	case info.IsDir():
		return fmt.Errorf("write %s: it is a directory", visible(t.name))
	case info.Mode().Type() == fs.ModeSymlink:
		return fmt.Errorf("write %s: it is a symbolic link; name the file that it points to, or leave --out away to write to standard output", visible(t.name))
	case !info.Mode().IsRegular():
		return fmt.Errorf("write %s: it is not a regular file; leave --out away to write to standard output", visible(t.name))
	}
	return nil
}

// errExists is why --no-clobber writes nothing.
var errExists = fmt.Errorf("%w; leave --no-clobber away to replace it", fs.ErrExist)

// create begins an output. Discard must be called in the end, whatever happens.
func (t target) create(keep bool) (*pending, error) {
	if err := t.check(keep); err != nil {
		return nil, err
	}
	p := &pending{dir: t.dir, base: t.base, keep: keep}
	f, err := unnamed(t.dir, visible(t.name))
	if errors.Is(err, errors.ErrUnsupported) {
		p.temp = tempName()
		f, err = t.dir.OpenFile(p.temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", visible(t.name), err)
	}
	p.File = f
	return p, nil
}

func tempName() string { return ".rekey-" + rand.Text() }

// fsync is a variable so that a test can see what is on the disk when.
var fsync = (*os.File).Sync

// commit makes the output appear, complete and on the disk. Its bytes go there
// first: after a crash, a name may be there before what it stands for.
func (p *pending) commit() error {
	if err := fsync(p.File); err != nil {
		return err
	}
	if err := p.publish(); err != nil {
		return err
	}
	p.done = true
	return errors.Join(p.File.Close(), syncDir(p.dir))
}

// publish gives the file its final name.
func (p *pending) publish() error {
	if p.temp == "" {
		err := p.link(p.base)
		if err == nil {
			return nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if p.keep {
			return fmt.Errorf("write %s: %w", visible(p.base), errExists)
		}
		// From here to the end of the rename the file has two names, or the
		// wrong one: the gap told of above.
		temp := tempName()
		if err := p.link(temp); err != nil {
			return err
		}
		p.temp = temp
	}
	if !p.keep {
		return p.rename()
	}
	if err := p.dir.Link(p.temp, p.base); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("write %s: %w", visible(p.base), errExists)
		}
		return err
	}
	err := p.dir.Remove(p.temp)
	p.temp = ""
	return err
}

func (p *pending) rename() error {
	if err := p.dir.Rename(p.temp, p.base); err != nil {
		return err
	}
	p.temp = ""
	return nil
}

// discard leaves nothing of an output that was not committed.
func (p *pending) discard() {
	if !p.done {
		_ = p.File.Close()
	}
	if p.temp != "" {
		_ = p.dir.Remove(p.temp)
	}
}

// syncDir puts the directory's entries on the disk, where the filesystem has a
// notion of that.
func syncDir(root *os.Root) error {
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := fsync(dir); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// unnamed makes a file without a name in a directory. It vanishes when it is
// closed, or its process is gone, unless it was linked before; name is for
// messages. The error wraps errors.ErrUnsupported where the filesystem does not
// have such files, or where there would be no way to link one.
func unnamed(root *os.Root, name string) (*os.File, error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	fd, err := unix.Openat(int(dir.Fd()), ".", unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	switch {
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EISDIR), errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		return nil, fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	case err != nil:
		return nil, err
	}
	f := os.NewFile(uintptr(fd), name)
	if err := unix.Access(procPath(f), unix.F_OK); err != nil {
		f.Close()
		return nil, fmt.Errorf("%w: no /proc: %w", errors.ErrUnsupported, err)
	}
	return f, nil
}

// link gives the unnamed file a name that nothing has.
func (p *pending) link(name string) error {
	dir, err := p.dir.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	err = unix.Linkat(unix.AT_FDCWD, procPath(p.File), int(dir.Fd()), name, unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		return &os.LinkError{Op: "link", Old: p.File.Name(), New: name, Err: err}
	}
	return nil
}

func procPath(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }

// fileID is the same for what os.SameFile says is the same file.
func fileID(info fs.FileInfo) any {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return [2]any{stat.Dev, stat.Ino}
	}
	return nil
}

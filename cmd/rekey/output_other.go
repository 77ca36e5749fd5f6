//go:build !linux

package main

import (
	"errors"
	"io/fs"
	"os"
)

// unnamed: only Linux can give a name to a file that was made without one.
func unnamed(*os.Root, string) (*os.File, error) { return nil, errors.ErrUnsupported }

// link is not reached where unnamed makes nothing.
func (p *pending) link(string) error { return errors.ErrUnsupported }

// fileID is the same for all files: os.SameFile alone tells them apart.
func fileID(fs.FileInfo) any { return nil }

//go:build !linux

package main

import (
	"errors"
	"os"
)

// unnamed: only Linux can give a name to a file that was made without one.
func unnamed(*os.Root, string) (*os.File, error) { return nil, errors.ErrUnsupported }

// link is not reached where unnamed makes nothing.
func (p *pending) link(string) error { return errors.ErrUnsupported }

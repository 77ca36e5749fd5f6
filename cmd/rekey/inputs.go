package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// suffix is what a directory of outputs adds to the names of encrypted files.
const suffix = ".rekey"

// input is one thing to encrypt, decrypt or inspect.
type input struct {
	name string      // as it is shown
	path string      // empty for standard input
	rel  string      // its name below a directory of outputs, before the suffix
	size int64       // -1 where it is not known
	file fs.FileInfo // which file it is; nil where it is not known
	seen fs.FileInfo // what a walk through a directory saw
	err  error       // why it cannot be an input
}

const stdinName = "standard input"

// findInputs lists what the arguments name, in their order. Directories are
// walked through where recursive is set. skip is a directory that is passed
// over, since outputs go there; nil for none.
func findInputs(args []string, recursive bool, skip fs.FileInfo) []input {
	if len(args) == 0 {
		args = []string{"-"}
	}
	var inputs []input
	for _, arg := range args {
		if arg == "-" {
			inputs = append(inputs, input{name: stdinName, size: -1})
			continue
		}
		in := input{name: arg, path: arg, rel: filepath.Base(arg), size: -1}
		info, err := os.Stat(arg)
		in.file = info
		switch {
		case err != nil:
			in.err = plainPathError(err)
		case info.IsDir() && recursive:
			inputs = append(inputs, walk(arg, skip)...)
			continue
		case info.IsDir():
			in.err = usagef("it is a directory; add --recursive")
		case info.Mode().IsRegular():
			in.size = info.Size()
		}
		inputs = append(inputs, in)
	}
	return inputs
}

// walk lists the files below a directory. What is not a file is not passed over
// in silence: whoever encrypts a tree wants to know what is missing.
func walk(root string, skip fs.FileInfo) []input {
	var inputs []input
	add := func(path string, info fs.FileInfo, err error) {
		in := input{name: path, path: path, size: -1, file: info, seen: info, err: err}
		if info != nil {
			in.size = info.Size()
		}
		in.rel, _ = filepath.Rel(root, path)
		inputs = append(inputs, in)
	}
	// The error is always nil: the function below gives none.
	_ = filepath.WalkDir(root+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		path = filepath.Clean(path)
		if err != nil {
			add(path, nil, plainPathError(err))
			return nil
		}
		info, err := d.Info()
		switch {
		case err != nil:
			add(path, nil, plainPathError(err))
		case d.IsDir():
			if path != filepath.Clean(root) && skip != nil && os.SameFile(info, skip) {
				return fs.SkipDir
			}
		case d.Type() == fs.ModeSymlink:
			add(path, nil, errors.New("it is a symbolic link, which is not followed"))
		case !d.Type().IsRegular():
			add(path, nil, errors.New("it is not a regular file"))
		default:
			add(path, info, nil)
		}
		return nil
	})
	if len(inputs) == 0 {
		add(root, nil, errors.New("there is no file in this directory"))
	}
	return inputs
}

// plainPathError leaves the path out, which is shown before the error.
func plainPathError(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	}
	return err
}

// opened is an input that can be read.
type opened struct {
	*os.File
	regular  bool  // it can be read twice
	start    int64 // where its reading begins: standard input may be half read
	size     int64 // from there; -1 where it is not known
	borrowed bool  // standard input is not closed
}

// open opens the input; opening a named pipe waits for whoever writes to it, but
// not longer than ctx.
func (in input) open(ctx context.Context, stdin *os.File) (*opened, error) {
	if in.err != nil {
		return nil, in.err
	}
	o := &opened{File: stdin, size: -1, borrowed: in.path == ""}
	if in.path != "" {
		_, err := waitFor(ctx, func() (_ int, err error) {
			o.File, err = os.Open(in.path)
			return 0, err
		})
		if err != nil {
			return nil, plainPathError(err)
		}
	}
	info, err := o.Stat()
	if err == nil && in.seen != nil && !os.SameFile(info, in.seen) {
		err = errors.New("another file was put in its place")
	}
	if err == nil && info.IsDir() {
		err = errors.New("it is a directory")
	}
	if err != nil {
		o.Close()
		return nil, plainPathError(err)
	}
	if info.Mode().IsRegular() {
		if o.start, err = o.Seek(0, io.SeekCurrent); err != nil {
			o.Close()
			return nil, plainPathError(err)
		}
		o.regular, o.size = true, max(0, info.Size()-o.start)
	}
	return o, nil
}

func (o *opened) Close() error {
	if o.borrowed {
		return nil
	}
	return o.File.Close()
}

// rewind begins the reading again.
func (o *opened) rewind() error {
	_, err := o.Seek(o.start, io.SeekStart)
	return err
}

// reader reads the input until ctx ends.
func (o *opened) reader(ctx context.Context) io.Reader {
	if o.regular {
		return &checked{ctx, o.File}
	}
	return &interruptible{ctx: ctx, src: o.File}
}

// outputName is the name of the input's output in a directory of outputs.
func (in input) outputName(encrypt bool) (string, error) {
	if in.path == "" {
		return "", usagef("--out names a directory, and standard input has no name for a file in it")
	}
	bare, has := strings.CutSuffix(in.rel, suffix)
	switch {
	case !encrypt && (!has || filepath.Base(bare) == "." || strings.HasSuffix(bare, string(filepath.Separator)) || bare == ""):
		return "", fmt.Errorf("its name does not end in %s; decrypt it by itself, with --out FILE", suffix)
	case !encrypt:
		return bare, nil
	case has && in.seen != nil:
		return "", fmt.Errorf("its name ends in %s: it is encrypted already; name it as an argument to encrypt it once more", suffix)
	}
	return in.rel + suffix, nil
}

// name finds the outputs' names. Two inputs with one output would leave only
// the later: neither is taken for the better one, so the second fails.
func (b *batch) name() []string {
	outputs := make([]string, len(b.inputs))
	of := map[string]string{}
	for i := range b.inputs {
		in := &b.inputs[i]
		if in.err != nil {
			continue
		}
		if outputs[i], in.err = in.outputName(b.encrypt); in.err != nil {
			continue
		}
		if first, taken := of[outputs[i]]; taken {
			in.err = fmt.Errorf("%w: its output %s is that of %s too", fs.ErrExist, visible(filepath.Join(b.flags.out, outputs[i])), visible(first))
			continue
		}
		of[outputs[i]] = in.name
	}
	return outputs
}

// spareInputs fails the inputs whose output would replace another input: that
// one might be read only afterwards, and its content would be gone. It does not
// matter whether the other can be an input; whoever names a file does not mean
// it to be replaced. An output may replace its own input, which is read by then.
func (b *batch) spareInputs(root *os.Root, outputs []string) {
	byPath, byFile := map[string][]int{}, map[any][]int{}
	for i, in := range b.inputs {
		if in.path == "" {
			continue
		}
		path := absolute(in.path)
		byPath[path] = append(byPath[path], i)
		if in.file != nil {
			id := fileID(in.file)
			byFile[id] = append(byFile[id], i)
		}
	}
	for i, rel := range outputs {
		if b.inputs[i].err != nil {
			continue
		}
		out := filepath.Join(b.flags.out, rel)
		refuse := func(j int) {
			if j != i {
				b.inputs[i].err = fmt.Errorf("its output %s would replace another input, %s; name another directory with --out", visible(out), visible(b.inputs[j].name))
			}
		}
		for _, j := range byPath[absolute(out)] {
			refuse(j)
		}
		// One file may have many paths: by links, or by upper and lower case.
		info, err := root.Lstat(rel)
		if err != nil {
			continue
		}
		for _, j := range byFile[fileID(info)] {
			if os.SameFile(info, b.inputs[j].file) {
				refuse(j)
			}
		}
	}
}

// absolute is the path from the root, or the path itself where the working
// directory is gone.
func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return filepath.Clean(path)
}

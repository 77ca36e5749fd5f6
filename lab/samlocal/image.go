package samlocal

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"os"
)

// applets are the commands that SAM CLI sets its emulator up with.
var applets = []string{"sh", "mv", "chmod"}

// makeImage makes the image that functions run in. Its variables are those that
// Lambda defines for every function of a custom runtime, and where the lab is.
func (l *Local) makeImage(ctx context.Context) error {
	shell, err := static(l.setup.Shell)
	if err != nil {
		return err
	}
	files, err := root(shell)
	if err != nil {
		return fmt.Errorf("make the image for functions: %w", err)
	}
	_, err = l.setup.engine(ctx, files, "import", "--platform", platforms[l.setup.Arch],
		"-c", "ENV PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime",
		"-c", "ENV AWS_ENDPOINT_URL="+l.inside, "-c", "WORKDIR /var/task", "-", l.image())
	return err
}

// repository is the image's, and of no other run's: SAM CLI builds its own image
// from ours, and removes all others of that repository.
func (l *Local) repository() string {
	return fmt.Sprintf("rekey-sam-local/%s-%d", l.setup.Arch, l.port)
}

func (l *Local) image() string { return l.repository() + ":base" }

// root is an archive of the file system.
func root(shell []byte) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	entries := []tar.Header{
		{Name: "tmp/", Typeflag: tar.TypeDir, Mode: 0o1777},
		{Name: "bin/busybox", Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(shell))},
	}
	for _, dir := range []string{"bin/", "etc/", "opt/", "var/", "var/task/", "var/runtime/"} {
		entries = append([]tar.Header{{Name: dir, Typeflag: tar.TypeDir, Mode: 0o755}}, entries...)
	}
	for _, name := range applets {
		entries = append(entries, tar.Header{Name: "bin/" + name, Typeflag: tar.TypeSymlink, Linkname: "busybox"})
	}
	for _, e := range entries {
		if err := w.WriteHeader(&e); err != nil {
			return nil, err
		}
		if e.Typeflag == tar.TypeReg {
			if _, err := w.Write(shell); err != nil {
				return nil, err
			}
		}
	}
	return b.Bytes(), w.Close()
}

// static reads a program that needs no other file to run.
func static(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	program, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP {
			return nil, fmt.Errorf("%s is linked dynamically, and would not start in an image with nothing else: give Debian's busybox-static", path)
		}
	}
	return b, nil
}

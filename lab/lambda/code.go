package lambda

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/world"
)

// code is a function's deployment package, unpacked.
type code struct {
	path   string // of the bootstrap
	sha256 string // of the archive, in Base64
	size   int64  // of the archive, in bytes
}

// unpackedLimit is the size of an unpacked archive (Lambda Developer Guide,
// "Lambda quotas").
const unpackedLimit = 262144000

// thisMachine is the architecture of the functions that can run here.
func thisMachine() types.Architecture {
	if runtime.GOARCH == "arm64" {
		return types.ArchitectureArm64
	}
	return types.ArchitectureX8664
}

// unpack writes an archive into a directory of its own.
func (s *Service) unpack(archive []byte) (code, error) {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil { // recorded wording
		return code{}, invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	dir, err := os.MkdirTemp("", "rekey-lab-function-")
	if err != nil {
		return code{}, err
	}
	left := int64(unpackedLimit)
	for _, f := range r.File {
		if left, err = extract(dir, f, left); err != nil {
			_ = os.RemoveAll(dir)
			return code{}, err
		}
	}
	s.ends.Lock()
	s.dirs = append(s.dirs, dir)
	s.ends.Unlock()
	sum := sha256.Sum256(archive)
	return code{filepath.Join(dir, "bootstrap"), base64.StdEncoding.EncodeToString(sum[:]), int64(len(archive))}, nil
}

// extract writes one file, and gives how many bytes are left of the limit. A
// name that leads out of the directory is refused.
func extract(dir string, f *zip.File, left int64) (int64, error) {
	if f.FileInfo().IsDir() {
		return left, nil
	}
	if f.Mode().Type() == os.ModeSymlink {
		return left, world.Unimplemented("symbolic links in a function's code: " + f.Name)
	}
	if !filepath.IsLocal(f.Name) || !f.Mode().IsRegular() {
		return left, invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	path := filepath.Join(dir, filepath.FromSlash(f.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { // a file is in its way
		return left, invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	from, err := f.Open()
	if err != nil {
		return left, invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644|f.Mode().Perm()&0o111)
	if err != nil {
		return left, invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	n, err := io.Copy(to, io.LimitReader(from, left+1))
	if err := errors.Join(err, to.Close()); err != nil {
		return left, invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	if n > left { // recorded wording
		return left, invalid("Unzipped size must be smaller than 262144000 bytes")
	}
	return left - n, nil
}

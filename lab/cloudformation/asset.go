package cloudformation

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// asset is one file of a stack and where it goes (AWS CDK, "Cloud Assembly
// Specification": the schema of asset manifests).
type asset struct {
	id, dir      string
	source       source
	destinations []destination
	// body gives the bytes that are published. They are read once for all stacks that
	// a template and its clones become.
	body func() ([]byte, error)
}

type source struct {
	Path       string `json:"path"`
	Packaging  string `json:"packaging"` // file, or zip of a directory
	Executable any    `json:"executable"`
}

type destination struct {
	BucketName string `json:"bucketName"`
	ObjectKey  string `json:"objectKey"`
	Region     string `json:"region"`
}

// readAssets reads an asset manifest.
func readAssets(dir, file string) ([]asset, error) {
	var m struct {
		Files map[string]struct {
			Source       source                 `json:"source"`
			Destinations map[string]destination `json:"destinations"`
		} `json:"files"`
		DockerImages map[string]any `json:"dockerImages"`
	}
	if err := readJSON(filepath.Join(dir, file), &m); err != nil {
		return nil, err
	}
	if len(m.DockerImages) > 0 {
		return nil, fmt.Errorf("%s: it has images, and the lab has no registry for them", file)
	}
	var assets []asset
	for _, id := range slices.Sorted(maps.Keys(m.Files)) {
		f := m.Files[id]
		if f.Source.Executable != nil {
			return nil, fmt.Errorf("%s: %s is made by a command, which is not run here", file, id)
		}
		a := asset{id: id, dir: dir, source: f.Source}
		a.body = sync.OnceValues(a.read)
		for _, name := range slices.Sorted(maps.Keys(f.Destinations)) {
			a.destinations = append(a.destinations, f.Destinations[name])
		}
		assets = append(assets, a)
	}
	return assets, nil
}

// publish puts a stack's assets where its template looks for them.
func (d *Deployer) publish(ctx context.Context, t *Template) error {
	for _, a := range t.assets {
		body, err := a.body()
		if err != nil {
			return fmt.Errorf("asset %s: %w", a.id, err)
		}
		for _, to := range a.destinations {
			if err := d.put(ctx, to, body); err != nil {
				return fmt.Errorf("asset %s: %w", a.id, err)
			}
		}
	}
	return nil
}

func (d *Deployer) put(ctx context.Context, to destination, body []byte) error {
	fill := strings.NewReplacer("${AWS::AccountId}", string(d.target.Account), "${AWS::Region}", string(d.target.Region), "${AWS::Partition}", partition)
	bucket, key, region := fill.Replace(to.BucketName), fill.Replace(to.ObjectKey), fill.Replace(to.Region)
	if region != "" && region != string(d.target.Region) {
		return fmt.Errorf("its bucket %s is in the Region %s, and the stack in %s", bucket, region, d.target.Region)
	}
	if _, err := d.api.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body)}); err != nil {
		return fmt.Errorf("put s3://%s/%s, in the bucket that Bootstrap makes: %w", bucket, key, err)
	}
	return nil
}

func (a asset) read() ([]byte, error) {
	path := a.source.Path
	switch {
	case path == "":
		return nil, errors.New("its source has no path")
	case !filepath.IsAbs(path): // where nothing is staged, the CDK names the source itself
		path = filepath.Join(a.dir, path)
	}
	switch a.source.Packaging {
	case "file":
		return readRegular(path)
	case "zip":
		return zipped(path)
	}
	return nil, fmt.Errorf("its packaging is %q, neither file nor zip", a.source.Packaging)
}

// readRegular reads a file, and nothing that has no end, or that waits for a writer.
func readRegular(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	return os.ReadFile(path)
}

// dosEpoch is the earliest time that an archive can hold.
var dosEpoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// zipped gives a directory as an archive, of the same bytes for the same files
// and modes. What symbolic links to files lead to is packed in their place.
func zipped(dir string) ([]byte, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s is no directory", dir)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error { // in lexical order
		if err != nil || e.IsDir() {
			return err
		}
		return pack(w, dir, path)
	})
	err = errors.Join(err, w.Close())
	return out.Bytes(), err
}

func pack(w *zip.Writer, dir, path string) error {
	name, err := filepath.Rel(dir, path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file", path)
	}
	// Stored, not deflated: the archive goes no further than this process, and a
	// bootstrap takes longer to inflate than a whole stack to create.
	header := &zip.FileHeader{Name: filepath.ToSlash(name), Method: zip.Store, Modified: dosEpoch}
	header.SetMode(info.Mode().Perm())
	to, err := w.CreateHeader(header)
	if err != nil {
		return err
	}
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	_, err = io.Copy(to, from)
	return err
}

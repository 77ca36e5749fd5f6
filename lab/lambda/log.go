package lambda

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// tailSize is how much of the log an invocation's answer can have (Lambda API
// Reference, Invoke, X-Amz-Log-Result).
const tailSize = 4 << 10

// output is what a process prints. It is a file without a name, and no pipe, so
// that all that was printed before an answer can be read after it.
type output struct {
	file *os.File
	read int64
}

func newOutput() (*output, error) {
	dir, err := os.MkdirTemp("", "rekey-lab-log-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	f, err := os.OpenFile(filepath.Join(dir, "log"), os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return &output{file: f}, nil
}

// drain passes on what was printed since the last time, and gives its end.
func (o *output) drain(to io.Writer) []byte {
	var last []byte
	buf := make([]byte, 32<<10)
	for {
		n, err := o.file.ReadAt(buf, o.read)
		o.read += int64(n)
		_, _ = to.Write(buf[:n]) // whoever gave the writer knows of its failures
		last = append(last, buf[:n]...)
		if over := len(last) - tailSize; over > 0 {
			last = slices.Delete(last, 0, over)
		}
		if err != nil || n == 0 {
			if err != nil && !errors.Is(err, io.EOF) {
				last = append(last, "the log cannot be read: "+err.Error()...)
			}
			return last
		}
	}
}

package lambda

import (
	"io"
	"os"
	"path/filepath"
)

// tailSize is how much of the log an invocation's answer can have (Lambda API
// Reference, Invoke, X-Amz-Log-Result).
const tailSize = 4 << 10

// longLog is how much is kept of what a process printed.
const longLog = 64 << 20

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

// drain passes on what was printed since the last time and before this moment,
// and gives its end. A long log is then forgotten, and with it what is printed
// meanwhile.
func (o *output) drain(to io.Writer) []byte {
	info, err := o.file.Stat()
	if err != nil {
		return []byte("the log cannot be read: " + err.Error())
	}
	end := info.Size()
	_, _ = io.Copy(to, io.NewSectionReader(o.file, o.read, end-o.read)) // whoever gave the writer knows of its failures
	last := make([]byte, min(end-o.read, tailSize))
	if _, err := o.file.ReadAt(last, end-int64(len(last))); err != nil {
		last = []byte("the log cannot be read: " + err.Error())
	}
	o.read = end
	if end > longLog && o.file.Truncate(0) == nil {
		o.read = 0
	}
	return last
}

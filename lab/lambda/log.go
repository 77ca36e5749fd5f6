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

// size is how much was printed, as far as it is kept.
func (o *output) size() int64 {
	if o == nil {
		return 0
	}
	info, err := o.file.Stat()
	if err != nil {
		return 0 // drain tells of it
	}
	return info.Size()
}

// drain passes on what was printed since the last time and before this moment,
// and gives it in two parts, before and after the file had the size at. Of more
// than is kept it gives the end. A long log is then forgotten, and with it what
// is printed meanwhile.
func (o *output) drain(to io.Writer, at int64) (before, after []byte) {
	info, err := o.file.Stat()
	if err != nil {
		return nil, []byte("the log cannot be read: " + err.Error())
	}
	end := info.Size()
	_, _ = io.Copy(to, io.NewSectionReader(o.file, o.read, end-o.read)) // whoever gave the writer knows of its failures
	from := max(o.read, end-longLog)
	all := make([]byte, end-from)
	if _, err := o.file.ReadAt(all, from); err != nil {
		return nil, []byte("the log cannot be read: " + err.Error())
	}
	o.read = end
	if end > longLog && o.file.Truncate(0) == nil {
		o.read = 0
	}
	split := min(max(at-from, 0), end-from)
	return all[:split], all[split:]
}

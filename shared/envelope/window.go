package envelope

import "io"

// A window's buffer starts small, for small messages, and doubles up to
// chunkLen as long as the source fills it, so that a long stream is read in
// large pieces. It grows further only for a frame that is larger, and then too
// by doubling when it is full of bytes that have arrived: a length field alone
// allocates nothing.
const (
	firstLen = 4 << 10
	chunkLen = 64 << 10
)

// window shows the unread part of a source as consecutive bytes in memory.
type window struct {
	src        io.Reader // nil: buf is the whole input, and is not written to
	buf        []byte
	start, end int   // buf[start:end] is read from the source but not consumed
	err        error // the source's, once it has given one
	exact      bool  // read no byte that was not asked for
	filled     bool  // the last read filled the buffer
}

// need gives the next n bytes without consuming them. They stay valid until
// the next call. Where the source ends before them, the error is io.EOF.
func (w *window) need(n int) ([]byte, error) {
	for w.end-w.start < n {
		if w.err != nil {
			return nil, w.err
		}
		w.fill(n)
	}
	return w.buf[w.start : w.start+n], nil
}

// consume moves past n bytes that need has given.
func (w *window) consume(n int) { w.start += n }

// fill reads from the source once, or sets w.err.
func (w *window) fill(n int) {
	if w.src == nil {
		w.err = io.EOF
		return
	}
	w.makeRoom()
	room := w.buf[w.end:]
	if w.exact {
		room = room[:min(len(room), w.start+n-w.end)]
	}
	for range 100 {
		m, err := w.src.Read(room)
		w.end += m
		w.filled = m == len(room) && !w.exact
		w.err = err
		if m > 0 || err != nil {
			return
		}
	}
	w.err = io.ErrNoProgress
}

// makeRoom leaves at least one free byte after end.
func (w *window) makeRoom() {
	if w.start == w.end {
		w.start, w.end = 0, 0
	}
	if w.end == len(w.buf) && w.start > 0 {
		w.end = copy(w.buf, w.buf[w.start:w.end])
		w.start = 0
	}
	if w.end == len(w.buf) || w.filled && len(w.buf) < chunkLen {
		larger := make([]byte, max(firstLen, 2*len(w.buf)))
		w.end = copy(larger, w.buf[w.start:w.end])
		w.start = 0
		w.wipe() // of plaintext that was opened in place
		w.buf = larger
	}
}

// atEnd says whether the source has no more bytes. Its error is the source's.
func (w *window) atEnd() (bool, error) {
	_, err := w.need(1)
	if err == io.EOF {
		return true, nil
	}
	return false, err
}

// wipe zeroes the buffer, where it is the window's own.
func (w *window) wipe() {
	if w.src != nil {
		clear(w.buf)
	}
}

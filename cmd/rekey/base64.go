package main

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// base64Writer writes standard base64 on one line, which ends when it is
// closed.
type base64Writer struct {
	enc io.WriteCloser
	out *bufio.Writer
}

func newBase64Writer(dst io.Writer) *base64Writer {
	// The encoder writes in pieces of a kilobyte.
	out := bufio.NewWriterSize(dst, chunk)
	return &base64Writer{base64.NewEncoder(base64.StdEncoding, out), out}
}

func (w *base64Writer) Write(p []byte) (int, error) { return w.enc.Write(p) }

func (w *base64Writer) Close() error {
	if err := w.enc.Close(); err != nil {
		return err
	}
	if err := w.out.WriteByte('\n'); err != nil {
		return err
	}
	return w.out.Flush()
}

var errBase64 = errors.New("not base64")

// base64Reader reads base64 of the standard or the URL alphabet, padded or not,
// wherever its lines are broken.
type base64Reader struct {
	src    io.Reader
	offset int64 // bytes of src that are read
	text   []byte
	tidy   []byte // the standard alphabet only; less than a group is carried over
	plain  []byte
	chars  int64 // that were read, padding excluded
	pads   int64
	filled
}

func newBase64Reader(src io.Reader) *base64Reader {
	return &base64Reader{src: src, text: make([]byte, chunk), tidy: make([]byte, 0, chunk+4), plain: make([]byte, chunk+4)}
}

func (r *base64Reader) Read(p []byte) (int, error) { return r.read(p, r.fill) }

func (r *base64Reader) fill() {
	n, err := r.src.Read(r.text)
	if bad := r.take(r.text[:n]); bad != nil {
		r.err = bad
		return
	}
	whole := len(r.tidy) / 4 * 4
	if err == io.EOF {
		if whole, r.err = len(r.tidy), r.end(); r.err != nil {
			return
		}
	}
	m, bad := base64.RawStdEncoding.Strict().Decode(r.plain, r.tidy[:whole])
	if bad != nil {
		r.err = fmt.Errorf("%w: the last character has bits that mean nothing", errBase64)
		return
	}
	r.rest, r.err = r.plain[:m], err
	r.tidy = r.tidy[:copy(r.tidy, r.tidy[whole:])]
}

// take sorts the characters of a piece of text. Nearly all text has nothing but
// the alphabet and line ends, so that is tried first, without a branch: the
// characters of random data would be guessed wrong all the time.
func (r *base64Reader) take(text []byte) error {
	tidy := r.tidy[len(r.tidy) : len(r.tidy)+len(text)]
	n, odd := 0, uint8(0)
	for _, c := range text {
		e := base64Alphabet[c]
		tidy[n] = e.char
		n += int(e.keep)
		odd |= e.odd
	}
	if odd != 0 || r.pads > 0 {
		var err error
		if n, err = r.takeOdd(tidy, text); err != nil {
			return err
		}
	}
	r.tidy = r.tidy[:len(r.tidy)+n]
	r.chars += int64(n)
	r.offset += int64(len(text))
	return nil
}

// takeOdd is take for text that may have padding, or what is not base64.
func (r *base64Reader) takeOdd(tidy, text []byte) (n int, err error) {
	for i, c := range text {
		at := r.offset + int64(i)
		switch e := base64Alphabet[c]; {
		case c == '=':
			r.pads++
		case e.odd != 0:
			return 0, fmt.Errorf("%w: byte %d is %q%s", errBase64, at+1, c, maybeBinary(at, c))
		case e.keep != 0 && r.pads > 0:
			return 0, fmt.Errorf("%w: byte %d follows the padding", errBase64, at+1)
		case e.keep != 0:
			tidy[n] = e.char
			n++
		}
	}
	return n, nil
}

// end checks how the text ends.
func (r *base64Reader) end() error {
	over := r.chars % 4
	if over == 1 {
		return fmt.Errorf("%w: it is cut off", errBase64)
	}
	if r.pads > 0 && (over == 0 || over+r.pads != 4) {
		return fmt.Errorf("%w: it is cut off, or its padding is wrong", errBase64)
	}
	return nil
}

func maybeBinary(offset int64, c byte) string {
	if offset == 0 && c < ' ' {
		return "; if the input is binary, leave --base64 away"
	}
	return ""
}

// base64Alphabet says of each byte which character of the standard alphabet it
// stands for, whether it is kept, and whether it needs a closer look. White
// space is neither kept nor odd.
var base64Alphabet = func() (t [256]struct{ char, keep, odd uint8 }) {
	for i := range t {
		t[i].odd = 1
	}
	for _, c := range []byte(" \t\r\n\v\f") {
		t[c].odd = 0
	}
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_") {
		t[c].char, t[c].keep, t[c].odd = c, 1, 0
	}
	t['-'].char, t['_'].char = '+', '/'
	return t
}()

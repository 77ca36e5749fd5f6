package envelope_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"rekey/shared/envelope"
)

// sealChunks seals through a Writer, in pieces of the given lengths in turn.
func sealChunks(w io.Writer, plain []byte, chunks []int, k envelope.Keyring, opts ...func(*envelope.SealOptions)) error {
	e, err := envelope.NewWriter(context.Background(), w, k, opts...)
	if err != nil {
		return err
	}
	for i := 0; len(plain) > 0; i++ {
		n := min(len(plain), chunks[i%len(chunks)])
		if m, err := e.Write(plain[:n]); err != nil || m != n {
			return errors.Join(err, e.Close())
		}
		plain = plain[n:]
	}
	return e.Close()
}

func TestAnyChunkingOpensToTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := newStatic()
		plain := rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "plain")
		if rapid.Bool().Draw(t, "long") {
			plain = bytes.Repeat(plain, 200)
		}
		frame := rapid.OneOf(rapid.Uint32Range(1, 40), rapid.Uint32Range(1, 1<<18), rapid.Just(uint32(len(plain)+1)), rapid.Just(uint32(max(1, len(plain)/2)))).Draw(t, "frame")
		if len(plain) > 4000 {
			frame = max(frame, 64)
		}
		chunks := rapid.SliceOfN(rapid.IntRange(1, 100000), 1, 5).Draw(t, "chunks")
		pairs := rapid.MapOfN(rapid.StringN(0, 20, 80).Filter(writable), rapid.StringN(0, 20, 80), 0, 4).Draw(t, "context")
		suite := rapid.SampledFrom([]envelope.Suite{envelope.SuiteCommit, envelope.SuiteCommitSigned}).Draw(t, "suite")
		opts := []func(*envelope.SealOptions){suiteOf(suite), framesOf(frame), contextOf(pairs)}

		var message bytes.Buffer
		if err := sealChunks(&message, plain, chunks, k, opts...); err != nil {
			t.Fatal(err)
		}
		whole, err := envelope.Seal(context.Background(), plain, k, opts...)
		if err != nil || suite == envelope.SuiteCommit && len(whole) != message.Len() {
			t.Fatalf("Seal gives %d bytes, the Writer %d: %v", len(whole), message.Len(), err)
		}
		for _, m := range [][]byte{whole, message.Bytes()} {
			if got, _, err := envelope.Open(context.Background(), m, k, demand(pairs)); err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("Open: %d bytes of %d, %v", len(got), len(plain), err)
			}
		}
		r, err := envelope.NewReader(context.Background(), oddReader{&message, rapid.IntRange(1, 70000).Draw(t, "read")}, k)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		buf := make([]byte, rapid.IntRange(1, 70000).Draw(t, "buffer"))
		if rapid.Bool().Draw(t, "WriteTo") {
			_, err = r.WriteTo(&got)
		} else {
			_, err = io.CopyBuffer(struct{ io.Writer }{&got}, struct{ io.Reader }{r}, buf)
		}
		if err != nil || !bytes.Equal(got.Bytes(), plain) {
			t.Fatalf("Reader: %d bytes of %d, %v", got.Len(), len(plain), err)
		}
	})
}

func writable(key string) bool { return len(key) < 11 || key[:11] != "aws-crypto-" }

// oddReader gives at most n bytes a read.
type oddReader struct {
	r io.Reader
	n int
}

func (o oddReader) Read(p []byte) (int, error) { return o.r.Read(p[:min(len(p), o.n)]) }

func TestReaderContract(t *testing.T) {
	k := newStatic()
	plain := bytes.Repeat([]byte("0123456789"), 9000)
	for _, frame := range []uint32{7, 4096, 70000, 1 << 20} {
		r, err := envelope.NewReader(t.Context(), bytes.NewReader(seal(t, string(plain), k, framesOf(frame))), k)
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(r, plain); err != nil {
			t.Errorf("frames of %d: %v", frame, err)
		}
	}
}

// TestFramesComeOutAsTheyArrive: a whole frame does not wait for the next one.
func TestFramesComeOutAsTheyArrive(t *testing.T) {
	k := newStatic()
	message := seal(t, "abcdefghij", k, framesOf(4))
	r, w := io.Pipe()
	defer w.Close()
	go w.Write(message[:len(message)-20-40-2]) // the second frame is short of its end
	reader, err := envelope.NewReader(t.Context(), r, k)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	if n, err := reader.Read(buf); err != nil || string(buf[:n]) != "abcd" {
		t.Errorf("%q, %v", buf[:n], err)
	}
}

func TestReadHeaderTakesTheHeaderAlone(t *testing.T) {
	src := bytes.NewReader(append(newForge(t, newStatic(), 2, 4, nil).out, "rest"...))
	h, err := envelope.ReadHeader(src)
	if err != nil || src.Len() != 4 {
		t.Errorf("%+v, %v, %d bytes left", h, err, src.Len())
	}
}

func TestSourceErrorsPassThrough(t *testing.T) {
	k := newStatic()
	message := seal(t, threeFrames, k, framesOf(16))
	broken := errors.New("connection reset")
	for n := range len(message) {
		src := io.MultiReader(bytes.NewReader(message[:n]), iotest.ErrReader(broken))
		r, err := envelope.NewReader(t.Context(), src, k)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if !errors.Is(err, broken) || errors.Is(err, envelope.ErrTruncated) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
	if _, err := envelope.NewReader(t.Context(), silent{}, k); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a source that gives nothing: %v", err)
	}
}

type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

// limited fails once n bytes are written, or writes short without an error.
type limited struct {
	n     int
	short bool
}

func (l *limited) Write(p []byte) (int, error) {
	if len(p) <= l.n {
		l.n -= len(p)
		return len(p), nil
	}
	if l.short {
		return l.n, nil
	}
	return l.n, io.ErrClosedPipe
}

func TestDestinationErrorsPassThrough(t *testing.T) {
	k := newStatic()
	plain := make([]byte, 300000)
	for _, n := range []int{0, 10, 70000, 200000, 302000} {
		if err := sealChunks(&limited{n: n}, plain, []int{1000}, k); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("after %d bytes: %v", n, err)
		}
		if err := sealChunks(&limited{n: n, short: true}, plain, []int{1000}, k); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("short after %d bytes: %v", n, err)
		}
		r, err := envelope.NewReader(t.Context(), bytes.NewReader(seal(t, string(plain), k)), k)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.WriteTo(&limited{n: min(n, 200000)}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("WriteTo after %d bytes: %v", n, err)
		}
	}
}

func TestAbandonedWriterMakesNoMessage(t *testing.T) {
	k := newStatic()
	var out bytes.Buffer
	w, err := envelope.NewWriter(t.Context(), &out, k)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(make([]byte, 200000))
	if _, err := read(out.Bytes(), k); !errors.Is(err, envelope.ErrTruncated) {
		t.Errorf("without Close: %v", err)
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Errorf("Close twice: %v", err)
	}
	if _, err := read(out.Bytes(), k); err != nil {
		t.Errorf("after Close twice: %v", err)
	}
	if _, err := w.Write([]byte("x")); !errors.Is(err, envelope.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
	failed, _ := envelope.NewWriter(t.Context(), &limited{n: 100}, k)
	failed.Write(make([]byte, 200000))
	if err := errors.Join(failed.Close(), failed.Close()); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Close after a failed Write: %v", err)
	}
}

// TestMemoryIsBounded streams 1 GiB (with -short 64 MiB) from a Writer into a
// Reader and looks at the heap on the way.
func TestMemoryIsBounded(t *testing.T) {
	k := newStatic()
	total := int64(1 << 30)
	if testing.Short() {
		total = 64 << 20
	}
	pr, pw := io.Pipe()
	go func() {
		w, err := envelope.NewWriter(context.Background(), pw, k)
		if err == nil {
			_, err = io.CopyN(w, zeros{}, total)
		}
		pw.CloseWithError(errors.Join(err, w.Close()))
	}()
	r, err := envelope.NewReader(t.Context(), pr, k)
	if err != nil {
		t.Fatal(err)
	}
	peak, got := uint64(0), int64(0)
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	before, allocated := stats.HeapAlloc, stats.TotalAlloc
	for next := int64(0); err == nil; {
		var n int64
		n, err = io.CopyN(io.Discard, r, 1<<20)
		if got += n; got >= next {
			runtime.ReadMemStats(&stats)
			peak, next = max(peak, stats.HeapAlloc), got+16<<20
		}
	}
	if err != io.EOF || got != total {
		t.Fatalf("%d bytes of %d, %v", got, total, err)
	}
	t.Logf("%d MiB: heap grew by at most %d KiB, %d KiB allocated in all", total>>20, (int64(peak)-int64(before))>>10, (stats.TotalAlloc-allocated)>>10)
	if peak > before+4<<20 || stats.TotalAlloc-allocated > 4<<20+uint64(total>>10) {
		t.Errorf("%d bytes of heap, %d before; %d allocated", peak, before, stats.TotalAlloc-allocated)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestMessagesAreUnlike(t *testing.T) {
	k := newStatic()
	a, b := seal(t, threeFrames, k), seal(t, threeFrames, k)
	if bytes.Equal(a[3:35], b[3:35]) || bytes.Equal(a[len(a)-60:], b[len(b)-60:]) {
		t.Error("two messages share an id or ciphertext")
	}
}

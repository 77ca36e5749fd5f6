package samlocal

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab"
)

// What runs under SAM CLI itself is in the functions' tests, with the tag sam.

const (
	account = "111122223333"
	region  = "eu-west-1"
)

func TestFromEnvironment(t *testing.T) {
	told := map[string]string{EnvCLI: "/sam", EnvShell: "/busybox", EnvArch: "arm64"}
	if _, err := FromEnvironment(func(name string) string { return told[name] }); err != nil {
		t.Error(err)
	}
	for name, value := range map[string]string{EnvCLI: "", EnvShell: "", EnvArch: "aarch64"} {
		_, err := FromEnvironment(func(asked string) string {
			if asked == name {
				return value
			}
			return told[asked]
		})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is %q: %v", name, value, err)
		}
	}
}

// deployed is a function in a lab, and its template with some text replaced.
func deployed(t *testing.T, old, replacement string) (*Local, Deployed) {
	t.Helper()
	l := lab.ForTest(t, lab.Options{})
	cfg := l.Config(region, lab.Root(account))
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	role, err := iam.NewFromConfig(cfg).CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: &trust})
	if err != nil {
		t.Fatal(err)
	}
	var code bytes.Buffer
	w := zip.NewWriter(&code)
	if _, err := w.Create("bootstrap"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l.Lambda.Uploads = true
	machine := map[string]types.Architecture{"amd64": types.ArchitectureX8664, "arm64": types.ArchitectureArm64}[runtime.GOARCH]
	_, err = lambda.NewFromConfig(cfg).CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: aws.String("fn"), Role: role.Role.Arn, Handler: aws.String("bootstrap"), Runtime: types.RuntimeProvidedal2023,
		Architectures: []types.Architecture{machine}, Code: &types.FunctionCode{ZipFile: code.Bytes()},
		Environment: &types.Environment{Variables: map[string]string{"AA": "1", "BB": "2"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	template := `{"Resources":{"Alarm":{"Type":"AWS::CloudWatch::Alarm","Properties":{"Environment":1}},
		"Permission":{"Type":"AWS::Lambda::Permission","Properties":{"FunctionName":"fn"}},"Fn1":{"Type":"AWS::Lambda::Function","Properties":
		{"FunctionName":"fn","Architectures":["x86_64"],"Environment":{"Variables":{"AA":{"Ref":"Alarm"},"BB":"2"}}}}}}`
	path := filepath.Join(t.TempDir(), "t.json")
	if err := os.WriteFile(path, []byte(strings.Replace(template, old, replacement, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return &Local{setup: Setup{Arch: "x86_64"}, lab: l, dir: t.TempDir()}, Deployed{Template: path, Name: "fn", Config: cfg}
}

// The values are those of the deployed function, and the session is its role's.
func TestFunction(t *testing.T) {
	l, d := deployed(t, "", "")
	f, err := l.Function(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.variables); err != nil || string(got) != `{"Fn1":{"AA":"1","BB":"2"}}` {
		t.Errorf("%s, %v", got, err)
	}
	if got := f.session.Caller.ARN(); got != "arn:aws:sts::111122223333:assumed-role/r/fn" {
		t.Errorf("it runs as %s", got)
	}
}

func TestFunctionIsNotTheDeployedOne(t *testing.T) {
	for _, c := range []struct{ old, replacement, want string }{
		{`"fn","Arch`, `"gn","Arch`, "the template has no function of this name"},
		{`["x86_64"]`, `["arm64"]`, "its architecture is [arm64], and x86_64 is to be tested"},
		{`,"BB":"2"`, ``, "its environment variables are AA in the template, and AA, BB where it is deployed"},
		{`,"BB":"2"`, `,"BB":"2","CC":"3"`, "AA, BB, CC in the template"},
		{`{`, ``, "make synth"},
	} {
		l, d := deployed(t, c.old, c.replacement)
		if _, err := l.Function(t.Context(), d); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s is %s: %v", c.old, c.replacement, err)
		}
	}
	l, d := deployed(t, "", "")
	d.Template += "x"
	if _, err := l.Function(t.Context(), d); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no template: %v", err)
	}
}

// program is the beginning of one, with a single program header.
func program(t *testing.T, kind elf.ProgType) string {
	t.Helper()
	h := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1, Shentsize: 64}
	copy(h.Ident[:], []byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)})
	var b bytes.Buffer
	for _, part := range []any{h, elf.Prog64{Type: uint32(kind)}} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStatic(t *testing.T) {
	if _, err := static(program(t, elf.PT_LOAD)); err != nil {
		t.Error(err)
	}
	if _, err := static(program(t, elf.PT_INTERP)); err == nil || !strings.Contains(err.Error(), "linked dynamically") {
		t.Errorf("one with an interpreter: %v", err)
	}
}

// The directory for a temporary file is everybody's, and the shell can be run.
func TestRoot(t *testing.T) {
	b, err := root([]byte("shell"))
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]int64{}
	for r := tar.NewReader(bytes.NewReader(b)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if modes[h.Name] = h.Mode; h.Typeflag == tar.TypeSymlink && h.Linkname != "busybox" {
			t.Errorf("%s leads to %s", h.Name, h.Linkname)
		}
	}
	if modes["tmp/"] != 0o1777 || modes["bin/busybox"] != 0o755 {
		t.Errorf("%#o, %#o", modes["tmp/"], modes["bin/busybox"])
	}
	if _, ok := modes["bin/sh"]; !ok {
		t.Error("there is no sh")
	}
}

// The address is known once, when its line is whole, in whatever pieces it comes.
func TestListening(t *testing.T) {
	l := &listening{url: make(chan string, 1)}
	for _, piece := range []string{"x\n * Running on http://127.0.0.1:39", "01\nRunning on http://127.0.0.1:4 ", "\n"} {
		if _, err := l.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	if url := <-l.url; url != "http://127.0.0.1:3901" {
		t.Errorf("it listens at %s", url)
	}
}

// serving is SAM CLI in a shell's place: it listens, and then does as the script says.
func serving(t *testing.T, ending time.Duration, script string) *Server {
	t.Helper()
	l, d := deployed(t, "", "")
	l.setup.CLI, l.ending = filepath.Join(t.TempDir(), "sam"), ending
	script = "#!/bin/sh\n" + script + "\necho 'Running on http://127.0.0.1:1 '\nwhile :; do sleep 0.05; done\n"
	if err := os.WriteFile(l.setup.CLI, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := l.Function(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// SAM CLI ends when it is told to, and is killed where it does not.
func TestStop(t *testing.T) {
	s := serving(t, time.Minute, "trap 'exit 0' TERM")
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if err := s.Stop(); err != nil { // it has ended
		t.Error(err)
	}
	s = serving(t, time.Millisecond, "trap '' TERM")
	if err := s.Stop(); err == nil || !strings.Contains(err.Error(), "was killed") {
		t.Errorf("one that does not end: %v", err)
	}
}

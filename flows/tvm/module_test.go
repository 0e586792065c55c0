package tvm

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const header = `#define TVMGEN_DEFAULT_A_SIZE 4
#define TVMGEN_DEFAULT_B_SIZE 2 // struct tvmgen_default_devices { void* x; };
struct tvmgen_default_inputs { void* a; /* void* c; */ };
struct tvmgen_default_outputs { void* b; };
#define TVMGEN_DEFAULT_WORKSPACE_SIZE 48
`

// archive is a .tar of names and texts in a file.
func archive(t *testing.T, pairs ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: pairs[i], Typeflag: tar.TypeReg, Size: int64(len(pairs[i+1])), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(pairs[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "m.tar")
	if err := os.WriteFile(name, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestReadArchive(t *testing.T) {
	scratch := filepath.Join(t.TempDir(), "in")
	if err := os.Mkdir(scratch, 0o777); err != nil {
		t.Fatal(err)
	}
	// Names that lead elsewhere end in scratch; others are left out.
	m, err := Read(archive(t, "../../tvmgen_default.h", header, "/etc/default_lib0.c", "int x;", "../evil.sh", "boo", "metadata.json", "{"), scratch)
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "default" || len(m.Sources) != 1 || len(m.Inputs) != 1 || m.Inputs[0] != (Tensor{"a", 4, ""}) || m.Outputs[0] != (Tensor{"b", 2, ""}) || m.Workspace != 48 {
		t.Errorf("%+v", m)
	}
	list, err := os.ReadDir(scratch)
	if err != nil || len(list) != 3 {
		t.Errorf("%v, %v", list, err)
	}
	if outside, _ := os.ReadDir(filepath.Dir(scratch)); len(outside) != 1 {
		t.Errorf("outside: %v", outside)
	}
}

func TestReadErrors(t *testing.T) {
	twice := archive(t, "a/tvmgen_default.h", header, "b/tvmgen_default.h", header)
	short := archive(t, "tvmgen_default.h", header, "default_lib0.c", strings.Repeat("x", 5000))
	b, err := os.ReadFile(short)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(short, b[:3000], 0o666); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		twice: "tvmgen_default.h is there twice",
		short: "unexpected EOF",
		archive(t, "tvmgen_default.h", header, "other_lib0.c", ""):                                                    "no default_lib*.c beside tvmgen_default.h",
		archive(t, "default_lib0.c", ""):                                                                              "default_lib0.c has no header",
		archive(t, "tvmgen_a.h", header, "tvmgen_b.h", header):                                                        "2 modules",
		archive(t, "tvmgen_default.h", strings.Replace(header, "SIZE 4", "SIZE 4000000000", 1), "default_lib0.c", ""): "at most 134217728 bytes",
	} {
		if _, err := Read(name, t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestResults(t *testing.T) {
	m := &Module{Outputs: []Tensor{{Name: "y", Size: 2}}}
	if r, err := m.Results([]byte("0a0b\nff00\n"), 2); err != nil || r[1][0][0] != 0xff {
		t.Error(r, err)
	}
	for _, bad := range []string{"", "0a0b\n", "0a0b\nff\n", "0a0b\nzz00\n"} {
		if _, err := m.Results([]byte(bad), 2); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// FuzzHeader: no header makes the reader panic, and what it takes is fit for C.
func FuzzHeader(f *testing.F) {
	f.Add(header)
	f.Fuzz(func(t *testing.T, text string) {
		m := &Module{Name: "default"}
		if m.header(text) != nil {
			return
		}
		for _, x := range append(m.Inputs, m.Outputs...) {
			if x.Size <= 0 || x.Size > maxTensor || !tensorName.MatchString(x.Name) {
				t.Errorf("%+v", x)
			}
		}
	})
}

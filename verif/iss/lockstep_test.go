package iss

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	texttemplate "text/template"

	"marvelgen/flows/flowtest"
	"marvelgen/flows/verilator"
	"marvelgen/rtl"
	"marvelgen/templates"
	"marvelgen/verif/trace"
)

// TestLockstepC runs a program of compiled C on both; random programs are package
// random's.
func TestLockstepC(t *testing.T) {
	elf := compileC(t, "conv.c")
	exe := model(t)
	m := load(t, Config{}, elf)
	image := make([]byte, 1<<17)
	if err := m.ReadMem(RAMBase, image); err != nil {
		t.Fatal(err)
	}
	compareRTL(t, exe, image, m, "conv.c")
}

// model builds the simulation of the base core.
func model(t *testing.T) string {
	if testing.Short() {
		t.Skip("builds a Verilator model")
	}
	flowtest.Need(t, "verilator", "g++", "make")
	dir := t.TempDir()
	var files []string
	entries, err := rtl.FS.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".v") {
			continue
		}
		src, err := rtl.FS.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.Join(dir, e.Name()))
		if err := os.WriteFile(files[len(files)-1], src, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files = append(files, "../../rtl/testdata/mv32_tb.v")
	src, err := templates.FS.ReadFile("tb/main.cpp.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	var cpp bytes.Buffer
	if err := texttemplate.Must(texttemplate.New("main").Parse(string(src))).Execute(&cpp, map[string]string{"Module": "mv32_tb", "Name": "mv32"}); err != nil {
		t.Fatal(err)
	}
	mainCPP := filepath.Join(dir, "main.cpp")
	if err := os.WriteFile(mainCPP, cpp.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	exe, err := verilator.Build(context.Background(), verilator.Options{
		Dir: filepath.Join(dir, "obj"), Top: "mv32_tb", Files: files, CPP: []string{mainCPP}, Defines: []string{"RISCV_FORMAL"}, Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// compareRTL runs the image on both sides and reports the first difference.
func compareRTL(t *testing.T, exe string, image []byte, m *Machine, what string, args ...string) {
	t.Helper()
	dir := t.TempDir()
	bin, out := filepath.Join(dir, "image"), filepath.Join(dir, "trace")
	if err := os.WriteFile(bin, image, 0o644); err != nil {
		t.Fatal(err)
	}
	args = append(args, "--image", bin, "--ram", fmt.Sprint(len(m.ram.b)), "--rvfi", out, "--max-cycles", "20000000",
		"--result", filepath.Join(dir, "result"))
	cmd := exec.Command(exe, args...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: the model: %v %s", what, err, text)
	}
	if err := m.Load(&Image{Entry: RAMBase, Segments: []Segment{{Addr: RAMBase, Data: image}}}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := trace.NewReader(f)
	var window []trace.Record
	var want, got trace.Record
	count := 0
	for r.Read(&want) == nil {
		if err := m.Step(&got); err != nil {
			t.Errorf("%s: after %d records the simulator says: %v", what, count, err)
			break
		}
		if !m.ReadsRS3(want.Insn) {
			want.Rs3RData = 0
		}
		window = append(window[max(0, len(window)-12):], want)
		if d := trace.Diff(&want, &got); d != nil {
			var b strings.Builder
			f := trace.Formatter{Decoder: m.decoder}
			_ = f.Window(&b, append(window, got), len(window)-1)
			t.Errorf("%s: record %d differs: %v\n%s", what, count, d, b.String())
			return
		}
		count++
	}
	if !m.Done() {
		t.Errorf("%s: the simulator has not ended after %d records", what, count)
	}
	result, _ := os.ReadFile(filepath.Join(dir, "result"))
	res := m.Result()
	if want := fmt.Sprintf("\"cycles\": %d, \"instructions\": %d, \"roi_cycles\": %d, \"roi_instructions\": %d", res.Cycles, res.Instructions, res.ROICycles, res.ROIInstructions); !strings.Contains(string(result), want) {
		t.Errorf("%s: the simulator says %s, the model %s", what, want, result)
	}
	t.Logf("%s: %d records equal, %s", what, count, result)
}

package tvm

import (
	"bytes"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"
)

//go:embed include runtime
var files embed.FS

// Program is what to compile.
type Program struct {
	Sources  []string
	Includes []string
	Defines  []string
	Flags    []string
	Data     int // bytes of data, at most
}

// Write puts the program around the module into dir: the runtime, its headers, and what
// runs samples. inputs are the samples' bytes one behind another, for each input.
func (m *Module) Write(dir string, inputs [][]byte) (*Program, error) {
	samples, err := m.samples(inputs)
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		to := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		text, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		if end := filepath.Ext(to); end == ".tmpl" {
			to = to[:len(to)-len(end)]
			if text, err = fill(path, text, m, samples); err != nil {
				return err
			}
		}
		return os.WriteFile(to, text, 0o644)
	})
	if err != nil {
		return nil, err
	}
	data := m.Text + 2*m.Workspace
	for i, in := range inputs {
		data += len(in) + m.Inputs[i].Size
		if err := os.WriteFile(filepath.Join(dir, "runtime", fmt.Sprintf("samples_%d.bin", i)), in, 0o644); err != nil {
			return nil, err
		}
	}
	for _, t := range m.Outputs {
		data += t.Size
	}
	own := func(name string) string { return filepath.Join(dir, "runtime", name) }
	return &Program{
		Sources:  append([]string{own("main.c"), own("samples.S"), own("tvm_runtime.c")}, m.Sources...),
		Includes: []string{filepath.Join(dir, "include"), filepath.Join(dir, "runtime"), m.Include},
		// Each workspace has 16 bytes in front, and TVM's sum counts the largest that are
		// there at once.
		Defines: []string{fmt.Sprintf("TVM_WORKSPACE_BYTES=%d", 2*m.Workspace+4096)},
		// One array holds values of several types, one after another.
		Flags: []string{"-w", "-fno-strict-aliasing"},
		Data:  data,
	}, nil
}

// samples is how many samples inputs hold.
func (m *Module) samples(inputs [][]byte) (int, error) {
	if len(inputs) != len(m.Inputs) {
		return 0, fmt.Errorf("the module has %d inputs, %d were given", len(m.Inputs), len(inputs))
	}
	n := 0
	for i, in := range inputs {
		t := m.Inputs[i]
		if len(in) == 0 || len(in)%t.Size != 0 {
			return 0, fmt.Errorf("the input %s takes %d bytes a sample, %d were given", t.Name, t.Size, len(in))
		}
		if i > 0 && n != len(in)/t.Size {
			return 0, fmt.Errorf("%d samples of the input %s, but %d of %s", len(in)/t.Size, t.Name, n, m.Inputs[0].Name)
		}
		n = len(in) / t.Size
	}
	return n, nil
}

func fill(name string, text []byte, m *Module, samples int) ([]byte, error) {
	t, err := template.New(name).Parse(string(text))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		*Module
		Samples int
	}{m, samples})
	return b.Bytes(), err
}

// Results reads what the program printed: by sample and output, bytes.
func (m *Module) Results(console []byte, samples int) ([][][]byte, error) {
	lines := bytes.Split(bytes.TrimSuffix(console, []byte("\n")), []byte("\n"))
	if len(lines) != samples*len(m.Outputs) {
		return nil, fmt.Errorf("the module failed: %.200q", console)
	}
	out := make([][][]byte, samples)
	for i, l := range lines {
		t := m.Outputs[i%len(m.Outputs)]
		b, err := hex.DecodeString(string(l))
		if err != nil || len(b) != t.Size {
			return nil, fmt.Errorf("the module failed: %.200q in place of the output %s", l, t.Name)
		}
		s := i / len(m.Outputs)
		out[s] = append(out[s], b)
	}
	return out, nil
}

// Package tvm takes the C that Apache TVM's ahead-of-time executor emits, as it is, and
// puts a program around it that runs without an operating system.
//
// It takes TVM's C interface (executor "aot" with interface-api=c and unpacked-api):
// default_lib*.c with tvmgen_default.h, in a folder or as an archive in TVM's model
// library format.
package tvm

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Module is one network as TVM emitted it.
type Module struct {
	Name      string // "default" of tvmgen_default_run
	Include   string // folder of tvmgen_default.h
	Sources   []string
	Inputs    []Tensor
	Outputs   []Tensor
	Workspace int // bytes that its functions may ask for
	Text      int // bytes of Sources, more than what they hold as data
}

// Tensor is an input or output.
type Tensor struct {
	Name string // field of the struct
	Size int    // bytes
	Type string // as TVM calls it; "" if it does not say
}

// maxTensor bounds what a header may ask for.
const maxTensor = 128 << 20

// Read finds the module in a folder, or in an archive, whose files go to scratch.
func Read(path, scratch string) (*Module, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	dir := path
	if !st.IsDir() {
		dir = scratch
		if err := unpack(path, scratch); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	m, err := find(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

var (
	headerName = regexp.MustCompile(`^tvmgen_([A-Za-z_][A-Za-z0-9_]*)\.h$`)
	sourceName = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)_lib[0-9]+\.c$`)
)

// maxFiles bounds a folder that is searched.
const maxFiles = 10000

// find searches a folder for one module.
func find(dir string) (*Module, error) {
	var headers, sources []string
	metadata, count := "", 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if count++; count > maxFiles {
			return fmt.Errorf("more than %d files: name the folder that TVM wrote", maxFiles)
		}
		switch name := d.Name(); {
		case d.IsDir():
		case headerName.MatchString(name):
			headers = append(headers, path)
		case sourceName.MatchString(name):
			sources = append(sources, path)
		case name == "metadata.json" && metadata == "":
			metadata = path
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	switch {
	case len(headers) == 0 && len(sources) > 0:
		return nil, fmt.Errorf("%s has no header tvmgen_NAME.h beside it: build with the executor \"aot\", {\"interface-api\": \"c\", \"unpacked-api\": True}", filepath.Base(sources[0]))
	case len(headers) == 0:
		return nil, fmt.Errorf("no C of TVM here, want default_lib0.c, default_lib1.c and tvmgen_default.h: build with the target \"c\" and the executor \"aot\"")
	case len(headers) > 1:
		return nil, fmt.Errorf("%d modules (%s and %s): name the folder of one", len(headers), filepath.Base(headers[0]), filepath.Base(headers[1]))
	}
	m := &Module{Name: headerName.FindStringSubmatch(filepath.Base(headers[0]))[1], Include: filepath.Dir(headers[0])}
	for _, s := range sources {
		if sourceName.FindStringSubmatch(filepath.Base(s))[1] != m.Name {
			continue
		}
		st, err := os.Stat(s)
		if err != nil {
			return nil, err
		}
		m.Sources, m.Text = append(m.Sources, s), m.Text+int(st.Size())
	}
	if len(m.Sources) == 0 {
		return nil, fmt.Errorf("no %s_lib*.c beside tvmgen_%s.h: was the target something else than \"c\"?", m.Name, m.Name)
	}
	text, err := os.ReadFile(headers[0])
	if err != nil {
		return nil, err
	}
	if err := m.header(string(text)); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(headers[0]), err)
	}
	if metadata != "" {
		m.types(metadata)
	}
	return m, nil
}

var (
	comments   = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)
	structs    = regexp.MustCompile(`struct\s+tvmgen_(\w+)_(inputs|outputs|devices|workspace_pools)\s*\{([^}]*)\}`)
	fields     = regexp.MustCompile(`void\s*\*\s*(\w+)\s*;`)
	sizes      = regexp.MustCompile(`(?m)^\s*#define\s+(\w+)\s+(\d+)\s*$`)
	tensorName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// header reads the interface.
func (m *Module) header(text string) error {
	text = comments.ReplaceAllString(text, "")
	macros := map[string]int{}
	for _, s := range sizes.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(s[2])
		if err != nil || n > maxTensor {
			return fmt.Errorf("%s is %s; at most %d bytes are taken", s[1], s[2], maxTensor)
		}
		macros[s[1]] = n
	}
	prefix := "TVMGEN_" + strings.ToUpper(m.Name) + "_"
	for _, s := range structs.FindAllStringSubmatch(text, -1) {
		if s[1] != m.Name {
			continue
		}
		if s[2] == "devices" || s[2] == "workspace_pools" {
			return fmt.Errorf("the function takes %s of the caller; build for the target \"c\" alone, without pools of your own", strings.ReplaceAll(s[2], "_", " "))
		}
		for _, f := range fields.FindAllStringSubmatch(s[3], -1) {
			macro := prefix + strings.ToUpper(f[1]) + "_SIZE"
			n, ok := macros[macro]
			if !ok || n == 0 || !tensorName.MatchString(f[1]) {
				return fmt.Errorf("no %s, which tells the size of %s: TVM writes it since version 0.10", macro, f[1])
			}
			t := Tensor{Name: f[1], Size: n}
			if s[2] == "inputs" {
				m.Inputs = append(m.Inputs, t)
			} else {
				m.Outputs = append(m.Outputs, t)
			}
		}
	}
	if len(m.Inputs) == 0 || len(m.Outputs) == 0 {
		return fmt.Errorf("no struct tvmgen_%s_inputs or _outputs: build with \"interface-api\": \"c\" and \"unpacked-api\": True", m.Name)
	}
	m.Workspace = macros[prefix+"WORKSPACE_SIZE"]
	return nil
}

// types fills in the types that an archive's metadata tells; it is no harm if it does not.
func (m *Module) types(file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return
	}
	type tensors map[string]struct {
		DType string `json:"dtype"`
	}
	var all struct {
		Modules map[string]struct {
			Memory struct {
				Functions struct {
					Main []struct {
						Inputs, Outputs tensors
					}
				}
			}
		}
	}
	if json.Unmarshal(text, &all) != nil {
		return
	}
	for _, main := range all.Modules[m.Name].Memory.Functions.Main {
		for _, t := range slices.Concat(pointers(m.Inputs), pointers(m.Outputs)) {
			if d := main.Inputs[t.Name].DType + main.Outputs[t.Name].DType; d != "" {
				t.Type = d
			}
		}
	}
}

func pointers(list []Tensor) []*Tensor {
	var out []*Tensor
	for i := range list {
		out = append(out, &list[i])
	}
	return out
}

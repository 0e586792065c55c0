package rtl_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
)

// run executes a command and returns its combined output; the test ends if it fails.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// glob returns the files that match the patterns, in order.
func glob(t *testing.T, patterns ...string) []string {
	t.Helper()
	var files []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no files match %s", pattern)
		}
		files = append(files, found...)
	}
	return files
}

// A config is one choice of the socket's parameters.
type config struct {
	name   string
	wports int // 0: no extension
}

var (
	base = config{"base", 0}
	ext1 = config{"ext1", 1}
	ext2 = config{"ext2", 2}
	ext3 = config{"ext3", 3}
)

// parameters gives the values of mv32_tb's parameters.
func (c config) parameters() []string {
	if c.wports == 0 {
		return nil
	}
	return []string{
		"EXT=1", "EXT_RS3=1", "EXT_RESULTS=3", fmt.Sprintf("EXT_WPORTS=%d", c.wports),
		"EXT_PIN0=5'd20", "EXT_PIN1=5'd21", "EXT_PIN2=5'd22", "EXT_MEM=1", "LOOPS=2",
	}
}

// defines gives what the programs want to know of the configuration.
func (c config) defines() []string {
	if c.wports == 0 {
		return []string{"-DMISA=0x40001100"}
	}
	return []string{"-DMISA=0x40801100", "-DEXT", fmt.Sprintf("-DWPORTS=%d", c.wports)}
}

// buildModel makes the Verilator model of a configuration and returns its executable.
func buildModel(t *testing.T, dir string, c config) string {
	t.Helper()
	text, err := os.ReadFile("../templates/tb/main.cpp.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	var main bytes.Buffer
	tmpl := template.Must(template.New("main.cpp").Parse(string(text)))
	if err := tmpl.Execute(&main, map[string]string{"Module": "mv32_tb", "Name": "the core's tests"}); err != nil {
		t.Fatal(err)
	}
	mainFile := filepath.Join(dir, c.name+".cpp")
	if err := os.WriteFile(mainFile, main.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	obj := filepath.Join(dir, c.name)
	args := []string{"--cc", "--exe", "--build", "-O3", "-Wall", "-DRISCV_FORMAL", "--top-module", "mv32_tb", "-Mdir", obj}
	for _, p := range c.parameters() {
		args = append(args, "-G"+p)
	}
	args = append(args, glob(t, "*.v", "testdata/mv32_*.v")...)
	run(t, "verilator", append(args, mainFile)...)
	return filepath.Join(obj, "Vmv32_tb")
}

// assemble translates a program and returns its flat binary. The result's name is name with .bin.
func assemble(t *testing.T, dir, name, source string, defines ...string) string {
	t.Helper()
	elf := filepath.Join(dir, name+".elf")
	args := []string{"-march=rv32im", "-misa-spec=2.2", "-mabi=ilp32", "-nostdlib", "-nostartfiles",
		"-Ttext=0x80000000", "-Itestdata/asm", "-o", elf}
	run(t, "riscv64-unknown-elf-gcc", append(append(args, defines...), source)...)
	bin := filepath.Join(dir, name+".bin")
	run(t, "riscv64-unknown-elf-objcopy", "-O", "binary", elf, bin)
	return bin
}

// A result is what the harness reports of a run.
type result struct {
	ExitCode        int    `json:"exit_code"`
	Cycles          uint64 `json:"cycles"`
	Instructions    uint64 `json:"instructions"`
	ROICycles       uint64 `json:"roi_cycles"`
	ROIInstructions uint64 `json:"roi_instructions"`
	Timeout         bool   `json:"timeout"`
}

// simulate runs an image on a model. The model's own exit status is not looked at if it wrote a result.
func simulate(t *testing.T, model, image string, args ...string) (result, string) {
	t.Helper()
	file := strings.TrimSuffix(image, ".bin") + ".json"
	args = append([]string{"--image", image, "--max-cycles", "3000000", "--result", file}, args...)
	out, _ := exec.Command(model, args...).CombinedOutput()
	var r result
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%s %s: %s", model, strings.Join(args, " "), out)
	}
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return r, string(out)
}

// icarus compiles the given Verilog for a configuration and runs an image; it returns what the bench printed.
func icarus(t *testing.T, dir string, files []string, c config, image string) string {
	t.Helper()
	data, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	var hex strings.Builder
	for i := 0; i < len(data); i += 4 {
		var word [4]byte
		copy(word[:], data[i:])
		fmt.Fprintf(&hex, "%02x%02x%02x%02x\n", word[3], word[2], word[1], word[0])
	}
	hexFile := strings.TrimSuffix(image, ".bin") + ".hex"
	if err := os.WriteFile(hexFile, []byte(hex.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	ext, wports := 0, 1
	if c.wports > 0 {
		ext, wports = 1, c.wports
	}
	vvp := filepath.Join(dir, "icarus.vvp")
	args := []string{"-g2005", "-o", vvp, "-s", "icarus_tb", fmt.Sprintf("-Picarus_tb.EXT=%d", ext),
		fmt.Sprintf("-Picarus_tb.WPORTS=%d", wports), fmt.Sprintf("-Picarus_tb.INIT=%q", hexFile)}
	run(t, "iverilog", append(args, files...)...)
	out := run(t, "vvp", "-n", vvp)
	// $readmemh remarks on the words that the image leaves open.
	var kept []string
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if !strings.Contains(line, "readmemh") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// Package flows finds and runs the external tools that marvelgen drives.
//
// It knows what each tool is called, which Debian package has it and how to
// ask for its version. The sub-packages build command lines for one tool each
// and parse what it reports; none of them knows anything about specs.
package flows

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Tool is one external program, or one file that a program needs.
type Tool struct {
	Name        string   // what users call it
	Binary      string   // looked up in PATH; empty when File is set
	File        string   // absolute path of a file that must exist
	Package     string   // Debian package that installs it
	Purpose     string   // one line for `doctor`
	VersionArgs []string // arguments that print a version
	Min         string   // lowest version known to work
	Steps       []string // build steps that need it
}

// The steps a tool can be needed for.
const (
	StepCompile   = "compile"   // cross-compile programs
	StepVerify    = "verify"    // simulate the RTL
	StepHost      = "host"      // compile for the machine we run on
	StepSynth     = "synth"     // area
	StepLint      = "lint"      // second opinion on the Verilog, and TCL dry runs
	StepFormal    = "formal"    // proofs
	StepReference = "reference" // an independent simulator of the base ISA
	StepTest      = "test"      // judge this tool itself; no user's work needs it
	StepVivado    = "vivado"    // place and route; never installed by us
)

// Found is a tool that is there.
type Found struct {
	Tool
	Path    string
	Version string // dotted number, empty if it prints none
}

// Tools lists every external tool in the order `doctor` shows them.
func Tools() []Tool { return slices.Clone(tools) }

// ByName gives the tool of that name; ok is false for an unknown one.
func ByName(name string) (t Tool, ok bool) {
	for _, t := range tools {
		if t.Name == name {
			return t, true
		}
	}
	return Tool{}, false
}

// MustFind gives the path of a tool or a *MissingToolError.
func MustFind(name string) (string, error) {
	t, ok := ByName(name)
	if !ok {
		return "", fmt.Errorf("flows: no tool called %q is known", name)
	}
	path, err := t.locate()
	if err != nil {
		return "", &MissingToolError{Missing: []MissingTool{{Tool: t, Reason: err.Error()}}}
	}
	return path, nil
}

// Find locates the tool, asks for its version and compares it with Min.
func (t Tool) Find() (Found, error) {
	path, err := t.locate()
	if err != nil {
		return Found{}, err
	}
	found := Found{Tool: t, Path: path}
	if len(t.VersionArgs) == 0 {
		return found, nil
	}
	// Some tools leave files where they are asked (csmith does).
	dir, err := os.MkdirTemp("", "marvelgen-version-")
	if err != nil {
		return Found{}, err
	}
	defer os.RemoveAll(dir)
	if path, err = filepath.Abs(path); err != nil {
		return Found{}, err
	}
	cmd := exec.Command(path, t.VersionArgs...)
	cmd.Dir = dir
	// Others print their version and then exit non-zero; what counts is the text.
	out, _ := cmd.CombinedOutput()
	found.Version = ParseVersion(string(out))
	if t.Min != "" && found.Version != "" && CompareVersions(found.Version, t.Min) < 0 {
		return found, fmt.Errorf("version %s is older than %s", found.Version, t.Min)
	}
	return found, nil
}

func (t Tool) locate() (string, error) {
	if t.File != "" {
		if _, err := os.Stat(t.File); err != nil {
			return "", fmt.Errorf("%s does not exist", t.File)
		}
		return t.File, nil
	}
	path, err := exec.LookPath(t.Binary)
	if err != nil {
		return "", fmt.Errorf("%s is not in PATH", t.Binary)
	}
	return path, nil
}

var versionPattern = regexp.MustCompile(`\d+(?:\.\d+)+|\b\d+\b`)

// ParseVersion takes the first dotted number out of a tool's version text.
func ParseVersion(text string) string {
	first := ""
	for _, v := range versionPattern.FindAllString(text, -1) {
		if strings.Contains(v, ".") {
			return v
		}
		if first == "" {
			first = v
		}
	}
	return first
}

// CompareVersions orders two dotted numbers: negative when a is older than b.
func CompareVersions(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		if d := component(as, i) - component(bs, i); d != 0 {
			return d
		}
	}
	return 0
}

// component is the i-th number of a split version; missing ones count as 0.
func component(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	n, _ := strconv.Atoi(parts[i])
	return n
}

// SortedKeys gives a map's keys in order, for command lines that repeat.
func SortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

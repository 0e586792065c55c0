package build

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"marvelgen/gen"
	"marvelgen/verif/iss"
	"marvelgen/verif/profile"
)

// ProgramProfile is where the cycles of a program went.
type ProgramProfile struct {
	Program      string               `json:"program"`
	Design       string               `json:"design"`
	Compiler     string               `json:"compiler,omitempty"` // of C and assembly
	ExitCode     uint32               `json:"exit_code"`
	Cycles       uint64               `json:"cycles"`
	Instructions uint64               `json:"instructions"`
	Functions    []FunctionProfile    `json:"functions"` // most cycles first
	Lines        []profile.LineCounts `json:"lines"`     // the same; none if the program does not tell

	lines *profile.Lines
}

// Text is a line of a file in Lines; not ok if the file cannot be read or has no such
// line.
func (p *ProgramProfile) Text(file string, line int) (text string, ok bool) {
	return p.lines.Text(file, line)
}

// FunctionProfile is one function.
type FunctionProfile struct {
	Name         string  `json:"name"`
	File         string  `json:"file,omitempty"` // and line of its first instruction
	Line         int     `json:"line,omitempty"`
	Calls        uint64  `json:"calls"`
	Instructions uint64  `json:"instructions"`
	Cycles       uint64  `json:"cycles"`
	Share        float64 `json:"share"` // of all cycles
}

// ProfileProgram runs a program on the simulator and finds the C lines that took its
// cycles. C is compiled with line information; an ELF file tells what it holds.
func ProfileProgram(ctx context.Context, l *gen.Loaded, o ProgramOptions) (*ProgramProfile, error) {
	m, err := FindDesign(l, o.Design)
	if err != nil {
		return nil, err
	}
	var lines *profile.Lines
	var img *iss.Image
	o.On, o.Profile, o.Debug = "iss", true, true
	o.OnELF = func(file string) (err error) {
		if img, err = iss.ReadFile(file); err != nil || len(o.Sources) == 1 && filepath.Ext(file) == ".bin" {
			return err
		}
		if lines, err = profile.ReadLines(file); err == nil && file != o.Sources[0] {
			lines.Own(filepath.Dir(file)) // start-up code and runtime
		}
		return err
	}
	r, err := RunProgram(ctx, l, o)
	if err != nil {
		return nil, err
	}
	p := &ProgramProfile{Program: strings.Join(o.Sources, " "), Design: r.Design, ExitCode: r.ExitCode, Cycles: r.Cycles, Instructions: r.Instructions,
		Functions: []FunctionProfile{}, Lines: []profile.LineCounts{}, lines: lines}
	if filepath.Ext(o.Sources[0]) == ".c" || filepath.Ext(o.Sources[0]) == ".S" {
		p.Compiler = fmt.Sprintf("%s %s", o.Compiler, OptFlags(o.Opt))
		if o.Rewrite {
			p.Compiler += ", rewritten"
		}
	}
	for _, f := range r.Profile.Functions {
		one := FunctionProfile{Name: f.Name, Calls: f.Executions, Instructions: f.Instructions, Cycles: f.Cycles, Share: float64(f.Cycles) / float64(max(r.Cycles, 1))}
		one.File, one.Line = lines.Place(f.Addr)
		p.Functions = append(p.Functions, one)
	}
	if lines.Known() {
		all := m.All()
		code := profile.NewProgram(all[:len(m.Base)], all[len(m.Base):], img)
		p.Lines = code.ByLine(r.Profile.Blocks, iss.TimingOf(m), lines)
	}
	return p, nil
}

package mutate

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"marvelgen/flows"
)

// workshop is the folder in which a run builds its models.
type workshop struct {
	o       *Options
	verilog []string // names of the Verilog files of the model, in order
}

func newWorkshop(o *Options) *workshop {
	w := &workshop{o: o}
	for name := range o.Files {
		if path.Dir(name) == "rtl" && strings.HasSuffix(name, ".v") && !strings.HasSuffix(name, "_top.v") { // below it are variants for devices
			w.verilog = append(w.verilog, name)
		}
	}
	sort.Strings(w.verilog)
	return w
}

func (w *workshop) top() string { return w.o.Machine.Name() + "_soc" }

// write puts the design's Verilog into a folder, with the given files in place
// of the original ones, and returns the paths.
func (w *workshop) write(dir string, other map[string]string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var out []string
	for _, name := range w.verilog {
		text, ok := other[name]
		if !ok {
			text = string(w.o.Files[name])
		}
		out = append(out, filepath.Join(dir, path.Base(name)))
		if err := os.WriteFile(out[len(out)-1], []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// elaborated keeps the mutants whose place in the Verilog exists with the
// design's parameters: the rest of a generate is not part of it.
func (w *workshop) elaborated(ctx context.Context, all []*Mutant) ([]*Mutant, error) {
	dir := filepath.Join(w.o.Dir, "elaborate")
	other := map[string]string{}
	for i, m := range all {
		m.ID = i + 1
	}
	for name, list := range byFile(all) {
		other[name] = marked(string(w.o.Files[name]), list)
	}
	files, err := w.write(dir, other)
	if err != nil {
		return nil, err
	}
	script := "read_verilog"
	for _, f := range files {
		script += " " + quote(filepath.Base(f))
	}
	script += "\nhierarchy -top " + w.top() + "\nselect -list w:mutant_mark_* w:*.mutant_mark_*\n"
	out, err := w.yosys(ctx, dir, script)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, name := range markers.FindAllString(out, -1) {
		found[name] = true
	}
	var kept []*Mutant
	for _, m := range all {
		if found[marker(m)] {
			kept = append(kept, m)
		}
	}
	return kept, nil
}

var markers = regexp.MustCompile(`\bmutant_mark_[0-9]+\b`)

// yosys runs a script and returns what it prints.
func (w *workshop) yosys(ctx context.Context, dir, script string) (string, error) {
	exe, err := flows.MustFind("yosys")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "script.ys")
	if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
		return "", err
	}
	return flows.Run(ctx, flows.Cmd{Path: exe, Args: []string{"-s", filepath.Base(file)}, Dir: dir})
}

// build makes one simulation that holds all the mutants.
func (w *workshop) build(ctx context.Context, mutants []*Mutant) (exe string, err error) {
	verilator, err := flows.MustFind("verilator")
	if err != nil {
		return "", err
	}
	other := map[string]string{}
	for name, list := range byFile(mutants) {
		other[name] = schema(string(w.o.Files[name]), list)
	}
	dir := filepath.Join(w.o.Dir, "model")
	files, err := w.write(filepath.Join(dir, "rtl"), other)
	if err != nil {
		return "", err
	}
	bench, err := filepath.Abs(filepath.Join(dir, "main.cpp"))
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(bench, w.o.Files["tb/main.cpp"], 0o644); err != nil {
		return "", err
	}
	obj := filepath.Join(dir, "obj")
	args := append([]string{
		"--cc", "--exe", "--build", "--language", "1364-2005", "-O3", "--x-assign", "fast", "--x-initial", "unique", "-DRISCV_FORMAL",
		// What a mutant makes strange is not to be warned of: it is meant.
		"-Wno-lint", "-Wno-style", "-Wno-fatal",
		"--top-module", w.top(), "--Mdir", obj, "-j", fmt.Sprint(max(1, w.o.Jobs)),
		"--output-split", "20000", "-MAKEFLAGS", "OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O2"}, files...)
	if _, err := flows.Run(ctx, flows.Cmd{Path: verilator, Args: append(args, bench)}); err != nil {
		return "", err
	}
	return filepath.Abs(filepath.Join(obj, "V"+w.top()))
}

// choose makes a command that runs the model with one mutant alive, in a folder
// of its own.
func choose(exe, dir string, m *Mutant) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, selectorFile), []byte(id(m)+"\n"), 0o644); err != nil {
		return "", err
	}
	script := filepath.Join(dir, "run")
	shell := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
	return script, os.WriteFile(script, []byte("#!/bin/sh\ncd "+shell(dir)+" && exec "+shell(exe)+" \"$@\"\n"), 0o755)
}

func byFile(mutants []*Mutant) map[string][]*Mutant {
	out := map[string][]*Mutant{}
	for _, m := range mutants {
		out[m.File] = append(out[m.File], m)
	}
	return out
}

// enumerate lists the mutants of the design: those in the chosen files that are
// there with the design's parameters.
func (w *workshop) enumerate(ctx context.Context) ([]*Mutant, error) {
	var all []*Mutant
	for _, name := range w.verilog {
		if excluded(name) || len(w.o.Only) > 0 && !slices.Contains(w.o.Only, path.Base(name)) {
			continue
		}
		list, err := enumerate(name, string(w.o.Files[name]))
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return w.elaborated(ctx, all)
}

// model builds the simulation of all mutants but those that do not compile.
func (w *workshop) model(ctx context.Context, mutants []*Mutant) (exe string, fates []*Fate, err error) {
	for _, m := range mutants {
		fates = append(fates, &Fate{Mutant: m})
	}
	exe, err = w.build(ctx, mutants)
	if err == nil || ctx.Err() != nil {
		return exe, fates, err
	}
	// One or more of them are to blame, or all of this is.
	if lint := w.lint(ctx, nil); lint != nil {
		return "", nil, lint
	}
	var good []*Mutant
	for _, f := range fates {
		if lint := w.lint(ctx, f.Mutant); lint != nil {
			f.Rejected = lint.Error()
		} else {
			good = append(good, f.Mutant)
		}
	}
	if len(good) == len(fates) { // each alone compiles
		return "", nil, err
	}
	exe, err = w.build(ctx, good)
	return exe, fates, err
}

// lint compiles a mutant up to where Verilator would write C++.
func (w *workshop) lint(ctx context.Context, m *Mutant) error {
	dir := filepath.Join(w.o.Dir, "lint")
	files, err := (&Subject{Mutant: m, shop: w}).WriteRTL(dir)
	if err != nil {
		return err
	}
	exe, err := flows.MustFind("verilator")
	if err != nil {
		return err
	}
	args := append([]string{"--lint-only", "--language", "1364-2005", "-Wno-lint", "-Wno-style", "-Wno-fatal", "-DRISCV_FORMAL", "--top-module", w.top()}, files...)
	_, err = flows.Run(ctx, flows.Cmd{Path: exe, Args: args})
	return err
}

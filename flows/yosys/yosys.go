// Package yosys runs synthesis scripts and counts the cells of the result.
package yosys

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"marvelgen/flows"
)

// Options says which script to run.
type Options struct {
	Dir    string // where to run; the script's paths are relative to it
	Script string // path of the script, relative to Dir
	Stat   string // path of the stat -json file that the script writes, relative to Dir
	Log    string // path to keep the log at, relative to Dir; none if empty
}

// Synth runs the script and returns the area it finds. Warnings are errors.
func Synth(ctx context.Context, o Options) (flows.Area, error) {
	if _, err := Run(ctx, o); err != nil {
		return flows.Area{}, err
	}
	data, err := os.ReadFile(filepath.Join(o.Dir, o.Stat))
	if err != nil {
		return flows.Area{}, err
	}
	return ParseStat(data)
}

// Run runs any script and returns the log.
func Run(ctx context.Context, o Options) (log string, err error) {
	path, err := flows.MustFind("yosys")
	if err != nil {
		return "", err
	}
	args := []string{"-q", "-T", "-s", o.Script}
	if o.Log != "" {
		args = append([]string{"-l", o.Log}, args...)
	}
	log, err = flows.Run(ctx, flows.Cmd{Path: path, Args: args, Dir: o.Dir})
	if err != nil {
		return log, err
	}
	return log, checkWarnings(log)
}

// allowed are warnings that say nothing about the design.
var allowed = []*regexp.Regexp{
	// ABC gets each combinational region by itself and remarks that it has no registers.
	regexp.MustCompile(`^ABC: Warning: The network is combinational`),
	// Yosys' own map of block RAMs ties UltraScale+ primitives with ports wider than theirs.
	regexp.MustCompile(`^Warning: Resizing cell port \S+\.(ADDR(ARD|BWR)ADDR|D(IN|OUT)P?[AB]D(IN|OUT)P?|WEA|WEBWE) from `),
}

// checkWarnings turns the log's warnings into an error.
func checkWarnings(log string) error {
	var bad []string
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		if !strings.Contains(line, "Warning:") {
			continue
		}
		if !slices.ContainsFunc(allowed, func(r *regexp.Regexp) bool { return r.MatchString(line) }) {
			bad = append(bad, line)
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("yosys warns:\n  %s", strings.Join(bad, "\n  "))
	}
	return nil
}

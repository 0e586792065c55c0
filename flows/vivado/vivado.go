// Package vivado runs the place-and-route script and reads Vivado's reports.
//
// Vivado is not free software and not in Debian; everything here is tested
// with its commands stubbed and recorded, and its report formats from
// samples written by hand.
package vivado

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"marvelgen/flows"
)

// Options says which script to run.
type Options struct {
	Script string // as rendered from templates/flow/vivado.tcl.tmpl
	Out    string // folder for reports and checkpoints
	Pins   string // .xdc with the board's pins; no bitstream without it
	Jobs   int    // threads; 1 if zero
}

// Result is what a run measured.
type Result struct {
	Area  flows.Area
	Slack float64 // worst negative slack in ns; not negative when timing is met
}

// Run places and routes. It fails if timing is not met.
func Run(ctx context.Context, o Options) (Result, error) {
	path, err := flows.MustFind("vivado")
	if err != nil {
		return Result{}, err
	}
	args := []string{
		"-mode", "batch", "-nojournal", "-log", filepath.Join(o.Out, "vivado.log"),
		"-source", o.Script, "-tclargs", "out=" + o.Out, fmt.Sprintf("jobs=%d", max(o.Jobs, 1)),
	}
	if o.Pins != "" {
		args = append(args, "pins="+o.Pins)
	}
	if _, err := flows.Run(ctx, flows.Cmd{Path: path, Args: args}); err != nil {
		return Result{}, err
	}
	return Read(o.Out)
}

// Read takes the result from the reports in a folder.
func Read(dir string) (Result, error) {
	utilization, err := os.ReadFile(filepath.Join(dir, "utilization.rpt"))
	if err != nil {
		return Result{}, err
	}
	timing, err := os.ReadFile(filepath.Join(dir, "timing.rpt"))
	if err != nil {
		return Result{}, err
	}
	area, err := ParseUtilization(string(utilization))
	if err != nil {
		return Result{}, err
	}
	slack, err := ParseTiming(string(timing))
	return Result{Area: area, Slack: slack}, err
}

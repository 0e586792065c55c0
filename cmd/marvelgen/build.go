package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/gen"
	"marvelgen/verif/report"
)

func buildCommand() *cobra.Command {
	o := build.Options{Version: version}
	var asJSON bool
	var ports int
	c := &cobra.Command{
		Use:   "build SPEC",
		Short: "Emit, compile, verify and synthesise the designs of a spec",
		Long: "Emits every design of the spec into OUT/<spec>/<design>/, compiles its programs, verifies the RTL by vectors and in\n" +
			"lockstep with the simulator, synthesises it for its area, and writes OUT/<spec>/report/. Work that was done\n" +
			"before on equal inputs is taken from OUT/.cache. The former output stays until the new one is whole.",
		Example: "  marvelgen build specs/marvel.hcl\n  marvelgen build specs/marvel.hcl --until emit --design v4",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			l, err := load(args[0])
			if err != nil {
				return err
			}
			if err := setWritePorts(l, ports); err != nil {
				return err
			}
			o.SpecFile = args[0]
			o.Progress = newProgress()
			r, dir, err := build.Run(c.Context(), l, o)
			if err != nil {
				return err
			}
			if err := show(r, dir, asJSON, o.Until); err != nil {
				return err
			}
			if !r.Passed {
				return &build.CheckError{Err: fmt.Errorf("%s", failures(r, dir))}
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVarP(&o.Out, "out", "o", "build", "folder for the output")
	f.StringSliceVar(&o.Designs, "design", nil, "build only these designs")
	f.StringVar(&o.Until, "until", "report", "stop after this stage: "+strings.Join(build.Stages, ", "))
	f.IntVarP(&o.Jobs, "jobs", "j", runtime.NumCPU(), "steps at a time")
	f.IntVar(&ports, "write-ports", 0, "register file write ports of every design, 1 to 3, instead of the spec's; to compare")
	f.BoolVar(&o.Strict, "strict", false, "fail on what is not proven, not only on what is wrong")
	f.BoolVar(&asJSON, "json", false, "print the report as JSON")
	return c
}

// show prints the outcome.
func show(r *report.Report, dir string, asJSON bool, until string) error {
	if asJSON {
		j, err := r.JSON()
		if err == nil {
			_, err = os.Stdout.Write(j)
		}
		return err
	}
	if until != "emit" {
		if until == "synth" || until == "report" { // before that the table would be empty
			fmt.Println(r.DesignTable().Render())
		}
		for i := range r.Designs {
			if d := &r.Designs[i]; len(d.Programs) > 0 {
				fmt.Printf("\n%s\n%s\n", d.Name, d.ProgramTable().Render())
			}
			if d := &r.Designs[i]; len(d.Networks) > 0 {
				fmt.Printf("\n%s\n%s\n", d.Name, d.NetworkTable().Render())
			}
		}
	}
	fmt.Println("output:", dir)
	if until == "report" {
		fmt.Println("report:", filepath.Join(dir, "report", "report.md"))
	}
	return nil
}

// failures names every failed step, with its reason.
func failures(r *report.Report, dir string) string {
	var out []string
	where := ""
	add := func(design string, steps []report.Step) {
		for _, s := range steps {
			if s.Status == "failed" {
				out = append(out, strings.TrimSpace(design+" "+s.Name)+": "+s.Error)
				if strings.HasPrefix(s.Name, "vectors") || strings.HasPrefix(s.Name, "lockstep") {
					where = "; traces and waveforms of divergences are in " + filepath.Join(dir, "<design>", "verify")
				}
			}
		}
	}
	add("", r.Steps)
	for _, d := range r.Designs {
		add(d.Name, d.Steps)
	}
	return fmt.Sprintf("%d of the checks failed%s\n%s", len(out), where, strings.Join(out, "\n"))
}

// newProgress is a bar on a terminal and plain lines elsewhere, on standard error.
func newProgress() build.Progress {
	if term.IsTerminal(int(os.Stderr.Fd())) {
		return &barProgress{}
	}
	return &lineProgress{}
}

type lineProgress struct {
	total, done int
	mu          sync.Mutex
	working     map[string]*workLine
}

func (p *lineProgress) Start(total int) { p.total = total }

func (p *lineProgress) Done(design, step, status string, seconds float64, cached bool) {
	p.done++
	if cached && status == "passed" {
		return // nothing was done
	}
	fmt.Fprintf(os.Stderr, "[%d/%d] %-7s %6.1f s  %s\n", p.done, p.total, status, seconds, strings.TrimSpace(design+" "+step))
}

func (p *lineProgress) End() {}

// Working prints a line now and then, so that a log shows that it goes on.
func (p *lineProgress) Working(design, step string, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := design + " " + step
	now := time.Now()
	w, ok := p.working[key]
	if !ok {
		if p.working == nil {
			p.working = map[string]*workLine{}
		}
		w = &workLine{began: now, told: now}
		p.working[key] = w
	}
	if now.Sub(w.told) >= 30*time.Second && total > 0 {
		w.told = now
		fmt.Fprintf(os.Stderr, "        %3d %%  %s%s\n", 100*done/total, strings.TrimSpace(key), left(w.began, done, total))
	}
}

// workLine is what was last said of a long step.
type workLine struct{ began, told time.Time }

// left is the time that a step still takes, by the pace so far.
func left(began time.Time, done, total int64) string {
	if done <= 0 || total <= done {
		return ""
	}
	d := time.Duration(float64(time.Since(began)) * float64(total-done) / float64(done))
	return ", " + d.Round(time.Second).String() + " left"
}

type barProgress struct{ bar *progressbar.ProgressBar }

func (p *barProgress) Start(total int) {
	p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetWidth(30), progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true), progressbar.OptionSetElapsedTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
}

func (p *barProgress) Done(design, step, status string, _ float64, _ bool) {
	if status == "failed" {
		_ = p.bar.Clear()
		fmt.Fprintf(os.Stderr, "failed: %s\n", strings.TrimSpace(design+" "+step))
	}
	p.bar.Describe(strings.TrimSpace(design + " " + step))
	_ = p.bar.Add(1)
}

func (p *barProgress) Working(design, step string, done, total int64) {
	if total > 0 {
		p.bar.Describe(fmt.Sprintf("%s %d %%", strings.TrimSpace(design+" "+step), 100*done/total))
	}
}

func (p *barProgress) End() { _ = p.bar.Finish() }

// printJSON prints v for scripts.
func printJSON(v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		_, err = fmt.Println(string(b))
	}
	return err
}

// setWritePorts gives every design so many write ports; 0 leaves them as they are.
func setWritePorts(l *gen.Loaded, ports int) error {
	if ports < 0 || ports > 3 {
		return &build.UsageError{Message: "--write-ports takes 1, 2 or 3"}
	}
	if ports > 0 {
		l.SetWritePorts(ports)
	}
	return nil
}

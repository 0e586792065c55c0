// Package cosim runs the RTL, as a Verilator model, against the simulator and
// against the golden evaluation, and says where they part.
package cosim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"marvelgen/gen/isa"
	"marvelgen/verif/iss"
	"marvelgen/verif/trace"
)

// Run is one program on one design.
type Run struct {
	Model   string // the Verilator executable
	Machine *isa.Machine
	Image   *iss.Image
	RAM     int    // bytes
	Dir     string // for scratch files
	Limit   uint64 // cycles
	Stdout  io.Writer

	// OnRecord, if set, also judges every record that the two agree on.
	OnRecord func(*trace.Record) error
	// Attach, if set, is given the simulator before the run, to watch the program.
	Attach func(*iss.Machine) error
	// ExtraArgs go to the model: --waits, --irq, --vcd …
	ExtraArgs []string
	// Raise is the simulator's half of --irq: see iss.Config.
	Raise func() bool
	// Waits makes the simulator follow an RTL that has wait states: all is compared
	// but cycles and what is read from counters and pending interrupts.
	Waits bool
}

// Outcome is what the RTL reported.
type Outcome struct {
	ExitCode        uint32 `json:"exit_code"`
	Cycles          uint64 `json:"cycles"`
	Instructions    uint64 `json:"instructions"`
	ROICycles       uint64 `json:"roi_cycles"`
	ROIInstructions uint64 `json:"roi_instructions"`
	Timeout         bool   `json:"timeout"`
	Records         uint64 `json:"-"` // compared
}

// Divergence is the first disagreement between the RTL and a judge.
type Divergence struct {
	What   string // which judge, and on what
	Cycle  uint64
	Detail string // both traces around it, disassembled
}

func (d *Divergence) Error() string { return d.What + "\n" + d.Detail }

// context is how many records before the divergence are shown.
const window = 12

// Simulator is the simulator of a design, cycle-equal to its RTL.
func Simulator(m *isa.Machine, ram int, stdout io.Writer, limit uint64) (*iss.Machine, error) {
	cfg := iss.ForDesign(m)
	cfg.RAMSize, cfg.Stdout, cfg.MaxCycles = ram, stdout, limit
	return iss.New(cfg)
}

// Lockstep runs the program on the RTL and on the simulator at once and compares
// each retired instruction: pc, word, operands, register writes, memory access,
// next pc and cycle. A disagreement is a *Divergence.
func Lockstep(ctx context.Context, r Run) (Outcome, error) {
	cfg := iss.ForDesign(r.Machine)
	cfg.RAMSize, cfg.Stdout, cfg.Raise = r.RAM, io.Discard, r.Raise
	sim, err := iss.New(cfg)
	if err != nil {
		return Outcome{}, err
	}
	if err := sim.Load(r.Image); err != nil {
		return Outcome{}, err
	}
	if r.Attach != nil {
		if err := r.Attach(sim); err != nil {
			return Outcome{}, err
		}
	}
	records, wait, err := r.start(ctx)
	if err != nil {
		return Outcome{}, err
	}
	count, diverged := r.compare(records, sim)
	_ = records.Close() // a model that still writes stops here
	out, err := wait(diverged != nil)
	out.Records = count
	switch {
	case diverged != nil:
		return out, diverged
	case err != nil:
		return out, err
	case out.Timeout:
		return out, fmt.Errorf("the program has not ended after %d cycles", out.Cycles)
	}
	res := sim.Result()
	if r.Waits { // the simulator knows nothing of them
		res.Cycles, res.ROICycles = out.Cycles, out.ROICycles
	}
	if got := (Outcome{res.ExitCode, res.Cycles, res.Instructions, res.ROICycles, res.ROIInstructions, false, count}); got != out {
		return out, &Divergence{What: "the RTL and the simulator end differently", Cycle: out.Cycles,
			Detail: fmt.Sprintf("  RTL        %+v\n  simulator  %+v", out, got)}
	}
	return out, nil
}

// compare steps the simulator along the RTL's records.
func (r *Run) compare(records io.Reader, sim *iss.Machine) (count uint64, diverged error) {
	in := trace.NewReader(records)
	var recent []trace.Record
	var rtl, ref trace.Record
	f := trace.Formatter{Decoder: isa.NewDecoder(r.Machine.All())}
	show := func(what string, refs ...trace.Record) error {
		var b strings.Builder
		all := append(append([]trace.Record(nil), recent...), rtl)
		_ = f.Window(&b, all, len(all)-1)
		for i := range refs {
			fmt.Fprintf(&b, "sim %s\n", f.Line(&refs[i]))
		}
		return &Divergence{What: what, Cycle: rtl.Cycle, Detail: b.String()}
	}
	for in.Read(&rtl) == nil {
		if sim.Done() {
			return count, show("the RTL goes on after the simulator has ended")
		}
		var err error
		if r.Waits {
			err = sim.Follow(&rtl, &ref)
		} else {
			err = sim.Step(&ref)
		}
		if err != nil {
			return count, show("the simulator cannot follow the RTL: " + err.Error())
		}
		if !sim.ReadsRS3(rtl.Insn) { // the port reads along; nothing depends on it
			rtl.Rs3RData = 0
		}
		if d := trace.Diff(&rtl, &ref); d != nil {
			return count, show(fmt.Sprintf("RTL and simulator differ in %s (RTL first)", trace.Fields(d)), ref)
		}
		count++
		if r.OnRecord != nil {
			if err := r.OnRecord(&rtl); err != nil {
				return count, show(err.Error())
			}
		}
		if len(recent) == window {
			copy(recent, recent[1:])
			recent = recent[:window-1]
		}
		recent = append(recent, rtl)
	}
	return count, nil
}

// start runs the model with its trace on a pipe.
func (r *Run) start(ctx context.Context) (records io.ReadCloser, wait func(stopped bool) (Outcome, error), err error) {
	image, err := r.flat()
	if err != nil {
		return nil, nil, err
	}
	bin, result := filepath.Join(r.Dir, "image.bin"), filepath.Join(r.Dir, "result.json")
	if err := os.WriteFile(bin, image, 0o644); err != nil {
		return nil, nil, err
	}
	pr, pw, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	args := append([]string{"--image", bin, "--ram", fmt.Sprint(r.RAM), "--rvfi", "/dev/fd/3", "--max-cycles", fmt.Sprint(r.Limit), "--result", result}, r.ExtraArgs...)
	cmd := exec.CommandContext(ctx, r.Model, args...)
	cmd.ExtraFiles = []*os.File{pw}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = r.Stdout, &stderr
	if err := cmd.Start(); err != nil {
		pr.Close()
		pw.Close()
		return nil, nil, err
	}
	pw.Close()
	return pr, func(stopped bool) (Outcome, error) {
		if stopped {
			_ = cmd.Process.Kill()
		}
		err := cmd.Wait()
		var out Outcome
		var exit *exec.ExitError
		if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) && !stopped { // 1: the program's own failure
			if ctx.Err() != nil {
				return out, ctx.Err()
			}
			return out, fmt.Errorf("the model failed: %w\n%s", err, stderr.String())
		}
		if stopped {
			return out, nil
		}
		b, err := os.ReadFile(result)
		if err != nil {
			return out, fmt.Errorf("the model left no result: %w\n%s", err, stderr.String())
		}
		return out, json.Unmarshal(b, &out)
	}, nil
}

// flat is the image as the bytes from the start of the RAM.
func (r *Run) flat() ([]byte, error) {
	end := uint64(0)
	for _, s := range r.Image.Segments {
		end = max(end, uint64(s.Addr-iss.RAMBase)+uint64(len(s.Data)))
	}
	if end > uint64(r.RAM) {
		return nil, fmt.Errorf("the program needs %d bytes, the RAM has %d", end, r.RAM)
	}
	out := make([]byte, end)
	for _, s := range r.Image.Segments {
		copy(out[s.Addr-iss.RAMBase:], s.Data)
	}
	return out, nil
}

// Replay runs the model alone, for its waveform.
func Replay(ctx context.Context, r Run) error {
	records, wait, err := r.start(ctx)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, records)
	_ = records.Close()
	if _, werr := wait(false); err == nil {
		err = werr
	}
	return err
}

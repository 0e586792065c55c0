package random

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"marvelgen/gen/isa"
	"marvelgen/verif/cosim"
	"marvelgen/verif/iss"
	"marvelgen/verif/random/stream"
	"marvelgen/verif/trace"
)

// AgainstQEMU runs the base instructions of random programs on the simulator and
// on QEMU, whose path is o.QEMU, and compares all registers and the trap CSRs
// before each instruction. QEMU is someone else's reading of the same manual:
// it shares nothing with the specs that simulator and RTL are made from.
//
// Programs keep to what both define: RV32IM, Zicsr, exceptions and MRET, but no
// interrupts, no counters, no misaligned data (QEMU does not trap there) and no WFI.
// A disagreement is a *Failure.
func AgainstQEMU(ctx context.Context, o Options) (Result, error) {
	var res Result
	for seed := o.Seed; res.Instructions < o.Instructions; seed++ {
		p, err := stream.New(stream.Options{Machine: o.Machine, Seed: seed, Length: length, Portable: true})
		if err != nil {
			return res, err
		}
		before := res
		if err := o.qemu(ctx, p, limitCycles, &res); err != nil {
			var d *cosim.Divergence
			if ctx.Err() == nil && errors.As(err, &d) {
				return before, o.failure(ctx, p, d, "--qemu", o.qemu)
			}
			return before, fmt.Errorf("random program with seed %d: %w", seed, err)
		}
		res.Programs++
		if o.Progress != nil {
			o.Progress(min(res.Instructions, o.Instructions), o.Instructions, "random programs against QEMU")
		}
	}
	return res, ctx.Err()
}

// qemuArgs run the machine that has memory where ours has it, one instruction at a
// time, with the processor's state logged before each.
func qemuArgs(image string) []string {
	return []string{"-M", "virt", "-m", "16M", "-bios", "none", "-device", fmt.Sprintf("loader,file=%s,addr=0x%x", image, stream.Base),
		"-cpu", "rv32,a=false,f=false,d=false,c=false,s=false,u=false,h=false,mmu=false,pmp=false",
		"-display", "none", "-monitor", "none", "-serial", "none", "-singlestep", "-d", "cpu,nochain", "-D", "/dev/fd/3"}
}

// qemu runs one program on both.
func (o *Options) qemu(ctx context.Context, p *stream.Program, limit uint64, res *Result) error {
	image, err := p.Image()
	if err != nil {
		return err
	}
	sim, err := simulator(&isa.Machine{Base: o.Machine.Base}, image, limit)
	if err != nil {
		return err
	}
	silence := 20 * time.Second
	if limit < limitCycles { // a smaller program may go astray, of which QEMU says nothing more
		if _, err := sim.RunContext(ctx); err != nil && !errors.Is(err, iss.ErrLimit) {
			return err
		}
		sim.Reset()
		if err := sim.WriteMem(stream.Base, image); err != nil {
			return err
		}
		silence = time.Second / 4
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	log, wait, err := o.startQEMU(ctx, image)
	if err != nil {
		return err
	}
	err = o.compareDumps(patient{log, silence}, sim, res)
	cancel()
	_ = log.Close()
	if stderr := wait(); errors.Is(err, io.EOF) {
		return fmt.Errorf("QEMU stopped early: %s", stderr)
	}
	return err
}

// patient reads from a pipe, but does not wait longer than so for more to come.
type patient struct {
	*os.File
	silence time.Duration
}

func (p patient) Read(b []byte) (int, error) {
	if err := p.SetReadDeadline(time.Now().Add(p.silence)); err != nil {
		return 0, err
	}
	return p.File.Read(b)
}

// startQEMU starts QEMU with its log on a pipe; wait returns what it complained of.
func (o *Options) startQEMU(ctx context.Context, image []byte) (log *os.File, wait func() string, err error) {
	file := filepath.Join(o.Dir, "qemu.bin")
	if err := os.WriteFile(file, image, 0o644); err != nil {
		return nil, nil, err
	}
	pr, pw, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.CommandContext(ctx, o.QEMU, qemuArgs(file)...)
	cmd.ExtraFiles = []*os.File{pw}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err = cmd.Start()
	pw.Close()
	if err != nil {
		pr.Close()
		return nil, nil, err
	}
	return pr, func() string {
		_ = cmd.Wait()
		return strings.TrimSpace(stderr.String())
	}, nil
}

// trapCSRs are compared beside the registers.
var trapCSRs = [...]struct {
	name   string
	number uint32
}{{"mtvec", 0x305}, {"mepc", 0x341}, {"mcause", 0x342}, {"mtval", 0x343}, {"mscratch", 0x340}}

// compareDumps steps the simulator along QEMU's log.
func (o *Options) compareDumps(log io.Reader, sim *iss.Machine, res *Result) error {
	in := dumpReader{r: bufio.NewReaderSize(log, 1<<20)}
	var d, last dump
	for d.pc != stream.Base { // QEMU's own start
		if err := in.read(&d); err != nil {
			return err
		}
	}
	for i, v := range d.x {
		sim.SetReg(i, v)
	}
	f := trace.Formatter{Decoder: isa.NewDecoder(o.Machine.Base)}
	var recent [8]trace.Record
	for n := 0; ; n++ {
		if o.patch != nil {
			o.patch(&d)
		}
		if what := d.differs(sim); what != "" {
			if d == last { // QEMU was interrupted before it did anything, and says it once more
				n--
				if err := in.read(&d); err != nil {
					return err
				}
				continue
			}
			var b strings.Builder
			for i := max(0, n-len(recent)); i < n; i++ {
				fmt.Fprintf(&b, "   %s\n", f.Line(&recent[i%len(recent)]))
			}
			return &cosim.Divergence{What: "QEMU and simulator differ before 0x" + fmt.Sprintf("%08x: %s (QEMU first)", d.pc, what),
				Cycle: sim.Result().Cycles, Detail: b.String()}
		}
		rec := &recent[n%len(recent)]
		if err := sim.Step(rec); err != nil {
			return &cosim.Divergence{What: astray + " QEMU: " + err.Error()}
		}
		if rec.Flags&trace.Trap != 0 {
			res.Traps++
		} else {
			res.Instructions++
		}
		if o.OnRecord != nil {
			o.OnRecord(rec)
		}
		if sim.Done() {
			return nil
		}
		last = d
		if err := in.read(&d); err != nil {
			return err
		}
	}
}

// causeCSR is the index of mcause in trapCSRs.
const causeCSR = 2

// dump is QEMU's state of the processor before an instruction.
type dump struct {
	pc  uint32
	x   [32]uint32
	csr [len(trapCSRs)]uint32
}

// differs says in what the simulator is another state; "" if in nothing.
func (d *dump) differs(sim *iss.Machine) string {
	if d.pc != sim.PC() {
		return fmt.Sprintf("pc %08x, %08x", d.pc, sim.PC())
	}
	for i, v := range d.x {
		if v != sim.Reg(i) {
			return fmt.Sprintf("%s %08x, %08x", isa.RegNames[i], v, sim.Reg(i))
		}
	}
	for i, c := range trapCSRs {
		if c.name == "mtval" && d.csr[causeCSR] == 0 {
			continue // QEMU 7.2 gives the jump's address instead of its misaligned target
		}
		if v, _ := sim.CSR(c.number); v != d.csr[i] {
			return fmt.Sprintf("%s %08x, %08x", c.name, d.csr[i], v)
		}
	}
	return ""
}

// dumpReader parses QEMU's log: lines " name     value", the registers four to a
// line and last.
type dumpReader struct{ r *bufio.Reader }

func (r *dumpReader) read(d *dump) error {
	for {
		line, err := r.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) < 18 || line[0] != ' ' {
			continue
		}
		switch {
		case line[1] == 'x':
			n := int(line[2] - '0')
			if line[3] != '/' {
				n = 10*n + int(line[3]-'0')
			}
			for i := range 4 {
				if n+i < 32 && len(line) >= 18*i+18 {
					d.x[n+i] = hex(line[18*i+10:])
				}
			}
			if n == 28 {
				return nil
			}
		case line[1] == 'p' && line[2] == 'c':
			d.pc = hex(line[10:])
		case line[1] == 'm':
			name, _, _ := bytes.Cut(line[1:10], []byte(" "))
			for i := range trapCSRs {
				if string(name) == trapCSRs[i].name {
					d.csr[i] = hex(line[10:])
				}
			}
		}
	}
}

// hex is the value of eight hexadecimal digits.
func hex(b []byte) (v uint32) {
	for _, c := range b[:8] {
		c -= '0'
		if c > 9 {
			c -= 'a' - '0' - 10
		}
		v = v<<4 | uint32(c)
	}
	return v
}

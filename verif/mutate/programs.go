package mutate

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"marvelgen/flows"
	"marvelgen/gen/isa"
	"marvelgen/rtl"
	"marvelgen/verif/cosim"
	"marvelgen/verif/iss"
)

// asm lists the core's self-checking programs that run on every design. They are
// run in lockstep, too, so they may do more than they check.
var asm = []source{
	{name: "harness", exit: 42, console: "Hi\n"},
	{name: "reset"}, fromRandom(1), fromRandom(2), fromRandom(3), fromRandom(4), fromRandom(5), fromRandom(6),
	{name: "memory"}, {name: "branch"}, {name: "far"}, {name: "hazard"}, {name: "csr"}, {name: "trap"}, {name: "timer"}, {name: "cycles"}, {name: "irq"},
	{name: "irq", defines: []string{"EXTERNAL"}, irq: true},
}

type source struct {
	name    string
	defines []string
	irq     bool // with random external interrupts
	from    int  // other than 0: registers hold random values before the reset
	exit    uint32
	console string
}

// fromRandom is the program on what a reset leaves of random flip-flops. Some of
// them say that register 0 is being written, which no instruction does: such a
// start the design itself fails, and is left out.
func fromRandom(seed int) source {
	return source{name: "reset", defines: []string{"SCRAMBLE"}, from: seed}
}

// programRAM is the size of the programs' memory: room for the farthest jumps.
const programRAM = 2 << 20

// programLimit is how many cycles a program may take: the longest takes 0.06
// million without wait states.
const programLimit = 400_000

// Programs is the judge that runs the core's self-checking programs in lockstep,
// without and with wait states. It compiles them into dir.
func Programs(ctx context.Context, m *isa.Machine, dir string) (Judge, error) {
	gcc, err := flows.MustFind("riscv-gcc")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(rtl.Programs, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := rtl.Programs.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, path.Base(name)), text, 0o644)
	})
	if err != nil {
		return nil, err
	}
	misa := "MISA=0x40001100"
	if len(m.Exts) > 0 {
		misa = "MISA=0x40801100"
	}
	assemble := func(name string, i, waits int, defines []string) (*iss.Image, error) {
		elf := filepath.Join(dir, fmt.Sprintf("%s%d%d.elf", name, i, waits))
		args := []string{"-march=rv32im", "-misa-spec=2.2", "-mabi=ilp32", "-nostdlib", "-nostartfiles", "-Wl,-N", "-Ttext=0x80000000", "-D" + misa, "-DDESIGN"}
		for _, d := range defines {
			args = append(args, "-D"+d)
		}
		if waits > 0 {
			args = append(args, "-DWAITS")
		}
		if _, err := flows.Run(ctx, flows.Cmd{Path: gcc, Args: append(args, "-o", elf, name+".S"), Dir: dir}); err != nil {
			return nil, err
		}
		return iss.ReadFile(elf)
	}
	j := &lockstep{name: "programs"}
	for i, p := range asm {
		for waits := range 2 {
			image, err := assemble(p.name, i, waits, p.defines)
			if err != nil {
				return nil, err
			}
			j.runs = append(j.runs, program{name: p.name + ".S", try: p.from > 0, most: p.from > 0, exit: p.exit, console: p.console, run: func() (cosim.Run, error) {
				r := cosim.Run{Image: image, RAM: programRAM, Limit: programLimit, Waits: waits > 0}
				if p.from > 0 {
					r.ExtraArgs = append(r.ExtraArgs, "--scramble", fmt.Sprint(p.from))
				}
				if waits > 0 {
					r.ExtraArgs = append(r.ExtraArgs, "--waits", fmt.Sprint(i+1))
				}
				if p.irq {
					r.ExtraArgs = append(r.ExtraArgs, "--irq", "1")
					r.Raise = iss.RandomRaise(1)
				}
				return r, nil
			}})
		}
	}
	names := []string{"restart"}
	words, loops := loopSetups(m)
	defines := []string{fmt.Sprintf("LOOP0=0x%08x", words[0]), fmt.Sprintf("LOOP1=0x%08x", words[1]), fmt.Sprintf("CUSTOM=0x%08x", busiest(m))}
	if loops {
		names = append(names, "looprestart")
	}
	for _, name := range names {
		for waits := range 2 {
			image, err := assemble(name, 0, waits, defines)
			if err != nil {
				return nil, err
			}
			j.restart = append(j.restart, interrupted{name + ".S", image.Segments[0].Data, waits > 0})
		}
	}
	j.runs = append(j.runs, cold(m)...)
	return j, nil
}

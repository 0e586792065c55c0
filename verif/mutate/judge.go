package mutate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/verif/cosim"
	"marvelgen/verif/random"
)

// Subject is a design under judgement.
type Subject struct {
	Machine *isa.Machine
	Mutant  *Mutant // nil: the design as it is
	Model   string  // the Verilator executable, with this mutant alive
	Dir     string  // for scratch files, of this subject alone

	shop *workshop
}

// WriteRTL writes the Verilog of the design with the mutant in it into a folder
// and returns the files' paths, for judges that do not run the model.
func (s *Subject) WriteRTL(dir string) ([]string, error) {
	other := map[string]string{}
	if s.Mutant != nil {
		other[s.Mutant.File] = s.Mutant.Text()
	}
	return s.shop.write(dir, other)
}

// Judge looks for something wrong with a design. It returns why it is wrong, ""
// if the judge has found nothing, and an error if it could not judge. A judge that
// runs the model may return the failure of that run as it is, by Verdict.
type Judge interface {
	Name() string
	Judge(ctx context.Context, s *Subject) (why string, err error)
}

// Verdict makes a judge's answer of the error of a simulation. Whatever a model
// does but to agree speaks against its design: to diverge, to hang, to crash.
func Verdict(ctx context.Context, err error) (string, error) {
	switch {
	case err == nil:
		return "", nil
	case errors.Is(ctx.Err(), context.Canceled):
		return "", ctx.Err()
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line, nil
}

// vectors is the judge of instruction vectors: at least n of each instruction.
type vectors struct {
	n    int
	seed uint64
}

func (j vectors) Name() string { return "vectors" }

// vectorsLimit is how many cycles a program of vectors may take: some twenty
// vectors of each instruction take 0.05 million, with wait states 0.1.
const vectorsLimit = 500_000

func (j vectors) Judge(ctx context.Context, s *Subject) (string, error) {
	r := cosim.Run{Model: s.Model, Machine: s.Machine, Dir: s.Dir, Limit: vectorsLimit}
	_, err := cosim.Vectors(ctx, &r, j.n, j.seed)
	return Verdict(ctx, err)
}

// lockstep is the judge of programs that run on RTL and simulator at once.
type lockstep struct {
	name    string
	runs    []program
	restart []interrupted
	chosen  []program // of the runs, those that the design itself passes
}

// interrupted is a program that is cut off by a reset.
type interrupted struct {
	name  string
	image []byte
	waits bool
}

// program is one run; the function makes it anew each time, as it may hold state.
type program struct {
	name    string
	exit    uint32 // the exit code it must have
	console string // what it must print
	try     bool   // drop it if the design itself fails it: see cold
	most    bool   // but most of those with this must be passed: see fromRandom
	run     func() (cosim.Run, error)
}

// Vectors is the judge of instruction vectors, at least n of each instruction: see
// cosim.Vectors.
func Vectors(n int, seed uint64) Judge { return vectors{n, seed} }

// Random is the judge of n random programs of some length instructions each, with
// and without interrupts and wait states: see verif/random.
func Random(m *isa.Machine, n, length int, seed uint64) (Judge, error) {
	runs, err := random.Runs(m, seed, n, length, uint64(200*length))
	if err != nil {
		return nil, err
	}
	j := &lockstep{name: "random programs"}
	for i, run := range runs {
		j.runs = append(j.runs, program{name: fmt.Sprintf("seed %d", seed+uint64(i)), run: run})
	}
	return j, nil
}

func (j *lockstep) Name() string { return j.name }

func (j *lockstep) Judge(ctx context.Context, s *Subject) (string, error) {
	if s.Mutant == nil { // the design itself comes first
		if err := j.choose(ctx, s); err != nil {
			return "", err
		}
	}
	for _, p := range j.chosen {
		if why, err := p.judge(ctx, s); why != "" || err != nil {
			return why, err
		}
	}
	for _, p := range j.restart {
		if why, err := restart(ctx, s, p.image, p.waits); why != "" || err != nil {
			return p.name + ": " + why, err
		}
	}
	return "", nil
}

// choose drops the runs that are only to be tried and that the design itself fails.
func (j *lockstep) choose(ctx context.Context, s *Subject) error {
	var kept []program
	tried, good, most := 0, 0, 0
	for _, p := range j.runs {
		if p.try {
			tried++
			if p.most {
				most--
			}
			why, err := p.judge(ctx, s)
			if err != nil {
				return err
			}
			if why != "" {
				continue
			}
			good++
			if p.most {
				most += 2
			}
		}
		kept = append(kept, p)
	}
	if good < min(2, tried) || most < 0 {
		return fmt.Errorf("of %d programs of %q only %d can be used", tried, j.name, good)
	}
	j.chosen = kept
	return nil
}

// judge runs one program.
func (p *program) judge(ctx context.Context, s *Subject) (string, error) {
	r, err := p.run()
	if err != nil {
		return "", err
	}
	var console strings.Builder
	r.Model, r.Machine, r.Dir, r.Stdout = s.Model, s.Machine, s.Dir, &console
	out, err := cosim.Lockstep(ctx, r)
	switch { // the simulator may be wrong, too
	case err == nil && out.ExitCode != p.exit:
		err = fmt.Errorf("exit code %d, not %d", out.ExitCode, p.exit)
	case err == nil && p.console != "" && console.String() != p.console:
		err = fmt.Errorf("prints %q, not %q", console.String(), p.console)
	}
	why, err := Verdict(ctx, err)
	if why != "" {
		why = p.name + ": " + why
	}
	return why, err
}

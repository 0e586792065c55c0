package build

import (
	"fmt"

	"marvelgen/flows"
)

// Verify says what `marvelgen verify` judges; a build has goals of its own.
type Verify struct {
	Vectors   bool   // of each instruction
	Programs  bool   // of the spec, in lockstep
	Units     bool   // proofs of each unit
	Core      bool   // proofs of the core against its ISA
	Random    int64  // instructions of random programs in lockstep, all designs together
	Reference int64  // instructions of random programs against QEMU
	Seed      uint64 // of random programs
	Mutants   int    // mutants of each design that the judges have to find
}

// goals is what this run carries out beyond emitting.
type goals struct {
	lint, vectors, programs, units, core, synth bool
	random, reference                           int64
	mutants                                     int
}

func (b *build) goals() goals {
	if v := b.Verify; v != nil {
		return goals{vectors: v.Vectors, programs: v.Programs, units: v.Units, core: v.Core, random: v.Random, reference: v.Reference, mutants: v.Mutants}
	}
	verify := b.reaches("verify")
	return goals{lint: verify, vectors: verify, programs: b.reaches("compile"), units: verify, synth: b.reaches("synth")}
}

// simulates reports whether a model of the RTL is needed.
func (g goals) simulates(b *build) bool {
	return g.vectors || g.random > 0 || g.programs && b.lockstepped()
}

// lockstepped reports whether compiled programs are run as well.
func (b *build) lockstepped() bool { return b.Verify != nil || b.reaches("verify") }

// tools names the flows whose tools this build needs.
func (b *build) tools() []string {
	g := b.goals()
	var out []string
	if g.programs && len(b.loaded.Spec.Programs)+len(b.loaded.Spec.Networks) > 0 || g.mutants > 0 {
		out = append(out, flows.StepCompile)
	}
	if g.lint || g.simulates(b) || g.mutants > 0 {
		out = append(out, flows.StepVerify)
	}
	if g.units || g.core || g.mutants > 0 {
		out = append(out, flows.StepFormal)
	}
	if g.reference > 0 {
		out = append(out, flows.StepReference)
	}
	if g.synth {
		out = append(out, flows.StepSynth)
	}
	return out
}

// check refuses what cannot be meant.
func (v *Verify) check() error {
	if v.Random < 0 || v.Reference < 0 || v.Mutants < 0 {
		return &UsageError{fmt.Sprintf("--random %d, --qemu %d, --mutants %d: counts are not negative", v.Random, v.Reference, v.Mutants)}
	}
	return nil
}

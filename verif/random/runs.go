package random

import (
	"marvelgen/gen/isa"
	"marvelgen/verif/cosim"
)

// Runs makes n programs of some length instructions each, for callers that run the
// same ones on many models of a design. The seeds count up from the first one, so
// four in a row hold every combination of interrupts and wait states. Each call of
// a returned function gives a run that has not begun; its Model and Dir are left
// to the caller, and limit bounds its cycles.
func Runs(m *isa.Machine, seed uint64, n, length int, limit uint64) ([]func() (cosim.Run, error), error) {
	o := Options{Machine: m}
	var out []func() (cosim.Run, error)
	for i := range uint64(n) {
		p, err := o.program(seed+i, length)
		if err != nil {
			return nil, err
		}
		out = append(out, func() (cosim.Run, error) { return o.lockstep(p, seed+i, limit) })
	}
	return out, nil
}

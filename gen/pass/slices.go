package pass

import (
	"marvelgen/gen/isa"
	"marvelgen/gen/slice"
)

// slices checks that what is written to states in DSP slices can be computed there.
func (r *resolver) slices() {
	for _, st := range r.m.States {
		if !st.DSP {
			continue
		}
		for _, p := range r.m.Exts {
			for i := range p.Writes {
				w := &p.Writes[i]
				if w.Kind != isa.DestState || w.Name != st.Name {
					continue
				}
				if !w.Index.IsConst() {
					r.errorf(w.Pos, "Not in a slice", "%s writes an element of %s that %s chooses; each element has a slice of its own. Write all of them, the others as they are, or leave dsp out.", p.Name, st.Name, w.Index.Infix())
					continue
				}
				if _, err := slice.Of(w.Value, st.Name, w.Index.Value.Int64(), st.Bits); err != nil {
					r.errorf(w.Pos, "Not in a slice", "What %s writes to %s cannot be computed in a DSP slice: %v. Split it, or leave dsp out of the state.", p.Name, st.Name, err)
				}
			}
		}
	}
}

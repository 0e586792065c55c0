package pass

import (
	"marvelgen/gen/isa"
	"marvelgen/gen/sem/slice"
)

// slices checks that what is written to states in DSP slices can be computed there,
// and that what several instructions write to an element is shifted alike.
func (r *resolver) slices() {
	type first struct {
		name string
		form *slice.Form
	}
	for _, st := range r.m.States {
		if !st.DSP {
			continue
		}
		shifts := map[int64]first{}
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
				index := w.Index.Value.Int64()
				f, err := slice.Of(w.Value, st.Name, index, st.Bits)
				if err != nil {
					r.errorf(w.Pos, "Not in a slice", "What %s writes to %s cannot be computed in a DSP slice: %v. Split it, or leave dsp out of the state.", p.Name, st.Name, err)
					continue
				}
				if o, ok := shifts[index]; ok && (o.form.Shift != f.Shift || o.form.Round.Cmp(f.Round) != 0) {
					r.errorf(w.Pos, "Not in a slice", "The slice that holds %s shifts right by a constant, but %s shifts it by %d, %s by %d, or they round differently. Let one of them write another state, or leave dsp out.", st.Name, p.Name, f.Shift, o.name, o.form.Shift)
				}
				shifts[index] = first{p.Name, f}
			}
		}
	}
}

package rtl

import (
	"maps"
	"slices"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/slice"
)

// dotFile and scaleFile are the modules that hold a state in DSP slices.
const (
	dotFile   = "mv32_dot.v"
	scaleFile = "mv32_scale.v"
)

// SliceDecl is an element of private state in DSP slices: an instance of
// mv32_dot, or of mv32_scale where there is a shift.
type SliceDecl struct {
	Name                 string // wire with the element
	Width                int    // of the element
	Enable               string // beside the commit
	Commit               string
	Terms                int
	A, B, Bits           int // widths of the operands and the sum
	Keep, Mul, Add       string
	AIn, DIn, BIn, Other string
	Shift, Round         int
}

// Module is the module of the instance.
func (s SliceDecl) Module() string { return strings.TrimSuffix(moduleFile(s.Shift), ".v") }

// sliceFiles are the library modules that the design's states in DSP slices need.
func sliceFiles(m *isa.Machine) []string {
	needs := map[string]bool{}
	for _, st := range m.States {
		for _, p := range m.Exts {
			for i := range p.Writes {
				w := &p.Writes[i]
				if st.DSP && w.Kind == isa.DestState && w.Name == st.Name {
					needs[moduleFile(form(st, w).Shift)] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(needs))
}

// moduleFile is the module of an element whose column shifts so far.
func moduleFile(shift int) string {
	if shift > 0 {
		return scaleFile
	}
	return dotFile
}

// form is what a write of a state in slices computes there.
func form(st *isa.State, w *isa.Write) *slice.Form {
	f, err := slice.Of(w.Value, st.Name, w.Index.Value.Int64(), st.Bits)
	if err != nil {
		panic("rtl: " + err.Error()) // pass.Resolve has refused it
	}
	return f
}

// sliced is what one element of a state in slices becomes: a column that serves
// all instructions that write it. One of them at most is in a stage.
type sliced struct {
	when                  *bv.Node
	keep, mul, add, other *bv.Node
	terms                 [][3]*bv.Node // a, d, b at their own widths
	form                  *slice.Form   // of the last instruction: shift and rounding
}

// sliceOf merges the writes of an element.
func (d *datapath) sliceOf(st *isa.State, index int) *sliced {
	var out *sliced
	for _, w := range d.writes {
		if w.state != st || w.of.Index.Value.Int64() != int64(index) {
			continue
		}
		d.low.Rename = d.rename(w.by)
		s := d.slice(form(st, w.of), st.Bits)
		s.when = w.when
		if out != nil {
			s = d.merge(out, s)
		}
		out = s
	}
	return out
}

// slice lowers the form of one write.
func (d *datapath) slice(f *slice.Form, width int) *sliced {
	s := &sliced{form: f, keep: d.low.Const(0, 1), mul: d.low.Const(0, 1), add: d.low.Const(0, 1), other: d.low.Const(0, width)}
	cond := func(c slice.Cond) *bv.Node {
		switch {
		case c.If == nil:
			return d.low.Const(1, 1)
		case c.Not:
			return d.low.Not(d.low.Lower(c.If, 1))
		}
		return d.low.Lower(c.If, 1)
	}
	if f.Keep != nil {
		s.keep = cond(*f.Keep)
	}
	if f.Addend != nil {
		s.add, s.other = cond(f.When), d.low.Lower(f.Addend, width)
	}
	for _, p := range f.Products {
		s.mul = d.low.Const(1, 1)
		var t [3]*bv.Node
		for i, n := range []*sem.Node{p.A, p.D, p.B} {
			if n != nil {
				t[i] = d.low.Lower(n, slice.SignedBits(n))
			}
		}
		s.terms = append(s.terms, t)
	}
	return s
}

// merge is the column that computes s where s.when, and t otherwise.
func (d *datapath) merge(t, s *sliced) *sliced {
	pick := func(x, y *bv.Node) *bv.Node { return d.low.Mux(s.when, x, y) }
	out := &sliced{when: d.low.Op2(bv.Or, 1, t.when, s.when), keep: pick(s.keep, t.keep), mul: pick(s.mul, t.mul),
		add: pick(s.add, t.add), other: t.other, form: t.form}
	if !s.add.IsConst(0) {
		out.other = s.other
		if !t.add.IsConst(0) {
			out.other = pick(s.other, t.other)
		}
	}
	// Where only one of them has a term, the other's mul is 0 or its operands are.
	for i := range max(len(t.terms), len(s.terms)) {
		switch {
		case i >= len(s.terms):
			out.terms = append(out.terms, d.only(t.terms[i], s, d.low.Not(s.when)))
		case i >= len(t.terms):
			out.terms = append(out.terms, d.only(s.terms[i], t, s.when))
		default:
			var term [3]*bv.Node
			for j := range term {
				x, y := s.terms[i][j], t.terms[i][j]
				if x == nil && y == nil {
					continue
				}
				w := 1
				for _, n := range []*bv.Node{x, y} {
					if n != nil {
						w = max(w, n.Width)
					}
				}
				term[j] = pick(d.operand(x, w), d.operand(y, w))
			}
			out.terms = append(out.terms, term)
		}
	}
	return out
}

// operand is x as w signed bits, 0 if there is none.
func (d *datapath) operand(x *bv.Node, w int) *bv.Node {
	if x == nil {
		return d.low.Const(0, w)
	}
	return d.low.Extend(x, w, true)
}

// only is a term that the other column lacks: 0 when that one computes, unless it
// then adds no products at all.
func (d *datapath) only(term [3]*bv.Node, other *sliced, when *bv.Node) [3]*bv.Node {
	if !other.mul.IsConst(0) {
		term[2] = d.low.Mux(when, term[2], d.low.Const(0, term[2].Width))
	}
	return term
}

// slices declares the unit's state in DSP slices.
func (u *Unit) slices(p *printer, d *datapath) {
	for _, st := range d.u.States {
		if !st.DSP {
			continue
		}
		for i := range st.Count {
			s := d.sliceOf(st, i)
			if s == nil {
				s = d.slice(&slice.Form{}, st.Bits)
				s.when = d.low.Const(0, 1)
			}
			decl := SliceDecl{Name: elementName(st, i), Width: st.Bits, Terms: max(1, len(s.terms)), Commit: "x_commit_i",
				Enable: p.ref(s.when, st.Stage), Shift: s.form.Shift}
			if st.Stage == isa.StageW {
				decl.Commit = "w_commit_i"
			}
			u.CommitX = u.CommitX || st.Stage == isa.StageX
			u.CommitW = u.CommitW || st.Stage == isa.StageW
			u.Resets = true
			if decl.Shift > 0 {
				decl.Round = s.form.Round.Sign()
			}
			decl.widths(s)
			decl.ports(p, d, s, st.Stage)
			u.Slices = append(u.Slices, decl)
		}
	}
}

// widths are those of the widest operands.
func (s *SliceDecl) widths(x *sliced) {
	s.A, s.B = 2, 2
	for _, t := range x.terms {
		s.A, s.B = max(s.A, t[0].Width), max(s.B, t[2].Width)
		if t[1] != nil {
			s.A = slice.ABits // where the sum of both wraps
		}
	}
	s.Bits = max(s.Width, s.A+s.B+1)
	if s.Shift > 0 {
		s.A, s.Bits, s.B = slice.ABits, s.Width, max(s.B-1, slice.BBits)
	}
}

// ports prints what the column takes.
func (s *SliceDecl) ports(p *printer, d *datapath, x *sliced, st stage) {
	var a, pre, b []string
	sums := false // of two terms before a multiplication
	for i := len(x.terms) - 1; i >= 0; i-- {
		t := x.terms[i]
		sums = sums || t[1] != nil
		a = append(a, p.ref(d.operand(t[0], s.A), st))
		pre = append(pre, p.ref(d.operand(t[1], s.A), st))
		wide := t[2]
		if s.Shift > 0 { // b has no sign there
			wide = d.low.Extract(d.operand(wide, s.B+1), 0, s.B)
		}
		b = append(b, p.ref(d.operand(wide, s.B), st))
	}
	join := func(list []string, w int) string {
		switch len(list) {
		case 0:
			return constant(0, w)
		case 1:
			return list[0]
		}
		return "{" + strings.Join(list, ", ") + "}"
	}
	s.AIn, s.DIn, s.BIn = join(a, s.A), join(pre, s.A), join(b, s.B)
	if !sums {
		s.DIn = constant(0, s.A*s.Terms)
	}
	s.Keep, s.Mul, s.Add = p.ref(x.keep, st), p.ref(x.mul, st), p.ref(x.add, st)
	s.Other = p.ref(d.operand(x.other, s.Bits), st)
}

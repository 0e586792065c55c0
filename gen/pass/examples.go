package pass

import (
	"fmt"
	"math/big"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

// CheckExamples runs every example of the instructions by the golden evaluation
// and reports those whose outcome differs. ran counts the examples.
func CheckExamples(list []*isa.Instruction, s *isa.Spec) (ran int, out []isa.Problem) {
	for _, ins := range list {
		for _, ex := range ins.Examples {
			ran++
			out = append(out, checkExample(ins, s, ex)...)
		}
	}
	return ran, out
}

// exampleEnv gives the operands of one example; those not named are 0.
type exampleEnv struct {
	ins    *isa.Instruction
	given  map[string]*big.Int
	states map[string]*isa.State
	tables map[string]*isa.Table
}

func newExampleEnv(ins *isa.Instruction, s *isa.Spec, given []isa.Binding) *exampleEnv {
	e := &exampleEnv{ins: ins, given: map[string]*big.Int{}, states: map[string]*isa.State{}, tables: map[string]*isa.Table{}}
	for _, b := range given {
		e.given[b.Name] = b.Value
	}
	if s != nil {
		for _, st := range s.States {
			e.states[st.Name] = st
		}
		for _, t := range s.Tables {
			e.tables[t.Name] = t
		}
	}
	return e
}

func (e *exampleEnv) Input(name string) *big.Int {
	v := e.given[name]
	if v == nil {
		v = new(big.Int)
	}
	if f := e.ins.Encoding.Field(name); f != nil && f.Kind == isa.Immediate && name != "csr" {
		return v
	}
	if name == "load" {
		return view(v, 8*e.ins.Load.Size, e.ins.Load.Signed)
	}
	return view(v, 32, false)
}

func (e *exampleEnv) Element(name string, i int) *big.Int {
	if t := e.tables[name]; t != nil {
		return t.Values[i]
	}
	st := e.states[name]
	key := name
	if st.Count > 1 && i > 0 {
		key = fmt.Sprintf("%s[%d]", name, i)
	}
	if v := e.given[key]; v != nil {
		return view(v, st.Bits, st.Signed)
	}
	return st.Reset
}

// view is the low w bits of v, signed or not.
func view(v *big.Int, w int, signed bool) *big.Int {
	if signed {
		return sem.SignExtend(v, w)
	}
	m := new(big.Int).Lsh(big.NewInt(1), uint(w))
	return new(big.Int).Mod(v, m)
}

func checkExample(ins *isa.Instruction, s *isa.Spec, ex isa.Example) []isa.Problem {
	env := newExampleEnv(ins, s, ex.Given)
	for _, b := range ex.Given {
		if f := ins.Encoding.Field(b.Name); f != nil && f.Kind == isa.Immediate && b.Name != "csr" {
			if _, err := f.Insert(0, b.Value.Int64()); err != nil || !b.Value.IsInt64() {
				return []isa.Problem{{Pos: b.Pos, Summary: "Immediate out of range", Detail: fmt.Sprintf("%s: %v.", b.Name, err)}}
			}
		}
	}
	got := outcomes(ins.Execute(env, s.StateWidths()), s.StateWidths())
	if _, jumps := got["pc"]; !jumps && got["trap"].value == nil {
		next := new(big.Int).Add(env.Input("pc"), big.NewInt(4))
		if ins.System == "mret" { // the one system effect that is a jump: to the mepc given
			next = env.Input("mepc")
		}
		got["pc"] = outcome{view(next, 32, false), 32}
	}
	var out []isa.Problem
	for _, b := range ex.Expect {
		g, ok := got[b.Name]
		if !ok {
			out = append(out, isa.Problem{Pos: b.Pos, Summary: "Example fails", Detail: fmt.Sprintf("%s: nothing is written to %s in this case.", ins.Name, b.Name)})
			continue
		}
		if want := view(b.Value, g.width, false); want.Cmp(g.value) != 0 {
			out = append(out, isa.Problem{Pos: b.Pos, Summary: "Example fails",
				Detail: fmt.Sprintf("%s: the meaning gives %s = 0x%x (%s), the example expects 0x%x (%s).", ins.Name, b.Name,
					g.value, view(g.value, g.width, true), want, view(want, g.width, true))})
		}
	}
	return out
}

type outcome struct {
	value *big.Int
	width int
}

// outcomes names every effect as examples do.
func outcomes(e isa.Effects, widths map[string]int) map[string]outcome {
	got := map[string]outcome{}
	put := func(name string, v uint64, w int) { got[name] = outcome{new(big.Int).SetUint64(v), w} }
	if e.Trap >= 0 {
		put("trap", uint64(e.Trap), 32)
	}
	for _, w := range e.Writes {
		name := w.Name
		if w.Kind == isa.DestState && w.Element > 0 {
			name = fmt.Sprintf("%s[%d]", w.Name, w.Element)
		}
		width := 32
		if w.Kind == isa.DestState {
			width = widths[w.Name]
		}
		put(name, w.Value, width)
	}
	if e.Load != nil {
		put("addr", uint64(e.Load.Addr), 32)
	}
	if e.Store != nil {
		put("addr", uint64(e.Store.Addr), 32)
		put("data", uint64(e.Store.Data), 8*e.Store.Size)
	}
	if e.HasLoop {
		put("loop_count", uint64(e.LoopCount), 32)
		put("loop_end", uint64(e.LoopEnd), 32)
	}
	return got
}

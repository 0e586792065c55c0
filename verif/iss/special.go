package iss

import (
	"fmt"
	"strconv"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/gen/sem/bv"
)

// template is the meaning of an instruction as vectors, before its fields are
// known. It is made once per instruction.
type template struct {
	ins     *isa.Instruction
	writes  []templateWrite
	load    *bv.Node // address
	store   *bv.Node
	data    *bv.Node
	trap    *bv.Node // condition; nil with ins.Trap set: always
	loop    [3]*bv.Node
	usesCSR bool
	res     results
	third   *isa.Field // the operand besides those at the places of rs1 and rs2
	extra   int        // cycles in X beyond the first
	surplus int        // cycles in W beyond the first
}

type templateWrite struct {
	isa.Write
	value, when, index *bv.Node
	field              *isa.Field // DestField
	invert             bool       // a jump that is taken unless when
}

// newTemplate lowers an instruction and checks that it asks for nothing that
// the machine does not have.
func newTemplate(ins *isa.Instruction, states map[string]*isa.State, tables map[string]*isa.Table) (*template, error) {
	l := bv.NewLowerer()
	t := &template{ins: ins}
	var roots []*bv.Node
	low := func(n *sem.Node, width int) *bv.Node {
		if n == nil {
			return nil
		}
		v := l.Lower(n, width)
		roots = append(roots, v)
		return v
	}
	condition := func(n *sem.Node) *bv.Node { // one bit
		if n == nil {
			return nil
		}
		v := l.Full(n)
		if v.Width > 1 {
			v = l.Not(l.Op2(bv.Eq, 1, v, l.Const(0, v.Width)))
		}
		roots = append(roots, v)
		return v
	}
	for _, w := range ins.Writes {
		width := 32
		if w.Kind == isa.DestState {
			s := states[w.Name]
			if s == nil {
				return nil, fmt.Errorf("%s writes the unknown state %q", ins.Name, w.Name)
			}
			width = s.Bits
		}
		tw := templateWrite{Write: w}
		if w.Kind == isa.DestPC {
			w.When, w.Value, tw.invert = branchOf(&w)
		}
		tw.value, tw.when = low(w.Value, width), condition(w.When)
		if w.Index != nil {
			tw.index = low(w.Index, w.Index.Width())
		}
		t.writes = append(t.writes, tw)
		t.usesCSR = t.usesCSR || w.Kind == isa.DestCSR
	}
	if ins.Load != nil {
		t.load = low(ins.Load.Addr, 32)
	}
	if ins.Store != nil {
		t.store = low(ins.Store.Addr, 32)
		t.data = low(ins.Store.Data, 8*ins.Store.Size)
	}
	if ins.Trap != nil {
		t.trap = condition(ins.Trap.When)
	}
	if ins.Loop != nil {
		t.loop = [3]*bv.Node{low(ins.Loop.Level, 1), low(ins.Loop.Count, 32), low(ins.Loop.End, 32)}
	}
	var err error
	bv.Walk(func(n *bv.Node) {
		switch {
		case n.Op == bv.Input && n.Name == "csr":
			t.usesCSR = true
		case n.Op == bv.Input && !known(ins, n.Name), n.Op == bv.Read && states[n.Name] == nil, n.Op == bv.Table && tables[n.Name] == nil:
			err = fmt.Errorf("%s reads the unknown %s %q", ins.Name, n.Op, n.Name)
		}
	}, roots...)
	t.res, t.third = t.results(), thirdOperand(ins)
	return t, err
}

// known reports whether the machine can supply the operand.
func known(ins *isa.Instruction, name string) bool {
	switch {
	case name == "pc", name == "load" && ins.Load != nil, ins.Encoding.Field(name) != nil:
		return true
	}
	if f := ins.Encoding.Field(strings.TrimSuffix(name, "_index")); f != nil {
		return f.Kind == isa.Register
	}
	_, ok := fixedRegister(name)
	return ok
}

func fixedRegister(name string) (int, bool) {
	if !strings.HasPrefix(name, "x") {
		return 0, false
	}
	n, err := strconv.Atoi(name[1:])
	return n, err == nil && n >= 0 && n < 32 && name == regInputs[n]
}

// regInputs are the names under which a specialised meaning reads registers.
var regInputs = func() (names [32]string) {
	for i := range names {
		names[i] = "x" + strconv.Itoa(i)
	}
	return
}()

// special partially evaluates templates for one word at one address: fields
// and the pc become constants, register operands the registers they name.
type special struct {
	*bv.Builder
	enc  *isa.Encoding
	word uint32
	pc   uint32
	done map[*bv.Node]*bv.Node
}

func newSpecial(enc *isa.Encoding, word, pc uint32) *special {
	return &special{bv.NewBuilder(), enc, word, pc, map[*bv.Node]*bv.Node{}}
}

// node is the specialised form of n; nil stays nil.
func (s *special) node(n *bv.Node) *bv.Node {
	if n == nil {
		return nil
	}
	if v, ok := s.done[n]; ok {
		return v
	}
	v := s.rebuild(n)
	s.done[n] = v
	return v
}

func (s *special) rebuild(n *bv.Node) *bv.Node {
	switch n.Op {
	case bv.Const:
		return s.Const(n.Value, n.Width)
	case bv.Input:
		return s.input(n)
	case bv.Read, bv.Table:
		return s.Element(n.Op, n.Name, n.Width, s.node(n.Args[0]))
	case bv.Not:
		return s.Not(s.node(n.Args[0]))
	case bv.Mux:
		return s.Mux(s.node(n.Args[0]), s.node(n.Args[1]), s.node(n.Args[2]))
	case bv.Extract:
		return s.Extract(s.node(n.Args[0]), n.Lo, n.Width)
	case bv.ZeroExt, bv.SignExt:
		return s.Extend(s.node(n.Args[0]), n.Width, n.Op == bv.SignExt)
	}
	return s.Op2(n.Op, n.Width, s.node(n.Args[0]), s.node(n.Args[1]))
}

func (s *special) input(n *bv.Node) *bv.Node {
	if n.Name == "pc" {
		return s.Const(uint64(s.pc), n.Width)
	}
	if f := s.enc.Field(n.Name); f != nil && n.Name != "csr" {
		v := f.Extract(s.word)
		if f.Kind == isa.Immediate {
			return s.Const(uint64(v), n.Width)
		}
		return s.register(int(v), n.Width)
	}
	if base, ok := strings.CutSuffix(n.Name, "_index"); ok {
		return s.Const(uint64(s.enc.Field(base).Extract(s.word)), n.Width)
	}
	if r, ok := fixedRegister(n.Name); ok {
		return s.register(r, n.Width)
	}
	return s.Input(n.Name, n.Width) // load, csr
}

func (s *special) register(n, width int) *bv.Node {
	if n == 0 {
		return s.Const(0, width)
	}
	return s.Input(regInputs[n], width)
}

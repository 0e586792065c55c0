package stream

import (
	"errors"
	"math/big"
	"sort"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

// shape is what the generator knows of an instruction, all of it taken from its
// meaning.
type shape struct {
	*isa.Instruction
	ext     bool
	written map[string]bool // register fields that results go to
	access  *isa.Access
	address map[string]bool // operands on which the address depends
	steers  bool            // writes a state on which some address depends
}

// table sorts a machine's instructions by what a program may do with them.
type table struct {
	all      []*shape
	plain    []*shape // fall through
	custom   []*shape // the plain ones of the extension
	branches []*shape // to pc + immediate, or on
	jumps    []*shape // to pc + immediate
	indirect []*shape // to a register + immediate
	loops    []*loopShape
	byName   map[string]*shape
	fixed    []int // registers with a part of their own in some instruction
	accesses bool  // some custom instruction accesses memory
}

func newTable(m *isa.Machine) (*table, error) {
	t := &table{byName: map[string]*shape{}}
	fixed := map[int]bool{}
	pointers := map[string]bool{}
	for i, ins := range m.All() {
		s := &shape{Instruction: ins, ext: i >= len(m.Base), written: map[string]bool{}, access: ins.Load, address: map[string]bool{}}
		if s.access == nil {
			s.access = ins.Store
		}
		for _, name := range sem.Inputs(ins.Exprs()...) {
			if r, ok := fixedRegister(name); ok {
				fixed[r] = true
			}
		}
		for _, w := range ins.Writes {
			if w.Kind == isa.DestField {
				s.written[w.Name] = true
			} else if w.Kind == isa.DestFixed {
				fixed[w.Reg] = true
			}
		}
		if s.access != nil {
			for _, name := range inputs(s.access.Addr) {
				s.address[name] = true
			}
			if s.ext {
				t.accesses = true
				for name := range s.address {
					pointers[name] = true
				}
			}
		}
		t.all = append(t.all, s)
		t.byName[ins.Name] = s
	}
	for r := range fixed {
		t.fixed = append(t.fixed, r)
	}
	sort.Ints(t.fixed)
	for _, s := range t.all {
		for _, w := range s.Writes {
			s.steers = s.steers || w.Kind == isa.DestState && pointers[w.Name]
		}
		if err := t.sort(s); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"lui", "addi", "auipc", "jal", "jalr", "lw", "sw", "csrrw", "csrrs", "csrrc", "mret"} {
		if t.byName[name] == nil {
			return nil, errors.New("random programs need the base instruction " + name)
		}
	}
	return t, nil
}

// sort files a shape where it belongs.
func (t *table) sort(s *shape) error {
	pc := (*isa.Write)(nil)
	for i := range s.Writes {
		if s.Writes[i].Kind == isa.DestPC {
			pc = &s.Writes[i]
		}
	}
	switch {
	case s.Loop != nil:
		l, err := newLoopShape(s)
		if err != nil {
			return err
		}
		t.loops = append(t.loops, l)
	case s.Trap != nil, s.System != "", s.Encoding.Field("csr") != nil:
	case pc != nil && pc.Value.Op == sem.OpCond:
		t.branches = append(t.branches, s)
	case pc != nil && sem.Uses("rs1", pc.Value):
		t.indirect = append(t.indirect, s)
	case pc != nil:
		t.jumps = append(t.jumps, s)
	case s.ext:
		t.custom = append(t.custom, s)
		t.plain = append(t.plain, s)
	default:
		t.plain = append(t.plain, s)
	}
	return nil
}

// inputs are the operands and states that an expression reads.
func inputs(n *sem.Node) []string {
	out := sem.Inputs(n)
	sem.Walk(func(n *sem.Node) {
		if n.Op == sem.OpRead {
			out = append(out, n.Name)
		}
	}, n)
	return out
}

// fixedRegister is the number of a register that a meaning names itself.
func fixedRegister(name string) (int, bool) {
	n, ok := isa.RegNumber(name)
	return n, ok && strings.HasPrefix(name, "x") && n > 0
}

// env gives operands for a trial evaluation; what is not named is 0.
type env map[string]int64

func (e env) Input(name string) *big.Int   { return big.NewInt(e[name]) }
func (e env) Element(string, int) *big.Int { return new(big.Int) }

// with is the environment with one operand changed.
func (e env) with(name string, v int64) env {
	out := env{}
	for k, v := range e {
		out[k] = v
	}
	out[name] = v
	return out
}

// low32 is a trial evaluation, modulo 2^32.
func low32(n *sem.Node, e env) uint32 {
	v := sem.Eval(n, e)
	return uint32(new(big.Int).And(v, big.NewInt(0xffffffff)).Uint64())
}

package cosim

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/verif/iss"
	"marvelgen/verif/trace"
)

// golden is a machine that executes by the golden evaluation alone: exact
// integers straight from the spec. It shares nothing with the simulator and
// the emitter, both of which lower meanings to bit vectors first. It knows no
// cycles, and of the CSRs those that vectors touch.
type golden struct {
	x      [32]uint32
	pc     uint32
	csr    goldenCSR
	loops  [2]goldenLoop
	states map[string][]*big.Int
	mem    []byte // from iss.RAMBase

	widths  map[string]int
	decls   map[string]*isa.State
	tables  map[string]*isa.Table
	sources map[*isa.Instruction]*sources
	word    uint32   // being executed
	src     *sources // of the instruction being executed
}

type goldenCSR struct{ mtvec, mscratch, mepc, mcause uint32 }

type goldenLoop struct{ start, end, count uint32 }

// sources says where an instruction's operands come from and where its results
// go, found once.
type sources struct {
	ins     *isa.Instruction
	operand map[string]operand
	ports   [3]*isa.Write
	csr     bool
}

type operand struct {
	kind  operandKind
	field *isa.Field
	reg   int
}

type operandKind uint8

const (
	fromRegister operandKind = iota
	fromImmediate
	fromNumber // of the register
	fromFixed
	fromPC
	fromCSR
	fromLoad
)

// Causes of exceptions that the core, not a meaning, raises.
const (
	causeFetch   = 0
	causeIllegal = 2
	causeLoad    = 4
	causeStore   = 6
)

// newGolden is the machine in its reset state with the given memory.
func newGolden(m *isa.Machine, mem []byte) (*golden, error) {
	g := &golden{pc: iss.RAMBase, mem: mem, states: map[string][]*big.Int{}, widths: map[string]int{},
		decls: map[string]*isa.State{}, tables: map[string]*isa.Table{}, sources: map[*isa.Instruction]*sources{}}
	for _, s := range m.States {
		g.decls[s.Name], g.widths[s.Name] = s, s.Bits
		for range max(s.Count, 1) {
			g.states[s.Name] = append(g.states[s.Name], new(big.Int).Set(s.Reset))
		}
	}
	for _, t := range m.Tables {
		g.tables[t.Name] = t
	}
	placed := map[*isa.Instruction]*isa.Placed{}
	for _, p := range m.Exts {
		placed[p.Instruction] = p
	}
	for _, ins := range m.All() {
		s, err := newSources(ins, placed[ins])
		if err != nil {
			return nil, err
		}
		g.sources[ins] = s
	}
	return g, nil
}

func newSources(ins *isa.Instruction, p *isa.Placed) (*sources, error) {
	s := &sources{ins: ins, operand: map[string]operand{}}
	for _, name := range sem.Inputs(ins.Exprs()...) {
		o := operand{field: ins.Encoding.Field(name)}
		base, isIndex := strings.CutSuffix(name, "_index")
		switch n, _ := fmt.Sscanf(name, "x%d", &o.reg); {
		case name == "csr":
			o.kind = fromCSR
		case o.field != nil && o.field.Kind == isa.Register:
			o.kind = fromRegister
		case o.field != nil:
			o.kind = fromImmediate
		case name == "pc":
			o.kind = fromPC
		case name == "load":
			o.kind = fromLoad
		case isIndex && ins.Encoding.Field(base) != nil:
			o.kind, o.field = fromNumber, ins.Encoding.Field(base)
		case n == 1 && o.reg < 32:
			o.kind = fromFixed
		default:
			return nil, fmt.Errorf("%s: the golden evaluation has no operand %q", ins.Name, name)
		}
		s.operand[name] = o
	}
	for i := range ins.Writes {
		w := &ins.Writes[i]
		if w.Kind == isa.DestField && s.ports[0] == nil && p == nil {
			s.ports[0] = w
		}
		s.csr = s.csr || w.Kind == isa.DestCSR
	}
	_, reads := s.operand["csr"]
	s.csr = s.csr || reads
	if p != nil {
		s.ports = p.Results
	}
	return s, nil
}

// Input is an operand of the instruction being executed.
func (g *golden) Input(name string) *big.Int {
	o := g.src.operand[name]
	switch o.kind {
	case fromRegister:
		return big.NewInt(int64(g.x[o.field.Extract(g.word)&31]))
	case fromImmediate:
		return big.NewInt(o.field.Extract(g.word))
	case fromNumber:
		return big.NewInt(o.field.Extract(g.word) & 31)
	case fromFixed:
		return big.NewInt(int64(g.x[o.reg]))
	case fromPC:
		return big.NewInt(int64(g.pc))
	case fromCSR:
		v, _ := g.readCSR()
		return big.NewInt(int64(v))
	}
	l := g.src.ins.Load
	v := big.NewInt(int64(g.read(l.Addr, l.Size)))
	if l.Signed {
		return sem.SignExtend(v, 8*l.Size)
	}
	return v
}

// read is the value at the address that the node gives.
func (g *golden) read(addr *sem.Node, size int) uint32 {
	a := uint32(low32(sem.Eval(addr, g)))
	return g.busWord(a) >> (8 * (a & 3)) & uint32(1<<(8*size)-1)
}

// Element is one entry of a state or table.
func (g *golden) Element(name string, i int) *big.Int {
	if t := g.tables[name]; t != nil {
		return t.Values[i]
	}
	return g.states[name][i]
}

func low32(v *big.Int) uint64 {
	return new(big.Int).And(v, big.NewInt(0xffffffff)).Uint64()
}

// busWord is the aligned word around an address; 0 outside the RAM.
func (g *golden) busWord(addr uint32) uint32 {
	off := uint64((addr - iss.RAMBase) &^ 3)
	if off+4 > uint64(len(g.mem)) {
		return 0
	}
	return binary.LittleEndian.Uint32(g.mem[off:])
}

func (g *golden) csrNumber() uint32 {
	return uint32(g.src.ins.Encoding.Field("csr").Extract(g.word))
}

// readCSR is the CSR that the instruction names, and whether vectors know it.
func (g *golden) readCSR() (uint32, bool) {
	switch n := g.csrNumber(); n {
	case 0x305:
		return g.csr.mtvec, true
	case 0x340:
		return g.csr.mscratch, true
	case 0x341:
		return g.csr.mepc, true
	case 0x342:
		return g.csr.mcause, true
	case 0xf11, 0xf12, 0xf13, 0xf14:
		return 0, true
	}
	return 0, false
}

func (g *golden) writeCSR(v uint32) {
	switch g.csrNumber() {
	case 0x305:
		g.csr.mtvec = v &^ 3
	case 0x340:
		g.csr.mscratch = v
	case 0x341:
		g.csr.mepc = v &^ 3
	case 0x342:
		g.csr.mcause = v & (1<<31 | 15)
	}
}

// at makes the instruction the one whose operands Input gives.
func (g *golden) at(ins *isa.Instruction, word, pc uint32) {
	g.src, g.word, g.pc = g.sources[ins], word, pc
}

// step executes the instruction at pc. The record has neither the cycle nor the
// third operand.
func (g *golden) step(ins *isa.Instruction, word uint32) trace.Record {
	g.at(ins, word, g.pc)
	r := trace.Record{PC: g.pc, Insn: word, Rs1RData: g.x[word>>15&31], Rs2RData: g.x[word>>20&31]}
	if cause := g.execute(&r); cause >= 0 {
		r = trace.Record{PC: r.PC, Insn: word, Rs1RData: r.Rs1RData, Rs2RData: r.Rs2RData, Flags: trace.Trap, NextPC: g.csr.mtvec}
		g.csr.mepc, g.csr.mcause = g.pc, uint32(cause)
	}
	g.pc = r.NextPC
	return r
}

// execute does the instruction and fills the record, or returns the cause of the
// exception that it raises; then nothing has changed.
func (g *golden) execute(r *trace.Record) (cause int) {
	ins := g.src.ins
	if ins.Load != nil && ins.LoadAddr(g)&uint32(ins.Load.Size-1) != 0 {
		return causeLoad
	}
	if g.src.csr {
		if _, known := g.readCSR(); !known {
			return causeIllegal
		}
	}
	e := ins.Execute(g, g.widths)
	if e.Trap >= 0 {
		return e.Trap
	}
	if e.Store != nil && e.Store.Addr&uint32(e.Store.Size-1) != 0 {
		return causeStore
	}
	next, falls := g.pc+4, ins.Loop == nil
	if ins.System == "mret" {
		next, falls = g.csr.mepc, false
	}
	for i := range e.Writes {
		switch w := &e.Writes[i]; {
		case w.Kind == isa.DestPC:
			if next = uint32(w.Value); next&3 != 0 {
				return causeFetch
			}
			falls = next == g.pc+4
		case w.Kind == isa.DestCSR && g.csrNumber()>>10 == 3:
			return causeIllegal
		}
	}
	g.access(r, &e)
	g.write(r, &e)
	if e.HasLoop {
		g.loops[e.LoopLevel&1] = goldenLoop{g.pc + 4, e.LoopEnd &^ 3, e.LoopCount}
	}
	if falls {
		next = g.fallThrough()
	}
	r.NextPC = next
	return -1
}

// fallThrough is where to go on behind the instruction at pc that did not jump:
// the start of a loop that ends there, or pc + 4.
func (g *golden) fallThrough() uint32 {
	for i := range g.loops {
		l := &g.loops[i]
		if l.count == 0 || l.end != g.pc {
			continue
		}
		if l.count--; l.count > 0 {
			return l.start
		}
	}
	return g.pc + 4
}

func (g *golden) access(r *trace.Record, e *isa.Effects) {
	lanes := func(a *isa.MemEffect) (mask uint8, bits uint32) {
		sh := a.Addr & 3
		return uint8(1<<a.Size-1) << sh, uint32(1<<(8*a.Size)-1) << (8 * sh)
	}
	if a := e.Load; a != nil {
		mask, bits := lanes(a)
		r.MemAddr, r.RMask, r.MemRData = a.Addr&^3, mask, g.busWord(a.Addr)&bits
	}
	if a := e.Store; a != nil {
		mask, bits := lanes(a)
		r.MemAddr, r.WMask, r.MemWData = a.Addr&^3, mask, a.Data<<(8*(a.Addr&3))&bits
		if off := uint64(r.MemAddr - iss.RAMBase); off+4 <= uint64(len(g.mem)) {
			binary.LittleEndian.PutUint32(g.mem[off:], g.busWord(a.Addr)&^bits|r.MemWData)
		}
	}
}

// write changes registers, states and the CSR; of two results for one register
// the later write wins, and the record shows both.
func (g *golden) write(r *trace.Record, e *isa.Effects) {
	for i := range e.Writes {
		w := &e.Writes[i]
		switch w.Kind {
		case isa.DestState:
			v := new(big.Int).SetUint64(w.Value)
			if g.decls[w.Name].Signed {
				v = sem.SignExtend(v, g.widths[w.Name])
			}
			g.states[w.Name][w.Element] = v
		case isa.DestCSR:
			g.writeCSR(uint32(w.Value))
		case isa.DestField, isa.DestFixed:
			reg := w.Reg
			if w.Kind == isa.DestField {
				reg = int(g.src.ins.Encoding.Field(w.Name).Extract(g.word) & 31)
			}
			if reg == 0 {
				continue
			}
			g.x[reg] = uint32(w.Value)
			switch w.Write {
			case g.src.ports[0]:
				r.Rd, r.RdWData = uint8(reg), uint32(w.Value)
			case g.src.ports[1]:
				r.Rd2, r.Rd2WData = uint8(reg), uint32(w.Value)
			case g.src.ports[2]:
				r.Rd3, r.Rd3WData = uint8(reg), uint32(w.Value)
			}
		}
	}
}

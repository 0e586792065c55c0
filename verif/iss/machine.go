// Package iss simulates mv32 with any extension, cycle by cycle, from the same
// meanings that the hardware is generated from.
//
// Each instruction of the program is specialised once: its fields and its pc
// become constants, register operands become slots of one register file that
// also holds a unit's state and temporaries. What remains of the meaning is
// compiled to a few uops, and straight runs of instructions become blocks. A
// block knows its cycles beforehand, since at zero wait states every
// instruction of the core takes a fixed number; only the end of a block (a
// branch, a loop end) adds some. There is no table of mnemonics: what a spec
// defines runs.
//
// What runs hot is translated further, from uops to machine code, and must not
// differ from the blocks in anything: see native. Single steps never are.
//
// A store to code is seen after FENCE.I; without it a block that was run
// before may run unchanged, where the hardware would see the new word after a
// few instructions.
package iss

import (
	"errors"
	"fmt"
	"io"
	"unsafe"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
)

// Config is what a Machine is made of.
type Config struct {
	Instructions []*isa.Instruction // base and custom
	States       []*isa.State
	Tables       []*isa.Table
	Extension    bool      // misa shows a non-standard extension
	RAMSize      int       // bytes; 0: DefaultRAMSize
	Timing       *Timing   // nil: DefaultTiming
	Stdout       io.Writer // what the program prints; nil: discarded

	// Raise, if not nil, is asked once for every cycle, in order, whether the
	// external interrupt line goes up at its end. It stays up until a word store
	// to 0x1000000C retires. The blocks' speed is lost.
	Raise func() bool

	Interpret bool // translate nothing: to judge translated code, and to debug it

	MaxCycles       uint64 // 0: no limit
	MaxInstructions uint64 // 0: no limit
}

// Result is the outcome of a run.
type Result struct {
	ExitCode        uint32
	Cycles          uint64 // from reset to the retirement of the last instruction
	Instructions    uint64 // retired
	ROICycles       uint64 // within the region of interest
	ROIInstructions uint64
}

// Machine is one simulated core with its memory and devices.
type Machine struct {
	x        *[slotCount]uint64
	pc       uint32
	cycle    uint64 // in which the instruction at pc comes to X
	instret  uint64 // instructions retired
	deadline uint64 // blocks run only if they end by this cycle
	done     bool
	err      error

	ram     *ram
	used    bool // RAM may hold something
	dev     devices
	csr     csrFile
	loops   *[2]loopLevel
	arrays  [][]uint64
	timing  Timing
	cfg     Config
	symbols *Symbols

	decoder   *isa.Decoder
	templates map[*isa.Instruction]*template
	states    map[string]*stateSlot
	tables    map[string]uint32
	contents  [][]uint64 // of the tables
	constants map[uint64]uint16
	nodes     []*bv.Node // operands of opApply

	blocks  blockTable // straight runs
	singles blockTable // one instruction each, with memory accesses recorded
	ends    map[uint32]bool
	reach   map[uint32]func() // by pc: see OnReach
	past    map[span]Counts   // of blocks that were thrown away
	access  memAccess
	traps   uint64 // exceptions taken; they do not count as retired
	trapped string // the last exception, for the message of a lost program

	native native // translated code

	following bool // time is the RTL's: see Follow
	openCause bool // an interrupt's cause has not been read yet
}

// stateSlot is where a state lives: one slot, or an array.
type stateSlot struct {
	*isa.State
	array  bool
	slot   uint16
	number uint32
}

// New makes a machine in its reset state, with empty memory.
func New(cfg Config) (*Machine, error) {
	if cfg.RAMSize == 0 {
		cfg.RAMSize = DefaultRAMSize
	}
	extra := slotCount + loopWords + counterWords
	for _, s := range cfg.States {
		extra += s.Count
	}
	for _, t := range cfg.Tables {
		extra += len(t.Values)
	}
	mem, err := newRAM(cfg.RAMSize, extra)
	if err != nil {
		return nil, err
	}
	m := &Machine{
		x: (*[slotCount]uint64)(mem.take(slotCount)), ram: mem, cfg: cfg, timing: DefaultTiming(),
		loops:   (*[2]loopLevel)(unsafe.Pointer(&mem.take(loopWords)[0])),
		decoder: isa.NewDecoder(cfg.Instructions), templates: map[*isa.Instruction]*template{},
		states: map[string]*stateSlot{}, tables: map[string]uint32{}, constants: map[uint64]uint16{},
		ends: map[uint32]bool{}, reach: map[uint32]func(){}, past: map[span]Counts{},
	}
	if cfg.Timing != nil {
		m.timing = *cfg.Timing
	}
	m.native = newNative(m)
	return m, m.addMeaning()
}

func (m *Machine) addMeaning() error {
	states := map[string]*isa.State{}
	for _, s := range m.cfg.States {
		states[s.Name] = s
		st := &stateSlot{State: s, array: s.Count > 1, slot: uint16(slotStates + len(m.states)), number: uint32(len(m.arrays))}
		if len(m.states) == slotTemps-slotStates {
			return errors.New("too many states")
		}
		if st.array {
			m.arrays = append(m.arrays, m.ram.take(s.Count))
		}
		m.states[s.Name] = st
	}
	tables := map[string]*isa.Table{}
	for _, t := range m.cfg.Tables {
		tables[t.Name] = t
		m.tables[t.Name] = uint32(len(m.contents))
		values := m.ram.take(len(t.Values))
		for i, v := range t.Values {
			values[i] = lowBits(v) & bv.Mask(t.Bits)
		}
		m.contents = append(m.contents, values)
	}
	for _, ins := range m.cfg.Instructions {
		t, err := newTemplate(ins, states, tables)
		if err != nil {
			return fmt.Errorf("%s: %w", ins.Pos, err)
		}
		t.extra, t.surplus = m.timing.Extra[ins.Name], m.timing.Surplus[ins.Name]
		if t.usesCSR {
			t.extra += m.timing.CSR
		}
		m.templates[ins] = t
	}
	m.Reset()
	return nil
}

// Reset puts the core into its reset state; memory stays as it is, and counts
// start again.
func (m *Machine) Reset() {
	for i := range slotTemps {
		m.x[i] = 0
	}
	for _, s := range m.states {
		v := uint64(0)
		if s.Reset != nil {
			v = lowBits(s.Reset) & bv.Mask(s.Bits)
		}
		if s.array {
			for i := range m.arrays[s.number] {
				m.arrays[s.number][i] = v
			}
		} else {
			m.x[s.slot] = v
		}
	}
	m.pc, m.cycle, m.instret, m.done, m.err, m.trapped = RAMBase, m.timing.First, 0, false, nil, ""
	m.traps, m.following, m.openCause = 0, false, false
	m.dev, m.csr, *m.loops = newDevices(), csrFile{}, [2]loopLevel{}
	m.flush()
	m.native.spent = 0
	m.past = map[span]Counts{}
}

// constant is a slot that always holds v; none is left after some 32,000
// different ones.
func (m *Machine) constant(v uint64) (uint16, bool) {
	if v == 0 {
		return slotRegs, true // x0
	}
	if s, ok := m.constants[v]; ok {
		return s, true
	}
	if len(m.constants) == slotCount-slotConsts {
		return 0, false
	}
	s := uint16(slotConsts + len(m.constants))
	m.constants[v] = s
	m.x[s] = v
	return s, true
}

func (m *Machine) node(n *bv.Node) uint32 {
	m.nodes = append(m.nodes, n)
	return uint32(len(m.nodes) - 1)
}

// Reg is the value of a general register.
func (m *Machine) Reg(n int) uint32 { return uint32(m.x[n&31]) }

// SetReg changes a general register, except x0.
func (m *Machine) SetReg(n int, v uint32) {
	if n&31 != 0 {
		m.x[n&31] = uint64(v)
	}
}

// PC is the address of the next instruction.
func (m *Machine) PC() uint32 { return m.pc }

// State is element i of a unit's state, zero-extended.
func (m *Machine) State(name string, i int) (uint64, bool) {
	s := m.states[name]
	switch {
	case s == nil || i < 0 || i >= max(s.Count, 1):
		return 0, false
	case s.array:
		return m.arrays[s.number][i], true
	}
	return m.x[s.slot], true
}

// Done reports whether the program has ended by its exit store.
func (m *Machine) Done() bool { return m.done }

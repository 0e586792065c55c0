// Package isa is the intermediate representation that everything but the spec
// reader works on: extensions, their instructions and state, and the designs
// that select among them. It is plain data; gen/spec fills it, gen/pass
// completes it, and the emitters and judges read it.
package isa

import (
	"fmt"
	"math/big"
	"math/bits"

	"marvelgen/gen/sem"
)

// Pos is a stretch of a spec file, for messages. Lines and columns count from
// 1, bytes from 0; the end is exclusive.
type Pos struct {
	File                     string
	Line, Col, Byte          int
	EndLine, EndCol, EndByte int
}

func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// Problem is something wrong in a spec that its author can mend.
type Problem struct {
	Pos     Pos
	Summary string
	Detail  string
}

func (p Problem) Error() string { return fmt.Sprintf("%s: %s; %s", p.Pos, p.Summary, p.Detail) }

// Spec is one whole spec file.
type Spec struct {
	Name     string // identifier; names the build directory, modules and files
	Title    string
	Source   string
	File     string
	SHA256   string   // of the spec file's bytes, and of those of the files it uses
	Prefix   string   // mnemonic prefix without the dot, "mv"
	Uses     []string // the names of specs that instructions were taken from
	Exts     []*Instruction
	States   []*State
	Tables   []*Table
	Units    []*Unit
	Designs  []*Design
	Kernels  []*Kernel
	Programs []*Program
	Networks []*Network
	Targets  []*Target
	Core     Core
	Verify   Verify
}

// Core is the options of the core that all designs of a spec share.
type Core struct {
	RAMKiB int // of the FPGA top
}

// Instruction is one instruction: its encoding and its meaning.
type Instruction struct {
	Name     string // identifier
	Summary  string
	Source   string // where the instruction comes from: paper, manual section
	Assembly string // "mv.mac rd, rs1, rs2"; Mnemonic and Operands are its parts
	Mnemonic string
	Operands []Operand
	Encoding Encoding
	Pos      Pos

	Lets     []Let
	Writes   []Write // simultaneous; where two name one register the last wins
	Load     *Access // the one load of a meaning that uses OpInput "load"
	Store    *Access
	Loop     *Loop  // zero-overhead loop set-up
	Trap     *Trap  // raised instead of everything else
	System   string // "mret", "wfi", "fence", "fence_i": an effect outside the meaning language
	Examples []Example
	Accuracy []*Accuracy // what it approximates, and how well

	Unit *Unit // filled by pass.ScheduleUnits for custom instructions
}

// Operand is one operand of the assembly text: the name of a field, possibly
// written as an address "imm(rs1)".
type Operand struct {
	Field string
	Base  string // not empty: printed as Field(Base), or (Base) where Field is ""
}

// Encoding is how an instruction is told from others and where its fields lie.
type Encoding struct {
	Format  string // "R", "I", …, "custom"; for documentation
	Mask    uint32 // the bits that identify the instruction
	Match   uint32 // their values
	Fields  []Field
	Invalid bool // problems were reported; there is no more to find out
	Pos     Pos
}

// FieldKind says what a field's bits stand for.
type FieldKind uint8

// Kinds of fields.
const (
	Immediate FieldKind = iota
	Register            // the number of a general register
)

// Field is a named value spread over the instruction word.
type Field struct {
	Name   string
	Kind   FieldKind
	Signed bool
	Shift  int     // the value is scaled by 2^Shift (branch offsets are multiples of 2)
	Pieces []Piece // most significant first
}

// Piece is bits Hi..Lo of the instruction word.
type Piece struct{ Hi, Lo int }

// Let is a named intermediate value or list of values.
type Let struct {
	Name   string
	List   bool
	Values []*sem.Node
	Pos    Pos
}

// DestKind says what a write changes.
type DestKind uint8

// Destinations.
const (
	DestField DestKind = iota // the register named by the field Name
	DestFixed                 // register Index
	DestPC                    // the next pc
	DestState                 // element Index (or IndexBy) of the state Name
	DestCSR                   // the CSR addressed by the field "csr"
)

// Write is one destination and its new value. Value is taken modulo the
// destination's width. When, if not nil, is a condition under which it happens.
type Write struct {
	Kind  DestKind
	Name  string
	Reg   int       // DestFixed
	Index *sem.Node // DestState
	Value *sem.Node
	When  *sem.Node
	Pos   Pos
}

// Access is the one memory access of an instruction.
type Access struct {
	Addr   *sem.Node // modulo 2^32
	Size   int       // bytes: 1, 2 or 4
	Signed bool      // a load: sign-extended
	Data   *sem.Node // a store
	Pos    Pos
}

// Loop is a zero-overhead loop set-up: the body starts at pc + 4 and ends with
// the instruction at End.
type Loop struct {
	Level *sem.Node // 0 inner, 1 outer
	Count *sem.Node
	End   *sem.Node
	Pos   Pos
}

// Trap is an exception that the meaning raises.
type Trap struct {
	Cause int
	When  *sem.Node // nil: always
}

// Example is one hand-written case.
type Example struct {
	Given  []Binding
	Expect []Binding
	Pos    Pos
}

// Binding is a name (rs1, rd, imm, pc, addr, data, load, acc[2] …) and a value.
type Binding struct {
	Name  string
	Value *big.Int
	Pos   Pos
}

// State is a register (Count 1) or a small memory private to a unit.
type State struct {
	Name   string
	Bits   int
	Signed bool
	Count  int
	Reset  *big.Int
	RAM    bool  // kept in a synchronous RAM: written in X, its data read in W
	DSP    bool  // kept in the output register of a DSP slice that computes it (package slice)
	Stage  Stage // filled by pass.ScheduleUnits; X for a RAM, whose contents change there
	Pos    Pos
}

// IndexBits is the width of an index of the state's elements, never less than 1.
func (s *State) IndexBits() int { return max(1, bits.Len(uint(s.Count-1))) }

// Range is the range of the state's elements.
func (s *State) Range() sem.Range {
	if s.Signed {
		return sem.Signed(s.Bits)
	}
	return sem.Unsigned(s.Bits)
}

// Table is read-only contents.
type Table struct {
	Name   string
	Bits   int
	Signed bool
	Values []*big.Int
	Pos    Pos
}

// Stage is a pipeline stage of the core.
type Stage uint8

// Stages in which a unit computes or owns state.
const (
	StageX Stage = iota
	StageW
)

func (s Stage) String() string { return [...]string{"X", "W"}[s] }

// Unit is the hardware that a group of instructions shares.
type Unit struct {
	Name         string
	Summary      string
	Instructions []string
	Latency      int    // cycles in X; 1 unless multi-cycle
	Pipeline     string // where the meaning is computed: "x", "w", "split" or "auto"
	Apart        bool   // a module of its own in synthesis
	Pos          Pos
}

// Design is one core to build: which instructions it has, and its options.
type Design struct {
	Name         string
	Summary      string
	Instructions []string
	WritePorts   int      // 0: as many as the instructions have results
	PortsForced  bool     // WritePorts comes from the command line
	Kernels      []Header // put kernels for networks in place, included in this order
	Real         bool     // the kernels are those of networks in float32
	Pos          Pos
}

// Header is a C header that a spec names, relative to the spec or shipped.
type Header struct {
	Path string
	Pos  Pos
}

// Kernel is the profiled hot spot that a spec serves; documentation only.
type Kernel struct {
	Name, Summary, Source string
	Share                 float64 // of the cycles, 0 to 1
	Pos                   Pos
}

// Program is something to run on every design.
type Program struct {
	Name     string
	Summary  string
	Sources  []string // C or assembly files, relative to the spec or shipped
	Variants []Variant
	MACs     int64
	Golden   string // the verif/golden kernel that makes data.h, or ""
	Compiler string // "clang" or "gcc"
	Opt      string
	LibC     bool
	Pos      Pos
}

// Variant is one way to compile a Program.
type Variant struct {
	Name    string
	Defines []string
	Needs   []string // instructions a design must have
	Adapts  bool     // the source uses whatever instructions the design has
	Pos     Pos
}

// Portable reports whether the variant is plain C. Speed-ups are quoted against
// the best portable variant on the first design.
func (v *Variant) Portable() bool { return len(v.Needs) == 0 && !v.Adapts }

// Network is a trained network to run on every design.
type Network struct {
	Name     string
	Summary  string
	Model    string // file, relative to the spec or shipped
	Input    string // the same; "": seeded random elements
	Samples  int
	RTL      bool // run on the RTL, not on the simulator alone
	Compiler string
	Opt      string
	Pos      Pos
}

// Target is a device and the flows to run for it.
type Target struct {
	Name     string
	Part     string
	ClockMHz float64
	Pos      Pos
}

// Verify sets the depth of verification.
type Verify struct {
	Vectors int
	Seed    uint64
	Pos     Pos
}

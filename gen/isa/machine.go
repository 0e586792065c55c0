package isa

// Machine is one design made concrete: the base ISA plus the design's
// instructions, placed in the core's pipeline. pass.Resolve builds it.
type Machine struct {
	Spec   *Spec
	Design *Design
	Base   []*Instruction
	Exts   []*Placed // in spec order
	Units  []*PlacedUnit
	States []*State
	Tables []*Table
	Socket Socket
}

// Socket is the parameters of mv32_core that the design needs.
type Socket struct {
	Present  bool
	RS3      bool   // a third register read
	Results  int    // most results of one instruction, 0 to 3
	WPorts   int    // register file write ports
	Pins     [3]int // fixed registers kept in flip-flops; result 2 goes to Pins[0]
	Mem      bool   // an instruction accesses memory
	Store    bool   // and writes it
	Loops    int    // hardware loop levels
	LoopBits int    // width of the loop counters
}

// Placed is one custom instruction with its place in the socket.
type Placed struct {
	*Instruction
	Unit    *PlacedUnit
	RS3     string    // the register field read through the third port, or ""
	Copy    bool      // RS3 is rs1 or rs2, which result 0 reads through the third port as well
	Results [3]*Write // by result port; 2 is the pinned register
	// ReadsW: the meaning needs something that exists in stage W only (the loaded
	// word, a state owned by W, the pinned result register).
	ReadsW bool
}

// PlacedUnit is one unit with its instructions.
type PlacedUnit struct {
	Name         string
	Summary      string
	Pipeline     string // "x", "w" or "split"
	Latency      int
	Apart        bool
	Instructions []*Placed
	States       []*State // owned by the unit
	Tables       []*Table
}

// All is the base instructions followed by the design's own.
func (m *Machine) All() []*Instruction {
	out := append([]*Instruction(nil), m.Base...)
	for _, p := range m.Exts {
		out = append(out, p.Instruction)
	}
	return out
}

// Name is the prefix of the design's modules and files: spec_design.
func (m *Machine) Name() string { return m.Spec.Name + "_" + m.Design.Name }

// StateWidths is the element width of each state, as Execute wants it.
func (s *Spec) StateWidths() map[string]int {
	w := map[string]int{}
	for _, st := range s.States {
		w[st.Name] = st.Bits
	}
	return w
}

package iss

// Timing is the cycle table of the core at zero wait states, in cycles beyond
// the one that every instruction takes. rtl/README.md documents the same table
// and the lockstep tests hold the two together.
type Timing struct {
	Mispredict int // conditional branch: backward predicted taken, forward not taken
	Indirect   int // jump to an address that is not known before X (JALR)
	Exception  int // exception entry, counted on the instruction that traps
	Interrupt  int // interrupt entry: the replaced instruction's cycle and the bubble behind it
	Return     int // MRET
	FenceI     int // FENCE.I refetches
	LoopSetup  int // set-up of a zero-overhead loop
	CSR        int // CSR access: read in its first cycle in X, written in its last

	// Extra holds the further cycles that an instruction takes in X, and Surplus
	// those that its results take in W, by instruction name. One that raises an
	// exception has no results.
	Extra, Surplus map[string]int

	First  uint64 // cycle in which the first instruction is in X
	Retire uint64 // from an instruction's last cycle in X to its retirement
}

// DefaultTiming is the table of the base core.
func DefaultTiming() Timing {
	return Timing{
		Mispredict: 1,
		Indirect:   1,
		Exception:  1,
		Interrupt:  2,
		Return:     1,
		FenceI:     1,
		LoopSetup:  1,
		CSR:        1,
		Extra:      map[string]int{"div": 35, "divu": 35, "rem": 35, "remu": 35},
		Surplus:    map[string]int{},
		First:      2,
		Retire:     1,
	}
}

package cc

import "marvelgen/gen/isa"

// regs is a set of general registers; x0 is never in it.
type regs uint32

const allRegs = ^regs(1)

// Sets of the calling convention (RISC-V ELF psABI, integer registers). Where
// it is not known to be kept to, a call is taken to leave every register alone: gcc's
// -fipa-ra keeps values in registers that it knows a function does not touch.
var (
	callReads   = set("sp", "gp", "tp", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7")
	returnReads = set("ra", "sp", "gp", "tp", "a0", "a1", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11")
	calleeSaved = set("s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11")
)

// builtin lists functions that compilers call by themselves, in freestanding programs,
// too, so that their three arguments are known.
var (
	builtin      = []string{"memcpy", "memmove", "memset", "memcmp"}
	builtinReads = set("sp", "gp", "tp", "a0", "a1", "a2")
)

func bit(r int) regs { return 1 << r &^ 1 }

func (s regs) has(r int) bool { return s>>r&1 != 0 }

func set(names ...string) regs {
	var s regs
	for _, n := range names {
		r, _ := isa.RegNumber(n)
		s |= bit(r)
	}
	return s
}

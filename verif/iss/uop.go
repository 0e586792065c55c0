package iss

// A uop is one step of the simulator's own register machine. Its registers are
// "slots" of 64 bits that hold zero-extended vectors; the program's registers,
// a unit's scalar state, temporaries and constants all are slots, so that one
// operation serves every mixture of operands.
type uop struct {
	code       opcode
	d, a, b, c uint16 // slots, unless the opcode says otherwise
	imm        uint32
}

// The slot file. Its length is the range of a slot number, so that the compiler
// needs no bounds check.
const (
	slotRegs   = 0       // x0 to x31; slot 0 is never written
	slotStates = 32      // scalar states
	slotTemps  = 1 << 14 // temporaries of one instruction
	slotConsts = 1 << 15 // shared constants
	slotCount  = 1 << 16
)

type opcode uint16

const (
	opMove  opcode = iota // d = a
	opConst               // d = imm | a<<32 | b<<48: when all constant slots are taken
	opAdd32
	opSub32
	opMul32
	opMulAdd32 // slot imm = a * b, then d = c + that; the next uop, its sum, is skipped
	opAdd64
	opSub64
	opMul64
	opAnd
	opOr
	opXor
	opShl32 // amounts modulo 32, as their width guarantees
	opShr32
	opSar32
	opShl64 // any amount
	opShr64
	opSar64
	opEq
	opLtU
	opLtS32
	opLtS64
	opMux     // a ? b : c
	opExtract // (a >> b) & mask(c)
	opSext    // a from b to c bits
	opSext8   // to 32 bits
	opSext16
	opSext32 // to 64 bits
	opQuoU32
	opQuoS32
	opRemU32
	opRemS32
	opApply // the bv node number imm on a, b
	opTable // element a of table imm
	opRead  // element a of array imm
	opWrite // element a of array imm = b if c

	// Memory. The address is a + imm less the RAM's base.
	opLB
	opLBU
	opLH
	opLHU
	opLW
	opSB // data b
	opSH
	opSW
	opLoad  // by the slow path, which keeps a record; c as loadKind
	opStore // likewise; c bytes

	// Steps that may end the block early.
	opCheckPC    // misaligned jump target a
	opCheckStore // misaligned store to a + imm of c bytes
	opTrapIf     // exception c with mtval imm if a
	opCSRRead    // d = CSR imm, illegal when absent or c (written) and read-only; only at the end of a block
	opCSRWrite   // CSR imm = a if b

	// Ends of a block.
	opEnd // fall through
	opBeq // compare a, b
	opBne
	opBltU
	opBgeU
	opBltS // of 32 bits
	opBgeS
	opJump
	opJumpTo // address in a
	opTrap   // exception c with mtval imm
	opMRet
	opFenceI
	opLoopSet // level c, count a, end b
)

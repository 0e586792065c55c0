// Instructions of the test extension (mv32_test_ext.v).
.macro ldot rs1, rs2
  .insn r 0x0b, 0, 0, x0, \rs1, \rs2
.endm
.macro ldotp rd, rs2
  .insn r 0x0b, 1, 0, \rd, x0, \rs2
.endm
.macro rdacc rd
  .insn r 0x0b, 2, 0, \rd, x0, x0
.endm
.macro mac3 rd, rs1, rs2
  .insn r 0x0b, 3, 0, \rd, \rs1, \rs2
.endm
// i is given as a register name, xI
.macro fmac rs1, rs2, i, j
  .insn r 0x0b, 4, \j, \i, \rs1, \rs2
.endm
// level is given as x0 or x1; the body is the \n instructions that follow
.macro loop level, count, n
  .insn i 0x0b, 5, \level, \count, \n
.endm
.macro slow rd, rs1, n
  .insn r 0x0b, 6, 0, \rd, \rs1, \n
.endm
.macro setp rs1
  .insn r 0x0b, 7, 0, x0, \rs1, x0
.endm
.macro stp rs1, rs2
  .insn r 0x0b, 7, 1, x0, \rs1, \rs2
.endm
.macro add2 rs1, rs2, i
  .insn r 0x0b, 7, 2, \i, \rs1, \rs2
.endm

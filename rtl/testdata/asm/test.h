// Macros of the self-checking programs. A program ends with exit code 0, or with the number of the failed check (gp).
.equ IO, 0x10000000

.macro begin
  .option norelax
  .globl _start
_start:
  li gp, 1
.endm

// Fails unless reg holds the value. Clobbers t6.
.macro check reg, value
  li t6, \value
  bne \reg, t6, fail
  addi gp, gp, 1
.endm

// Fails unless both registers are equal.
.macro same reg, other
  bne \reg, \other, fail
  addi gp, gp, 1
.endm

// begins ... takes n: what stands between must take n cycles. The 2 are the first csrr's. Not checked under wait states.
.macro begins
  csrr s0, mcycle
.endm
.macro takes n
  csrr s1, mcycle
  sub s1, s1, s0
#ifndef WAITS
  check s1, 2 + \n
#endif
.endm

.macro finish
  li gp, 0
fail:
  li t6, IO
  sw gp, 4(t6)
1:
  j 1b
.endm

// Zero-overhead loops: trip counts, one-instruction bodies, nesting, common ends, branches and traps at and over the end,
// interrupts inside, exact cycles.
#include "test.h"
#include "ext.h"

begin
  // trip counts 0 (once), 1, 2, 3, 4, 5; bodies of one and of several instructions
  .irp n, 0, 1, 2, 3, 4, 5, 9
  .if \n == 0
  .equ trips, 1
  .else
  .equ trips, \n
  .endif
  li a0, 0
  li a1, \n
  begins
  loop x0, a1, 1
1:
  addi a0, a0, 1
  takes 2 + trips
  check a0, trips
  li a0, 0
  begins
  loop x1, a1, 3
  addi a0, a0, 1
  nop
1:
  addi a0, a0, 2
  takes 2 + 3 * trips
  check a0, 3 * trips
  .endr

  // nested, and left inactive afterwards
  li a0, 0
  li a1, 5
  li a2, 4
  begins
  loop x1, a1, 4
  loop x0, a2, 2
  addi a0, a0, 1
1:
  addi a0, a0, 1
2:
  addi a0, a0, 100
  takes 2 + 5 * (2 + 8 + 1)
  check a0, 540
  // both ends on one instruction
  li a0, 0
  begins
  loop x1, a1, 3
  loop x0, a2, 2
  addi a0, a0, 1
1:
  addi a0, a0, 1
  takes 2 + 5 * (2 + 8)
  check a0, 40
  // the same with a one-instruction inner body
  li a0, 0
  begins
  loop x1, a1, 2
  loop x0, a2, 1
1:
  addi a0, a0, 1
  takes 2 + 5 * (2 + 4)
  check a0, 20
  // adjacent ends, inner body of one instruction
  li a0, 0
  begins
  loop x1, a1, 3
  loop x0, a2, 1
1:
  addi a0, a0, 1
2:
  addi a0, a0, 100
  takes 2 + 5 * (2 + 4 + 1)
  check a0, 520
  // inner trips of one
  li a0, 0
  li a2, 1
  begins
  loop x1, a1, 2
  loop x0, a2, 1
1:
  addi a0, a0, 1
  takes 2 + 5 * (2 + 1)
  check a0, 5
  // level 1 set up inside the body of level 0: it is looked at only when level 0 is done
  li a1, 3
  li a2, 2
  li a0, 0
  loop x0, a2, 2
  loop x1, a1, 1
1:
  addi a0, a0, 1
  check a0, 4

  // counts that need all bits of the test
  .irp n, 6, 7, 8, 255, 256, 257
  li a0, 0
  li a1, \n
  begins
  loop x0, a1, 1
1:
  addi a0, a0, 1
  takes 2 + \n
  check a0, \n
  .endr

  // a forward branch at the end: not taken goes round, taken leaves the loop as it is
  li a0, 0
  li a1, 10
  li a2, 4
  li a5, 0
  begins
  loop x0, a1, 2
  addi a0, a0, 1
1:
  beq a0, a2, 2f
  bnez a5, 3f
  j fail
2:
  takes 2 + 8 + 1
  check a0, 4
  // still active with 7 trips to go: at its end again, it goes on
  li a2, -1
  li a5, 1
  j 1b
3:
  check a0, 10

  // a backward branch at the end, predicted taken: falls through to the start of the loop
  li a0, 0
  li a1, 3
  li a3, 0
  j 4f
3:
  addi a3, a3, 1
  j 5f
4:
  loop x0, a1, 3
5:
  addi a0, a0, 1
  andi a5, a0, 1
1:
  bnez a5, 3b
  // a0 odd: taken to 3, comes back to 5 without a count; even: one trip done
  check a0, 6
  check a3, 3

  // jal, jalr at the end: no trip
  li a0, 0
  li a1, 2
  loop x0, a1, 2
  addi a0, a0, 1
1:
  j 2f
2:
  check a0, 1
  // the level is still active, but its end is not reached again

  // a trap at the end: the handler skips it, no trip; a trap inside
  la t0, handler
  csrw mtvec, t0
  li a0, 0
  li a1, 4
  li s8, 0
  loop x0, a1, 3
  addi a0, a0, 1
  ecall
1:
  addi a0, a0, 1
  check a0, 8
  check s8, 4
  li a0, 0
  loop x0, a1, 2
  addi a0, a0, 1
1:
  ecall
  check a0, 1
  check s8, 5

  // other things at the end: load, multiply, divide, CSR, fence.i, three results, multi-cycle
  la a4, data
  li a1, 3
  .irp op, "lw a3, 0(a4)", "mul a3, a1, a1", "div a3, a1, a1", "csrr a3, mcycle", "fence.i", "slow a3, a0, x2"
  li a0, 0
  loop x0, a1, 2
  addi a0, a0, 1
1:
  \op
  check a0, 3
  .endr
  li a0, 0
  li a2, 0
  li x20, 0
  li x21, 2
  li x22, 3
  loop x0, a1, 1
1:
  fmac a0, a2, x1, 2
  check a0, 3
  check a2, 6
  check x20, 18
  li a0, 0
  loop x0, a1, 1
1:
  fence.i
  begins
  loop x0, a1, 1
1:
  slow a0, a0, x2
  takes 2 + 9
  check a0, 3

  // interrupts at every phase of nested loops
  li t0, 0x80
  csrw mie, t0
  csrsi mstatus, 8
  li s9, 0x02004000
  li s10, 0x0200bff8
  sw x0, 4(s9)
  li s7, 0
  li s8, 0
again:
  li a0, 0
  li a1, 4
  li a2, 3
  lw t1, 0(s10)
  add t1, t1, s7
  sw t1, 0(s9)
  loop x1, a1, 4
  loop x0, a2, 1
1:
  addi a0, a0, 1
  slow a3, a0, x1
2:
  addi a0, a0, 10
  check a0, 52
  addi s7, s7, 1
  li t0, 45
  bne s7, t0, again
  check s8, 45
  finish

// ecall: skips it. Interrupt: disarms the timer.
handler:
  addi s8, s8, 1
  csrr s2, mcause
  bltz s2, 1f
  csrr s2, mepc
  addi s2, s2, 4
  csrw mepc, s2
  mret
1:
  li t0, -1
  sw t0, 0(s9)
  mret

.balign 4
data:
  .word 1

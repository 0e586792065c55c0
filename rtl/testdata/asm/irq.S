// Timer interrupt: entry, mask, return; that a multi-cycle instruction under way is finished and none is lost.
#include "test.h"
.equ MTIMECMP, 0x02004000
.equ MTIME, 0x0200bff8

begin
  la t0, handler
  csrw mtvec, t0
  li s9, MTIMECMP
  li s10, MTIME
  li s8, 0                  // interrupts seen
  sw x0, 4(s9)

  // pending but masked, at both masks
  sw x0, 0(s9)
  nop
  nop
  csrr a0, mip
  check a0, 0x80
  csrsi mstatus, 8
  nop
  check s8, 0
  csrci mstatus, 8
  li a0, 0x80
  csrw mie, a0
  nop
  check s8, 0
  csrsi mstatus, 8          // taken before the next instruction
  check s8, 1
  check s1, 0x80000007
  check s2, 0
  check s4, 0x1880

  // interrupts at every phase of a loop with a divider, loads and branches: its result must not suffer
  la s0, buffer
  li s7, 1                  // delay
next:
  li a1, 0                  // sum
  li a2, 12                 // trips
  lw t1, 0(s10)
  add t1, t1, s7
  sw t1, 0(s9)              // fires s7 cycles after the load of mtime
0:
  mul a3, a2, a2
  sw a3, 0(s0)
  lw a4, 0(s0)
  div a5, a4, a2
  add a1, a1, a5
  andi a6, a2, 1
  beqz a6, 1f
  addi a1, a1, 1
1:
  addi a2, a2, -1
  bnez a2, 0b
  check a1, 84
  addi s7, s7, 1
  li t0, 90
  bne s7, t0, next
  check s8, 90

#ifdef EXTERNAL
  // external interrupts come at random; each must be taken once and acknowledged
  li a0, 0x800
  csrw mie, a0
  li s8, 0
  li s7, 20
1:
  div a1, s7, s8
  bltu s8, s7, 1b
  check s1, 0x8000000b
#endif
  finish

handler:
  csrr s1, mcause
  csrr s2, mtval
  csrr s4, mstatus
  csrr s5, mepc
  addi s8, s8, 1
  div s6, s5, s8
  mul s6, s6, s8
  rem s11, s5, s8
  add s6, s6, s11
  bne s6, s5, fail          // a divider of the interrupted program must not show here
  andi s6, s5, 3            // mepc is the instruction that did not run
  bnez s6, fail
  li t0, -1
  sw t0, 0(s9)
  li t0, IO
  sw x0, 12(t0)
  nop
  nop
  mret

.balign 4
buffer:
  .word 0

// Results used at every distance, from every kind of producer, by every kind of consumer.
#include "test.h"

// a0 is set by the producer \op; then \n unrelated instructions; then consumers of both operand ports
.macro producers n
  li a1, 6
  li a2, 7
  la s0, word
  li a0, 0
  add a0, a1, a2
  .rept \n
  nop
  .endr
  add a3, a0, x0
  check a3, 13
  li a0, 0
  lw a0, 0(s0)
  .rept \n
  nop
  .endr
  add a3, x0, a0
  check a3, 0x8000fff0
  li a0, 0
  lb a0, 1(s0)
  .rept \n
  nop
  .endr
  sub a3, a0, a0
  check a3, 0
  check a0, -1
  li a0, 0
  mul a0, a1, a2
  .rept \n
  nop
  .endr
  add a3, a0, a0
  check a3, 84
  li a0, 1
  mulh a0, a1, a2
  .rept \n
  nop
  .endr
  add a3, a0, a2
  check a3, 7
  li a0, 0
  sll a0, a1, a2
  .rept \n
  nop
  .endr
  srl a3, a0, a2
  check a3, 6
  li a0, 0
  div a0, a2, a1
  .rept \n
  nop
  .endr
  add a3, a0, a1
  check a3, 7
  csrw mscratch, a2
  csrr a0, mscratch
  .rept \n
  nop
  .endr
  add a3, a0, a1
  check a3, 13
  jal a0, 1f
0:
1:
  .rept \n
  nop
  .endr
  add a3, x0, a0
  la a4, 0b
  same a3, a4
  // store data and store address
  la s1, scratch - 12
  addi s1, s1, 12
  .rept \n
  nop
  .endr
  sw a1, 0(s1)
  addi a0, a1, 5
  .rept \n
  nop
  .endr
  sw a0, 4(s1)
  lw a3, 4(s1)
  .rept \n
  nop
  .endr
  sw a3, 0(s1)
  lw a3, 0(s1)
  check a3, 11
  // branch and jalr
  lw a0, 0(s1)
  .rept \n
  nop
  .endr
  beq a0, a3, 1f
  j fail
1:
  lw a0, 4(s0)
  .rept \n
  nop
  .endr
  jalr a0, 8(a0)
back\n:
  j fail
  nop
  // two writes of one register: the later one counts
  li a0, 1
  mul a0, a1, a2
  li a0, 3
  .rept \n
  nop
  .endr
  add a3, a0, x0
  check a3, 3
  li a0, 3
  lw a0, 0(s1)
  .rept \n
  nop
  .endr
  add a3, a0, x0
  check a3, 11
  // x0 is never bypassed
  addi x0, a1, 5
  .rept \n
  nop
  .endr
  add a3, x0, a1
  check a3, 6
  lw x0, 0(s1)
  .rept \n
  nop
  .endr
  add a3, x0, x0
  check a3, 0
.endm

begin
  la t0, back0
  la t1, word
  sw t0, 4(t1)
  producers 0
  la t0, back1
  la t1, word
  sw t0, 4(t1)
  producers 1
  la t0, back2
  la t1, word
  sw t0, 4(t1)
  producers 2
  la t0, back3
  la t1, word
  sw t0, 4(t1)
  producers 3

  // registers whose numbers differ in one bit
  li x26, 1
  li x2, 2
  li x8, 3
  li x14, 4
  li x11, 5
  li x10, 6
  add a2, x26, x2
  check a2, 3
  li x10, 7
  add a2, x8, x14
  check a2, 7
  li x10, 8
  add a2, x11, x26
  check a2, 6
  li x10, 9
  add a2, x2, x10
  check a2, 11
  li x10, 9
  add a2, x26, x26
  check a2, 2

  // a divider whose operands come from the instruction before, and chained dividers
  li a0, -100
  li a1, 7
  div a2, a0, a1
  rem a3, a0, a1
  div a4, a2, a3
  check a2, -14
  check a3, -2
  check a4, 7
  finish

.balign 4
word:
  .word 0x8000fff0, 0
scratch:
  .word 0, 0

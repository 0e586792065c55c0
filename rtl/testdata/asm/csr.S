// Control and status registers: reset values, every access form, hardwired fields, counters.
#include "test.h"

// writes each bit alone, and all others: those of mask are kept, those of always are set. Leaves 0.
.macro walks csr, mask, always
  li s0, 1
  li s2, \mask
  li s3, \always
1:
  .rept 2
  csrw \csr, s0
  csrr a0, \csr
  and a1, s0, s2
  or a1, a1, s3
  same a0, a1
  not s0, s0
  .endr
  slli s0, s0, 1
  bnez s0, 1b
  csrw \csr, x0
.endm

begin
  csrr a0, mstatus
  check a0, 0x1800
  csrr a0, misa
  check a0, MISA
  csrr a0, mie
  check a0, 0
  csrr a0, mip
  check a0, 0
  csrr a0, mtvec
  check a0, 0
  csrr a0, mhartid
  check a0, 0
  csrr a0, mvendorid
  check a0, 0
  csrr a0, marchid
  check a0, 0
  csrr a0, mimpid
  check a0, 0

  // forms
  li a1, 0xf0f0f0f0
  li a2, 0x0ff00ff0
  csrrw a0, mscratch, a1
  check a0, 0
  csrrs a0, mscratch, a2
  check a0, 0xf0f0f0f0
  csrrc a0, mscratch, a1
  check a0, 0xfff0fff0
  csrrwi a0, mscratch, 21
  check a0, 0x0f000f00
  csrrsi a0, mscratch, 10
  check a0, 21
  csrrci a0, mscratch, 3
  check a0, 31
  csrrs a0, mscratch, x0
  check a0, 28
  csrrci a0, mscratch, 0
  check a0, 28
  csrrw x0, mscratch, a1
  csrrw a1, mscratch, a1
  check a1, 0xf0f0f0f0

  // fields
  li a1, -1
  csrw mstatus, a1
  csrr a0, mstatus
  check a0, 0x1888
  csrw mstatus, x0
  csrr a0, mstatus
  check a0, 0x1800
  csrw mie, a1
  csrr a0, mie
  check a0, 0x888
  csrw mie, x0
  csrw mip, a1
  csrr a0, mip
  check a0, 0
  csrw misa, x0
  csrr a0, misa
  check a0, MISA
  csrw mtvec, a1
  csrr a0, mtvec
  check a0, 0xfffffffc
  csrw mepc, a1
  csrr a0, mepc
  check a0, 0xfffffffc
  csrw mcause, a1
  csrr a0, mcause
  check a0, 0x8000000f
  csrw mtval, a1
  csrr a0, mtval
  check a0, -1
  walks mstatus, 0x88, 0x1800
  walks mie, 0x888, 0
  walks mtvec, 0xfffffffc, 0
  walks mscratch, 0xffffffff, 0
  walks mepc, 0xfffffffc, 0
  walks mcause, 0x8000000f, 0
  walks mtval, 0xffffffff, 0

  // counters: mcycle and its shadow, writable halves, carry between them
#ifndef WAITS
  csrr a0, mcycle
  csrr a1, cycle
  sub a1, a1, a0
  check a1, 2
  csrr a0, time
  csrr a1, mcycle
  sub a1, a1, a0
  check a1, 2
  li a0, 5
  csrw mcycleh, a0
  li a1, -4
  csrw mcycle, a1
  csrr a0, mcycleh
  csrr a2, mcycle
  csrr a3, cycleh
  check a0, 5
  check a2, -2
  check a3, 6
#endif
  csrr a0, minstret
  csrr a1, instret
  sub a1, a1, a0
  check a1, 1
  li a0, 9
  csrw minstreth, a0
  li a1, -1
  csrw minstret, a1
  csrr a0, minstret
  csrr a2, minstreth
  csrr a3, instreth
  check a0, -1
  check a2, 10
  check a3, 10
  csrr a0, timeh
  check a0, 0
  csrr a0, instret
  nop
  jal 1f
1:
  csrr a1, instret
  sub a1, a1, a0
  check a1, 3
  finish

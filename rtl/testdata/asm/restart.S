// A reset in the middle of everything: the first run, told by a flag in memory, fills all state and is busy until it is
// cut off; the second one checks what the reset has left.
#include "test.h"
.equ MTIMECMP, 0x02004000

begin
  csrr x6, mip              // x5, x6, x7, x30 and x31 are not checked
  lw x7, flag
  bnez x7, second

  // known values in the registers, and in all other state
  .irp reg, 1, 2, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
  li x\reg, 0x01234567 * \reg
  .endr
  li x5, -1
  .irp csr, mtvec, mscratch, mepc, mcause, mtval, mie, mcycleh, minstreth
  csrw \csr, x5
  .endr
  csrwi mstatus, 0
  csrrsi x0, mstatus, 8
  li x5, 0x80
  csrw mstatus, x5          // MPIE
  la x31, flag
  sw x31, 0(x31)
  li x5, MTIMECMP
  sw x0, 0(x5)
  sw x0, 4(x5)              // the timer is pending
1:
  div x5, x31, x7
  csrrw x5, mscratch, x31
  mulhu x5, x31, x31
  sw x5, 4(x31)
  lb x5, 5(x31)
  srai x5, x5, 1
  lh x30, 6(x31)
  rem x30, x5, x30
  li x5, IO
  .rept 12                  // not one of these may be printed once more
  sb x31, 0(x5)
  .endr
  bnez x31, 1b

second:
  csrr x5, mcycle
  csrr x7, minstret
#ifndef WAITS
  check x5, 9
#endif
  check x7, 6
  check x6, 0               // nothing was pending
  csrr x5, mcycleh
  check x5, 0
  csrr x5, minstreth
  check x5, 0
  csrr x5, mstatus
  check x5, 0x1800
  .irp csr, mie, mtvec, mscratch, mepc, mcause, mtval
  csrr x5, \csr
  check x5, 0
  .endr
  // x20 may be a pinned register in flip-flops, which are 0 after a reset
  .irp reg, 1, 2, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29
  check x\reg, 0x01234567 * \reg
  .endr
  li s9, MTIMECMP
  lw x5, 0(s9)
  check x5, -1
  lw x5, 4(s9)
  check x5, -1
  li x5, 1000
  li x7, -7
  csrr s0, mcycle
  div x6, x5, x7
  rem x7, x5, x7
  csrr s1, mcycle
  check x6, -142
  check x7, 6
  sub s1, s1, s0
#ifndef WAITS
  check s1, 74
#endif
  finish

.balign 4
flag:
  .word 0, 0x8089abcd

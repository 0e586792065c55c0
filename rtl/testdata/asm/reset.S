// State after reset, as README.md states it: counters, trap state, timer, and that nothing is pending or under way.
#include "test.h"

begin
#ifdef SCRAMBLE             // what flip-flops held before the reset may have been written to a register
  .irp reg, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  li x\reg, 0
  .endr
.equ BEFORE, 30
#else
.equ BEFORE, 0
#endif
  csrr a0, mcycle
  csrr a1, minstret
  csrr a2, mcycleh
  csrr a3, minstreth
  csrr a4, time
  csrr a5, timeh
#ifndef WAITS
  check a0, 3 + BEFORE      // the second instruction; li is the first
  check a4, 11 + BEFORE
#endif
  check a1, 2 + BEFORE
  check a2, 0
  check a3, 0
  check a5, 0
  csrr a0, mstatus
  check a0, 0x1800
  csrr a0, misa
  check a0, MISA
  .irp csr, mie, mip, mtvec, mscratch, mepc, mcause, mtval, mhartid, mvendorid, marchid, mimpid
  csrr a0, \csr
  check a0, 0
  .endr

  // no interrupt is enabled: none is taken, whatever MIE and the timer say
  la t0, fail
  csrw mtvec, t0
  csrsi mstatus, 8
  li s9, 0x02004000
  lw a0, 0(s9)
  check a0, -1              // mtimecmp
  lw a0, 4(s9)
  check a0, -1
  sw x0, 0(s9)
  sw x0, 4(s9)
  nop
  nop
  csrr a0, mip
  check a0, 0x80
  li a0, -1
  sw a0, 0(s9)
  sw a0, 4(s9)
  csrw mstatus, x0

  // the other registers are 0 at configuration
  .irp reg, x1, x2, x4, x7, x12, x13, x16, x17, x18, x19, x20, x21, x22, x23, x24, x26, x27, x28, x29, x30
  .ifnc \reg, x12
  .ifnc \reg, x13
  check \reg, 0
  .endif
  .endif
  .endr

  // more instructions than a loop of one instruction with a forgotten count would let through
  .rept 40
  addi x1, x1, 1
  .endr
  check x1, 40

  // no region of interest has begun that this would end
  li a0, IO
  sw x0, 8(a0)
  finish

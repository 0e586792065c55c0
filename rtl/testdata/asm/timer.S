// The machine timer: both words of both registers, alone; the moment of the interrupt, at carries between words.
#include "test.h"
.equ MTIMECMP, 0x02004000
.equ MTIME, 0x0200bff8

begin
  la t0, handler
  csrw mtvec, t0
  li s9, MTIMECMP
  li s10, MTIME
  li s8, 0                  // interrupts seen

  // each word is written and read alone
  li a0, 0x89abcdef
  li a1, 0xfedcba98
  sw a0, 0(s9)
  sw a1, 4(s9)
  lw a2, 0(s9)
  lw a3, 4(s9)
  check a2, 0x89abcdef
  check a3, 0xfedcba98
  sw a1, 0(s9)
  lw a3, 4(s9)
  lw a2, 0(s9)
  check a2, 0xfedcba98
  check a3, 0xfedcba98
  li a0, 0x00c0ff11
  li a1, 0x12345678
  sw a0, 0(s10)
  sw a1, 4(s10)
  lw a2, 0(s10)
  lw a3, 4(s10)
  check a3, 0x12345678
  srli a2, a2, 8
  check a2, 0xc0ff
  csrr a2, timeh
  check a2, 0x12345678
  csrr a2, time
  srli a2, a2, 8
  check a2, 0xc0ff
  sw x0, 4(s10)
  lw a2, 0(s10)
  lw a3, 4(s10)
  check a3, 0
  srli a2, a2, 8
  check a2, 0xc0ff
  // narrow stores change nothing
  sb a1, 4(s10)
  sh a1, 4(s9)
  lw a3, 4(s10)
  check a3, 0
  lw a3, 4(s9)
  check a3, 0xfedcba98

  // the carry from the low word, and what is pending on both sides of it
  li a0, -64
  sw a0, 0(s10)
  li a0, 7
  sw a0, 4(s10)
  li a0, 8
  sw a0, 4(s9)
  sw x0, 0(s9)
  li a0, 0x80
  csrw mie, a0
  csrr a0, mip
  check a0, 0
  csrsi mstatus, 8
  li s7, 80
1:
  addi s7, s7, -1
  bnez s7, 1b
  check s8, 1
  check s1, 0x80000007
  lw a0, 4(s10)
  check a0, 8
  csrr a0, timeh
  check a0, 8

  // equal is enough; one more in the high word is not reached
  csrci mstatus, 8
  li a0, 9
  sw a0, 4(s9)
  sw x0, 0(s9)
  nop
  nop
  csrr a0, mip
  check a0, 0
  li a0, 8
  sw a0, 4(s9)
  nop
  nop
  csrr a0, mip
  check a0, 0x80
  li a0, -1
  sw a0, 0(s9)
  nop
  nop
  csrr a0, mip
  check a0, 0

  // software and external interrupts are not pending, whatever mie says
  li a0, 0x888
  csrw mie, a0
  csrsi mstatus, 8
  nop
  nop
  check s8, 1
  csrr a0, mie
  check a0, 0x888
  li a0, 0x800
  csrw mie, a0
  sw x0, 4(s9)
  nop
  nop
  check s8, 1               // the timer is pending, but not enabled
  csrci mstatus, 8

  // nothing else is at these addresses
  li t0, 0x02004008
  li a0, 5
  sw a0, 0x10(t0)
  li t0, 0x20000000
  lw a0, 0(t0)
  check a0, 0
  li t0, 0x10000000
  lw a0, 0(t0)
  check a0, 0
  finish

handler:
  csrr s1, mcause
  addi s8, s8, 1
  li t0, -1
  sw t0, 0(s9)
  sw t0, 4(s9)
  nop
  nop
  mret

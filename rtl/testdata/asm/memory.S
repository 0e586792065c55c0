// Every load and store at every aligned offset, and store-to-load in consecutive instructions.
#include "test.h"
begin
  la s0, data
  lb a0, 0(s0)
  check a0, 0x04
  lb a0, 1(s0)
  check a0, -0x7d
  lb a0, 2(s0)
  check a0, 0x02
  lb a0, 3(s0)
  check a0, -0x7f
  lbu a0, 0(s0)
  check a0, 0x04
  lbu a0, 1(s0)
  check a0, 0x83
  lbu a0, 2(s0)
  check a0, 0x02
  lbu a0, 3(s0)
  check a0, 0x81
  lh a0, 0(s0)
  check a0, -0x7cfc
  lh a0, 2(s0)
  check a0, -0x7efe
  lh a0, 4(s0)
  check a0, 0x7fff
  lhu a0, 0(s0)
  check a0, 0x8304
  lhu a0, 2(s0)
  check a0, 0x8102
  lw a0, 0(s0)
  check a0, 0x81028304
  lw a0, 4(s0)
  check a0, 0x00007fff
  addi s1, s0, 8
  lw a0, -8(s1)
  check a0, 0x81028304

  // stores leave the other bytes alone
  la s1, scratch
  li a1, 0x11223344
  li a2, 0xaabbccdd
  .irp n, 0, 1, 2, 3
  sw a1, 0(s1)
  sb a2, \n(s1)
  lbu a0, \n(s1)
  check a0, 0xdd
  .endr
  lw a0, 0(s1)
  check a0, 0xdd223344
  sw a1, 0(s1)
  sb a2, 1(s1)
  lw a0, 0(s1)
  check a0, 0x1122dd44
  sw a1, 0(s1)
  sh a2, 0(s1)
  lw a0, 0(s1)
  check a0, 0x1122ccdd
  sw a1, 0(s1)
  sh a2, 2(s1)
  lw a0, 0(s1)
  check a0, 0xccdd3344
  lw a0, 4(s1)
  check a0, 0x55667788

  // mtimecmp, and what can only be written or is nowhere
  li s2, 0x02004000
  li a1, 0x12345678
  sw a1, 4(s2)
  lw a0, 4(s2)
  check a0, 0x12345678
  lw a0, 0(s2)
  check a0, -1
  li s2, IO
  lw a0, 0(s2)
  check a0, 0
  finish

.balign 4
data:
  .word 0x81028304, 0x00007fff
scratch:
  .word 0, 0x55667788

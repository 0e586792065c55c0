// A reset within zero-overhead loops: the first run is cut off while both levels count; in the second nothing sets up
// a loop, and the body is executed once. The defines are LOOP1 and LOOP0: set-ups of the levels, as words, with a count from 2 on
// and an end from 8 to 64 bytes behind, for registers that hold 5. CUSTOM writes as many registers as one instruction can, of x4 to x28.
#include "test.h"

begin
  csrr x29, mcycle
  lw x31, flag
  bnez x31, second
  .irp reg, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 30
  li x\reg, 5
  .endr
  la x31, flag
  sw x31, 0(x31)
  li x31, 0
again:
  .word LOOP1
  .word LOOP0
body:
  .rept 10
  addi x31, x31, 1
  .word CUSTOM
  .endr
  bnez gp, behind
behind:
  li x30, 1
  beq gp, x30, count
  li x31, 0
  j again

second:
  li gp, 1
  li x31, 0
  j body
count:
  check x31, 10
#ifndef WAITS
  check x29, 3              // nothing was under way in W
#endif
  finish

.balign 4
flag:
  .word 0

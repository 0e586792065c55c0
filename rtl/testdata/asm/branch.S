// Branches, jumps, links, in both directions and both outcomes.
#include "test.h"

// expects the branch to be taken, forwards and backwards
.macro taken op, x, y
  li a0, \x
  li a1, \y
  \op a0, a1, 2f
  j fail
1:
  j 3f
2:
  \op a0, a1, 1b
  j fail
3:
  addi gp, gp, 1
.endm

.macro untaken op, x, y
  li a0, \x
  li a1, \y
  \op a0, a1, fail
  j 2f
1:
  j fail
2:
  \op a0, a1, 1b
  addi gp, gp, 1
.endm

begin
  taken beq, 0, 0
  taken beq, -1, -1
  untaken beq, 0, 1
  untaken beq, 0x80000000, 0
  .irp bit, 0, 1, 7, 8, 15, 16, 30, 31
  untaken beq, (1 << \bit), 0
  taken bne, 0, (1 << \bit)
  .endr
  untaken bne, 0x12345678, 0x12345678
  taken blt, -1, 0
  taken blt, 0x80000000, 0x7fffffff
  untaken blt, 0x7fffffff, 0x80000000
  untaken blt, 5, 5
  untaken blt, 6, 5
  taken bge, 0, -1
  taken bge, 5, 5
  untaken bge, -6, 5
  taken bge, 0x7fffffff, 0x80000000
  untaken bge, 0x80000000, 0x7fffffff
  taken bltu, 0, -1
  taken bltu, 0x7fffffff, 0x80000000
  untaken bltu, 0x80000000, 0x7fffffff
  untaken bltu, 7, 7
  taken bgeu, -1, 0
  taken bgeu, 7, 7
  untaken bgeu, 0x7fffffff, 0x80000000

  // links
  jal a0, 1f
0:
  j fail
1:
  la a1, 0b
  same a0, a1
  la a2, 1f
  jalr a0, 0(a2)
0:
  j fail
1:
  la a1, 0b
  same a0, a1
  la a2, 1f + 5
  jalr a2, -4(a2)         // lowest bit is dropped; rd is also rs1
0:
  j fail
1:
  la a1, 0b
  same a2, a1
  la a1, 0f
  jalr x0, 0(a1)          // no link
  j fail
0:
  la a3, sub
  jalr ra, a3
  check a0, 77
  jal sub
  check a0, 77

  // auipc
  auipc a0, 0x12345
0:
  la a1, 0b - 4
  li a2, 0x12345000
  add a1, a1, a2
  same a0, a1

  // a jump and a branch straight after a load and a multiply of their operands
  la a4, word
  lw a5, 0(a4)
  jr a5
  j fail
target:
  li a0, 3
  li a1, 5
  mul a2, a0, a1
  bne a2, a3, 0f
  j fail
0:
  addi gp, gp, 1
  // code that is written, then fetched
  la a0, patch
  li a1, 0x00100513       // li a0, 1
  sw a1, 0(a0)
  fence.i
patch:
  li a0, 0
  check a0, 1
  fence
  wfi
  // far targets, both ways, predicted and not
  j 1f
0:
  li a0, 5
  beqz x0, 3f
2:
  j 4f
.skip 3000
1:
  beqz x0, 0b
  j fail
3:
  bnez x0, 2b
  bnez a0, 2b
  j fail
4:
  addi gp, gp, 1
  .irp distance, 6000, 70000
  j 1f
2:
  j 3f
.skip \distance
1:
  j 2b
3:
  addi gp, gp, 1
  .endr
  finish

sub:
  li a0, 77
  ret
.balign 4
word:
  .word target

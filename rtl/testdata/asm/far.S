// Jumps and branches over distances of every bit that their immediates have: to aligned addresses, and to misaligned ones,
// which trap. The program writes each of them, and where it lands.
#include "test.h"

.equ LOW, 0x80010000      // forward from here
.equ HIGH, 0x80140000      // and backward from here

// each calls a routine with one bit of the distance, as it is and negative, from 4 to below a limit
.macro each routine, limit
  li s6, 4
1:
  mv a0, s6
  jal \routine
  neg a0, s6
  jal \routine
  slli s6, s6, 1
  li t0, \limit
  bne s6, t0, 1b
.endm

.macro all routine, distances:vararg
  .irp distance, \distances
  li a0, \distance
  jal \routine
  .endr
.endm

begin
  la t0, handler
  csrw mtvec, t0
  li s5, 0x000d8667       // jalr a2, 0(s11)

  la s4, encode_jal
  each lands, 1 << 20
  all lands, 0x55554, 0xaaaa8, 0xffffc, -0x55554, -0xaaaa8, -0x100000
  each traps, 1 << 20
  all traps, 0x55554, 0xaaaa8, 0xffffc, -0x55554, -0xaaaa8, -0x100000

  la s4, encode_beq
  each lands, 1 << 12
  all lands, 0x554, 0xaa8, -0x554, -0xaa8, -0x1000
  each traps, 1 << 12
  all traps, 0x554, 0xaa8, 0xffc, -0x554, -0xaa8, -0x1000
  finish

// writes the instruction for distance a0 to s0; its target is s2. Returns to s10, and the instruction to s11.
prepare:
  li s0, LOW
  bgez a0, 1f
  li s0, HIGH
1:
  add s2, s0, a0
  li s1, -1               // no trap yet
  li a1, 99               // no link
  li a2, 0
  jr s4
encoded:
  sw a0, 0(s0)
  jr s10

lands:
  la s10, 1f
  j prepare
1:
  sw s5, 0(s2)
  fence.i
  la s11, 2f
  jr s0
2:
  check s1, -1
  addi a2, a2, -4
  same a2, s2             // where it has been
  sw x0, 0(s0)
  sw x0, 0(s2)
  ret

traps:
  addi a0, a0, 2
  la s10, 1f
  j prepare
1:
  fence.i
  la s11, 2f
  jr s0
2:
  check s1, 0
  same s7, s2             // mtval is the target
  same s8, s0
  check a1, 99
  ret

encode_jal:               // jal a1, .+a0
  li t0, 0xff000
  and t0, a0, t0
  srli t1, a0, 1
  slli t1, t1, 22
  srli t1, t1, 1
  or t0, t0, t1
  srli t1, a0, 11
  slli t1, t1, 31
  srli t1, t1, 11
  or t0, t0, t1
  srli t1, a0, 20
  slli t1, t1, 31
  or t0, t0, t1
  addi a0, t0, 0x5ef
  j encoded

encode_beq:               // beq x0, x0, .+a0
  srli t0, a0, 5
  slli t0, t0, 26
  srli t0, t0, 1
  srli t1, a0, 1
  slli t1, t1, 28
  srli t1, t1, 20
  or t0, t0, t1
  srli t1, a0, 11
  slli t1, t1, 31
  srli t1, t1, 24
  or t0, t0, t1
  srli t1, a0, 12
  slli t1, t1, 31
  or t0, t0, t1
  addi a0, t0, 0x63
  j encoded

.balign 4
handler:
  csrr s1, mcause
  csrr s7, mtval
  csrr s8, mepc
  csrw mepc, s11
  mret

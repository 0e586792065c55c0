// Every exception: cause, trap value, return address, mstatus, and that the instruction left nothing behind.
#include "test.h"

// The handler records and returns to s11.
.macro expect cause, tval, epc
  check s1, \cause
  li t6, \tval
  same s2, t6
  la t6, \epc
  same s3, t6
  check s4, 0x1880        // MPIE was MIE, which is off in the handler
.endm

.macro raises cause, tval, insn:vararg
  la s11, 2f
  li s1, 0
1:
  \insn
  j fail
2:
  expect \cause, \tval, 1b
.endm

begin
  la t0, handler
  csrw mtvec, t0
  csrsi mstatus, 8
  la s0, data
  li s5, 0x80020000
  sw zero, 0(s5)                          // a memory that nothing has written may hold anything
  sw zero, -4(s5)
  li a0, 99

  // illegal: undefined encodings, unknown CSRs, writes to read-only ones, custom opcodes
  raises 2, 0x00000000, .word 0x00000000
  raises 2, 0xffffffff, .word 0xffffffff
  raises 2, 0x0000300f, .word 0x0000300f   // fence funct3 3
  raises 2, 0x00002063, .word 0x00002063   // branch funct3 2
  raises 2, 0x00003503, .word 0x00003503   // load funct3 3
  raises 2, 0x00006503, .word 0x00006503   // load funct3 6
  raises 2, 0x00003023, .word 0x00003023   // store funct3 3
  raises 2, 0x00004023, .word 0x00004023   // store funct3 4
  raises 2, 0x00001567, .word 0x00001567   // jalr funct3 1
  raises 2, 0x02001513, .word 0x02001513   // slli with funct7 1
  raises 2, 0x40001513, .word 0x40001513   // slli with funct7 0x20
  raises 2, 0x04005513, .word 0x04005513   // srli with funct7 2
  raises 2, 0x40001533, .word 0x40001533   // sll with funct7 0x20
  raises 2, 0x40007533, .word 0x40007533   // and with funct7 0x20
  raises 2, 0x04000533, .word 0x04000533   // add with funct7 2
  raises 2, 0x42000533, .word 0x42000533
  raises 2, 0x00200073, .word 0x00200073   // uret
  raises 2, 0x10200073, .word 0x10200073   // sret
  raises 2, 0x30200573, .word 0x30200573   // mret with rd
  raises 2, 0x00008073, .word 0x00008073   // ecall with rs1
  raises 2, 0x00004073, .word 0x00004073   // system funct3 4
  raises 2, 0x7c002573, csrr a0, 0x7c0
  raises 2, 0x30302573, csrr a0, mideleg
  raises 2, 0x30602573, csrr a0, mcounteren
  raises 2, 0x10002573, csrr a0, sstatus
  raises 2, 0xf1551573, csrrw a0, 0xf15, a0
  raises 2, 0xf1451573, csrrw a0, mhartid, a0
  raises 2, 0xc0051573, csrrw a0, cycle, a0
  raises 2, 0xc005e573, csrrsi a0, cycle, 11
  raises 2, 0xc8253573, csrrc a0, instreth, a0
  raises 2, 0xc0351573, csrrw a0, 0xc03, a0
#ifndef DESIGN                            // whose extension may define them
  raises 2, 0x0000052b, .word 0x0000052b   // custom-1
  raises 2, 0x0000055b, .word 0x0000055b   // custom-2
  raises 2, 0x0000057b, .word 0x0000057b   // custom-3
#ifndef EXT
  raises 2, 0x0000250b, .word 0x0000250b   // custom-0
#endif
#endif
  check a0, 99
  csrr a0, cycle                          // reading is fine
  csrrc a0, mhartid, x0
  li a0, 99

  raises 3, 0, ebreak
  raises 11, 0, ecall

  // misaligned data
  raises 4, 0x80020001, lw a0, 1(s5)
  raises 4, 0x80020002, lw a0, 2(s5)
  raises 4, 0x80020003, lw a0, 3(s5)
  raises 4, 0x80020001, lh a0, 1(s5)
  raises 4, 0x8001ffff, lhu a0, -1(s5)
  raises 6, 0x80020001, sw s5, 1(s5)
  raises 6, 0x80020002, sw s5, 2(s5)
  raises 6, 0x80020003, sw s5, 3(s5)
  raises 6, 0x80020001, sh s5, 1(s5)
  raises 6, 0x80020003, sh s5, 3(s5)
  check a0, 99
  lw a1, 0(s5)
  check a1, 0
  sb s5, 3(s5)                            // bytes are never misaligned
  lb a1, 3(s5)
  check a1, 0
  lw a1, -4(s5)
  check a1, 0

  // misaligned targets; jalr drops bit 0 only
  addi s6, s0, 3
  la s11, 2f
1:
  jalr a0, 0(s6)
  j fail
2:
  addi t5, s0, 2
  check s1, 0
  same s2, t5
  la t6, 1b
  same s3, t6
  check a0, 99
  la s11, 2f
1:
  .word 0x0060056f                        // jal a0, .+6
  j fail
2:
  check s1, 0
  la t5, 1b
  same s3, t5
  addi t5, t5, 6
  same s2, t5
  check a0, 99
  la s11, 2f
1:
  .word 0x00000363                        // beq x0, x0, .+6
  j fail
2:
  check s1, 0
  la t5, 1b
  same s3, t5
  addi t5, t5, 6
  same s2, t5
  la s11, 2f
1:
  .word 0xfe000de3                        // beq x0, x0, .-6, which would be predicted taken
  j fail
2:
  check s1, 0
  la t5, 1b
  same s3, t5
  addi t5, t5, -6
  same s2, t5
  .word 0x00001363                        // bne x0, x0, .+6: not taken, no exception
  .word 0xfe001de3                        // bne x0, x0, .-6

  // the instructions behind a trapping one are not executed; those before it are
  la s11, 2f
  li a1, 1
  li a2, 2
1:
  mul a1, a2, a2
  ecall
  li a2, 5
  sw a2, 0(s0)
2:
  check a1, 4
  check a2, 2
  lw a3, 0(s0)
  check a3, 0x5a5a5a5a

  // mret: MIE from MPIE, MPIE set
  la s11, 2f
  csrci mstatus, 8
  ecall
2:
  check s4, 0x1800
  csrr a1, mstatus
  check a1, 0x1880
  finish

handler:
  csrr s1, mcause
  csrr s2, mtval
  csrr s3, mepc
  csrr s4, mstatus
  csrw mepc, s11
  mret

.balign 4
data:
  .word 0x5a5a5a5a, 0

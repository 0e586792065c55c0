# RV32I, base integer instruction set, version 2.1.
# The RISC-V Instruction Set Manual, Volume I: Unprivileged ISA, chapter 2; ecall,
# ebreak, mret and wfi also Volume II: Privileged Architecture.

extension "rv32i" {
  summary = "RV32I base integer instruction set"
  source  = "RISC-V Unprivileged ISA, chapter 2"
  prefix  = "rv"
}

instruction "lui" {
  summary  = "Load upper immediate"
  assembly = "lui rd, imm"
  encoding {
    format = "U"
    opcode = "lui"
  }
  write {
    rd = imm
  }
  example {
    given  = { imm = "0x12345000" }
    expect = { rd = "0x12345000" }
  }
  example {
    given  = { imm = "0xfffff000" }
    expect = { rd = "0xfffff000" }
  }
}

instruction "auipc" {
  summary  = "Add upper immediate to pc"
  assembly = "auipc rd, imm"
  encoding {
    format = "U"
    opcode = "auipc"
  }
  write {
    rd = pc + imm
  }
  example {
    given  = { pc = "0x80000004", imm = "0x1000" }
    expect = { rd = "0x80001004" }
  }
  example {
    given  = { pc = "0x80000000", imm = "0xfffff000" }
    expect = { rd = "0x7ffff000" }
  }
}

instruction "jal" {
  summary  = "Jump and link"
  assembly = "jal rd, imm"
  encoding {
    format = "J"
    opcode = "jal"
  }
  write {
    rd = pc + 4
    pc = pc + imm
  }
  example {
    given  = { pc = "0x80000000", imm = 2048 }
    expect = { rd = "0x80000004", pc = "0x80000800" }
  }
  example {
    given  = { pc = "0x80000000", imm = -4 }
    expect = { rd = "0x80000004", pc = "0x7ffffffc" }
  }
}

instruction "jalr" {
  summary  = "Jump and link register; the target has its lowest bit cleared"
  assembly = "jalr rd, imm(rs1)"
  encoding {
    format = "I"
    opcode = "jalr"
    funct3 = 0
  }
  write {
    rd = pc + 4
    pc = and(rs1 + imm, -2)
  }
  example {
    given  = { pc = "0x80000000", rs1 = "0x80001001", imm = 4 }
    expect = { rd = "0x80000004", pc = "0x80001004" }
  }
  example {
    given  = { pc = 8, rs1 = 0, imm = -4 }
    expect = { rd = 12, pc = "0xfffffffc" }
  }
}

instruction "beq" {
  summary  = "Branch if equal"
  assembly = "beq rs1, rs2, imm"
  encoding {
    format = "B"
    opcode = "branch"
    funct3 = 0
  }
  write {
    pc = rs1 == rs2 ? pc + imm : pc + 4
  }
  example {
    given  = { pc = "0x1000", imm = -8, rs1 = 5, rs2 = 5 }
    expect = { pc = "0xff8" }
  }
  example {
    given  = { pc = "0x1000", imm = -8, rs1 = 5, rs2 = 6 }
    expect = { pc = "0x1004" }
  }
}

instruction "bne" {
  summary  = "Branch if not equal"
  assembly = "bne rs1, rs2, imm"
  encoding {
    format = "B"
    opcode = "branch"
    funct3 = 1
  }
  write {
    pc = rs1 != rs2 ? pc + imm : pc + 4
  }
  example {
    given  = { pc = "0x1000", imm = -8, rs1 = 5, rs2 = 5 }
    expect = { pc = "0x1004" }
  }
  example {
    given  = { pc = "0x1000", imm = -8, rs1 = 5, rs2 = 6 }
    expect = { pc = "0xff8" }
  }
}

instruction "blt" {
  summary  = "Branch if less than, signed"
  assembly = "blt rs1, rs2, imm"
  encoding {
    format = "B"
    opcode = "branch"
    funct3 = 4
  }
  write {
    pc = s32(rs1) < s32(rs2) ? pc + imm : pc + 4
  }
  example {
    given  = { pc = "0x1000", imm = -8, rs1 = "0xffffffff", rs2 = 0 }
    expect = { pc = "0xff8" }
  }
  example {
    given  = { pc = "0x1000", imm = -8, rs1 = 0, rs2 = "0xffffffff" }
    expect = { pc = "0x1004" }
  }
}

instruction "bge" {
  summary  = "Branch if greater or equal, signed"
  assembly = "bge rs1, rs2, imm"
  encoding {
    format = "B"
    opcode = "branch"
    funct3 = 5
  }
  write {
    pc = s32(rs1) >= s32(rs2) ? pc + imm : pc + 4
  }
  example {
    given  = { pc = "0x1000", imm = -8, rs1 = "0xffffffff", rs2 = 0 }
    expect = { pc = "0x1004" }
  }
  example {
    given  = { pc = "0x1000", imm = -8, rs1 = 7, rs2 = 7 }
    expect = { pc = "0xff8" }
  }
}

instruction "bltu" {
  summary  = "Branch if less than, unsigned"
  assembly = "bltu rs1, rs2, imm"
  encoding {
    format = "B"
    opcode = "branch"
    funct3 = 6
  }
  write {
    pc = rs1 < rs2 ? pc + imm : pc + 4
  }
  example {
    given  = { pc = "0x1000", imm = -8, rs1 = "0xffffffff", rs2 = 0 }
    expect = { pc = "0x1004" }
  }
  example {
    given  = { pc = "0x1000", imm = -8, rs1 = 0, rs2 = "0xffffffff" }
    expect = { pc = "0xff8" }
  }
}

instruction "bgeu" {
  summary  = "Branch if greater or equal, unsigned"
  assembly = "bgeu rs1, rs2, imm"
  encoding {
    format = "B"
    opcode = "branch"
    funct3 = 7
  }
  write {
    pc = rs1 >= rs2 ? pc + imm : pc + 4
  }
  example {
    given  = { pc = "0x1000", imm = -8, rs1 = "0xffffffff", rs2 = 0 }
    expect = { pc = "0xff8" }
  }
  example {
    given  = { pc = "0x1000", imm = -8, rs1 = 0, rs2 = 1 }
    expect = { pc = "0x1004" }
  }
}

instruction "lb" {
  summary  = "Load byte, sign-extended"
  assembly = "lb rd, imm(rs1)"
  encoding {
    format = "I"
    opcode = "load"
    funct3 = 0
  }
  write {
    rd = load_s8(rs1 + imm)
  }
  example {
    given  = { rs1 = "0x80000000", imm = 4, load = "0x80" }
    expect = { rd = "0xffffff80", addr = "0x80000004" }
  }
}

instruction "lh" {
  summary  = "Load halfword, sign-extended"
  assembly = "lh rd, imm(rs1)"
  encoding {
    format = "I"
    opcode = "load"
    funct3 = 1
  }
  write {
    rd = load_s16(rs1 + imm)
  }
  example {
    given  = { rs1 = "0x80000010", imm = -2, load = "0x8001" }
    expect = { rd = "0xffff8001", addr = "0x8000000e" }
  }
}

instruction "lw" {
  summary  = "Load word"
  assembly = "lw rd, imm(rs1)"
  encoding {
    format = "I"
    opcode = "load"
    funct3 = 2
  }
  write {
    rd = load_32(rs1 + imm)
  }
  example {
    given  = { rs1 = "0x80000000", imm = 2044, load = "0xdeadbeef" }
    expect = { rd = "0xdeadbeef", addr = "0x800007fc" }
  }
}

instruction "lbu" {
  summary  = "Load byte, zero-extended"
  assembly = "lbu rd, imm(rs1)"
  encoding {
    format = "I"
    opcode = "load"
    funct3 = 4
  }
  write {
    rd = load_u8(rs1 + imm)
  }
  example {
    given  = { rs1 = "0x80000000", imm = 3, load = "0x80" }
    expect = { rd = "0x80", addr = "0x80000003" }
  }
}

instruction "lhu" {
  summary  = "Load halfword, zero-extended"
  assembly = "lhu rd, imm(rs1)"
  encoding {
    format = "I"
    opcode = "load"
    funct3 = 5
  }
  write {
    rd = load_u16(rs1 + imm)
  }
  example {
    given  = { rs1 = "0x80000000", imm = 6, load = "0x8001" }
    expect = { rd = "0x8001", addr = "0x80000006" }
  }
}

instruction "sb" {
  summary  = "Store byte"
  assembly = "sb rs2, imm(rs1)"
  encoding {
    format = "S"
    opcode = "store"
    funct3 = 0
  }
  store {
    addr = rs1 + imm
    size = 1
    data = rs2
  }
  example {
    given  = { rs1 = "0x80000000", imm = 3, rs2 = "0x12345678" }
    expect = { addr = "0x80000003", data = "0x78" }
  }
}

instruction "sh" {
  summary  = "Store halfword"
  assembly = "sh rs2, imm(rs1)"
  encoding {
    format = "S"
    opcode = "store"
    funct3 = 1
  }
  store {
    addr = rs1 + imm
    size = 2
    data = rs2
  }
  example {
    given  = { rs1 = "0x80000000", imm = -2, rs2 = "0x12345678" }
    expect = { addr = "0x7ffffffe", data = "0x5678" }
  }
}

instruction "sw" {
  summary  = "Store word"
  assembly = "sw rs2, imm(rs1)"
  encoding {
    format = "S"
    opcode = "store"
    funct3 = 2
  }
  store {
    addr = rs1 + imm
    size = 4
    data = rs2
  }
  example {
    given  = { rs1 = "0x80000000", imm = 8, rs2 = "0x12345678" }
    expect = { addr = "0x80000008", data = "0x12345678" }
  }
}

instruction "addi" {
  summary  = "Add immediate"
  assembly = "addi rd, rs1, imm"
  encoding {
    format = "I"
    opcode = "op-imm"
    funct3 = 0
  }
  write {
    rd = rs1 + imm
  }
  example {
    given  = { rs1 = 5, imm = -6 }
    expect = { rd = "0xffffffff" }
  }
  example {
    given  = { rs1 = "0xffffffff", imm = 1 }
    expect = { rd = 0 }
  }
}

instruction "slti" {
  summary  = "Set if less than immediate, signed"
  assembly = "slti rd, rs1, imm"
  encoding {
    format = "I"
    opcode = "op-imm"
    funct3 = 2
  }
  write {
    rd = s32(rs1) < imm ? 1 : 0
  }
  example {
    given  = { rs1 = "0xffffffff", imm = 0 }
    expect = { rd = 1 }
  }
  example {
    given  = { rs1 = 3, imm = 3 }
    expect = { rd = 0 }
  }
}

instruction "sltiu" {
  summary  = "Set if less than the sign-extended immediate, unsigned"
  assembly = "sltiu rd, rs1, imm"
  encoding {
    format = "I"
    opcode = "op-imm"
    funct3 = 3
  }
  write {
    rd = rs1 < u32(imm) ? 1 : 0
  }
  example {
    given  = { rs1 = 0, imm = 1 }
    expect = { rd = 1 }
  }
  example {
    given  = { rs1 = 5, imm = -1 }
    expect = { rd = 1 }
  }
}

instruction "xori" {
  summary  = "Exclusive or immediate"
  assembly = "xori rd, rs1, imm"
  encoding {
    format = "I"
    opcode = "op-imm"
    funct3 = 4
  }
  write {
    rd = xor(rs1, imm)
  }
  example {
    given  = { rs1 = "0x0000ffff", imm = -1 }
    expect = { rd = "0xffff0000" }
  }
}

instruction "ori" {
  summary  = "Or immediate"
  assembly = "ori rd, rs1, imm"
  encoding {
    format = "I"
    opcode = "op-imm"
    funct3 = 6
  }
  write {
    rd = or(rs1, imm)
  }
  example {
    given  = { rs1 = "0xf0", imm = 15 }
    expect = { rd = "0xff" }
  }
  example {
    given  = { rs1 = 1, imm = -2048 }
    expect = { rd = "0xfffff801" }
  }
}

instruction "andi" {
  summary  = "And immediate"
  assembly = "andi rd, rs1, imm"
  encoding {
    format = "I"
    opcode = "op-imm"
    funct3 = 7
  }
  write {
    rd = and(rs1, imm)
  }
  example {
    given  = { rs1 = "0x12345678", imm = 255 }
    expect = { rd = "0x78" }
  }
  example {
    given  = { rs1 = "0x12345678", imm = -16 }
    expect = { rd = "0x12345670" }
  }
}

instruction "slli" {
  summary  = "Shift left logical by an immediate"
  assembly = "slli rd, rs1, shamt"
  encoding {
    format = "shift"
    opcode = "op-imm"
    funct3 = 1
    funct7 = 0
  }
  write {
    rd = shl(rs1, shamt)
  }
  example {
    given  = { rs1 = 1, shamt = 31 }
    expect = { rd = "0x80000000" }
  }
  example {
    given  = { rs1 = 3, shamt = 31 }
    expect = { rd = "0x80000000" }
  }
}

instruction "srli" {
  summary  = "Shift right logical by an immediate"
  assembly = "srli rd, rs1, shamt"
  encoding {
    format = "shift"
    opcode = "op-imm"
    funct3 = 5
    funct7 = 0
  }
  write {
    rd = shr(rs1, shamt)
  }
  example {
    given  = { rs1 = "0x80000000", shamt = 31 }
    expect = { rd = 1 }
  }
}

instruction "srai" {
  summary  = "Shift right arithmetic by an immediate"
  assembly = "srai rd, rs1, shamt"
  encoding {
    format = "shift"
    opcode = "op-imm"
    funct3 = 5
    funct7 = 32
  }
  write {
    rd = asr(s32(rs1), shamt)
  }
  example {
    given  = { rs1 = "0x80000000", shamt = 31 }
    expect = { rd = "0xffffffff" }
  }
}

instruction "add" {
  summary  = "Add"
  assembly = "add rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 0
    funct7 = 0
  }
  write {
    rd = rs1 + rs2
  }
  example {
    given  = { rs1 = "0xffffffff", rs2 = 2 }
    expect = { rd = 1 }
  }
}

instruction "sub" {
  summary  = "Subtract"
  assembly = "sub rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 0
    funct7 = 32
  }
  write {
    rd = rs1 - rs2
  }
  example {
    given  = { rs1 = 1, rs2 = 2 }
    expect = { rd = "0xffffffff" }
  }
}

instruction "sll" {
  summary  = "Shift left logical by the low five bits of rs2"
  assembly = "sll rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 1
    funct7 = 0
  }
  write {
    rd = shl(rs1, bits(rs2, 4, 0))
  }
  example {
    given  = { rs1 = 1, rs2 = 33 }
    expect = { rd = 2 }
  }
}

instruction "slt" {
  summary  = "Set if less than, signed"
  assembly = "slt rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 2
    funct7 = 0
  }
  write {
    rd = s32(rs1) < s32(rs2) ? 1 : 0
  }
  example {
    given  = { rs1 = "0x80000000", rs2 = "0x7fffffff" }
    expect = { rd = 1 }
  }
  example {
    given  = { rs1 = 1, rs2 = 1 }
    expect = { rd = 0 }
  }
}

instruction "sltu" {
  summary  = "Set if less than, unsigned"
  assembly = "sltu rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 3
    funct7 = 0
  }
  write {
    rd = rs1 < rs2 ? 1 : 0
  }
  example {
    given  = { rs1 = "0x80000000", rs2 = "0x7fffffff" }
    expect = { rd = 0 }
  }
  example {
    given  = { rs1 = 0, rs2 = 1 }
    expect = { rd = 1 }
  }
}

instruction "xor" {
  summary  = "Exclusive or"
  assembly = "xor rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 4
    funct7 = 0
  }
  write {
    rd = xor(rs1, rs2)
  }
  example {
    given  = { rs1 = "0xff00ff00", rs2 = "0x0ff00ff0" }
    expect = { rd = "0xf0f0f0f0" }
  }
}

instruction "srl" {
  summary  = "Shift right logical by the low five bits of rs2"
  assembly = "srl rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 5
    funct7 = 0
  }
  write {
    rd = shr(rs1, bits(rs2, 4, 0))
  }
  example {
    given  = { rs1 = "0x80000000", rs2 = 36 }
    expect = { rd = "0x08000000" }
  }
}

instruction "sra" {
  summary  = "Shift right arithmetic by the low five bits of rs2"
  assembly = "sra rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 5
    funct7 = 32
  }
  write {
    rd = asr(s32(rs1), bits(rs2, 4, 0))
  }
  example {
    given  = { rs1 = "0x80000000", rs2 = 4 }
    expect = { rd = "0xf8000000" }
  }
}

instruction "or" {
  summary  = "Or"
  assembly = "or rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 6
    funct7 = 0
  }
  write {
    rd = or(rs1, rs2)
  }
  example {
    given  = { rs1 = "0xff00ff00", rs2 = "0x0ff00ff0" }
    expect = { rd = "0xfff0fff0" }
  }
}

instruction "and" {
  summary  = "And"
  assembly = "and rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 7
    funct7 = 0
  }
  write {
    rd = and(rs1, rs2)
  }
  example {
    given  = { rs1 = "0xff00ff00", rs2 = "0x0ff00ff0" }
    expect = { rd = "0x0f000f00" }
  }
}

instruction "fence" {
  summary  = "Order memory accesses; all accesses of this core are in order"
  system   = "fence"
  assembly = "fence"
  encoding {
    format = "custom"
    opcode = "misc-mem"
    funct3 = 0
  }
  example {
    given  = { pc = "0x80000000" }
    expect = { pc = "0x80000004" }
  }
}

instruction "fence_i" {
  summary  = "Fetch what was stored before (Zifencei)"
  system   = "fence_i"
  assembly = "fence.i"
  encoding {
    format = "custom"
    opcode = "misc-mem"
    funct3 = 1
  }
  example {
    given  = { pc = "0x80000000" }
    expect = { pc = "0x80000004" }
  }
}

instruction "ecall" {
  summary  = "Environment call from M-mode"
  assembly = "ecall"
  encoding {
    format = "custom"
    opcode = "system"
    fixed  = { "31:7" = 0 }
  }
  trap {
    cause = 11
  }
  example {
    given  = {}
    expect = { trap = 11 }
  }
}

instruction "ebreak" {
  summary  = "Breakpoint"
  assembly = "ebreak"
  encoding {
    format = "custom"
    opcode = "system"
    fixed  = { "31:7" = 8192 }
  }
  trap {
    cause = 3
  }
  example {
    given  = {}
    expect = { trap = 3 }
  }
}

instruction "mret" {
  summary  = "Return from a machine-mode trap"
  system   = "mret"
  assembly = "mret"
  encoding {
    format = "custom"
    opcode = "system"
    fixed  = { "31:7" = 6307840 }
  }
  example {
    given  = { pc = "0x80000000", mepc = "0x80000100" }
    expect = { pc = "0x80000100" }
  }
}

instruction "wfi" {
  summary  = "Wait for interrupt; may return at once, and does"
  system   = "wfi"
  assembly = "wfi"
  encoding {
    format = "custom"
    opcode = "system"
    fixed  = { "31:7" = 2138112 }
  }
  example {
    given  = { pc = "0x80000000" }
    expect = { pc = "0x80000004" }
  }
}

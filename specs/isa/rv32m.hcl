# RV32M, integer multiplication and division, version 2.0.
# The RISC-V Instruction Set Manual, Volume I: Unprivileged ISA, chapter "M".

extension "rv32m" {
  summary = "RV32M multiplication and division"
  source  = "RISC-V Unprivileged ISA, chapter M"
  prefix  = "rv"
}

instruction "mul" {
  summary  = "Low word of the product"
  assembly = "mul rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 0
    funct7 = 1
  }
  write {
    rd = rs1 * rs2
  }
  example {
    given  = { rs1 = "0xffffffff", rs2 = "0xffffffff" }
    expect = { rd = 1 }
  }
  example {
    given  = { rs1 = "0x10000", rs2 = "0x10000" }
    expect = { rd = 0 }
  }
}

instruction "mulh" {
  summary  = "High word of the signed product"
  assembly = "mulh rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 1
    funct7 = 1
  }
  write {
    rd = asr(s32(rs1) * s32(rs2), 32)
  }
  example {
    given  = { rs1 = "0xffffffff", rs2 = "0xffffffff" }
    expect = { rd = 0 }
  }
  example {
    given  = { rs1 = "0x80000000", rs2 = "0x80000000" }
    expect = { rd = "0x40000000" }
  }
}

instruction "mulhsu" {
  summary  = "High word of the signed by unsigned product"
  assembly = "mulhsu rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 2
    funct7 = 1
  }
  write {
    rd = asr(s32(rs1) * rs2, 32)
  }
  example {
    given  = { rs1 = "0xffffffff", rs2 = "0xffffffff" }
    expect = { rd = "0xffffffff" }
  }
}

instruction "mulhu" {
  summary  = "High word of the unsigned product"
  assembly = "mulhu rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 3
    funct7 = 1
  }
  write {
    rd = shr(rs1 * rs2, 32)
  }
  example {
    given  = { rs1 = "0xffffffff", rs2 = "0xffffffff" }
    expect = { rd = "0xfffffffe" }
  }
}

instruction "div" {
  summary  = "Signed quotient rounded towards zero"
  assembly = "div rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 4
    funct7 = 1
  }
  write {
    rd = quo(s32(rs1), s32(rs2))
  }
  example {
    given  = { rs1 = "0xfffffff9", rs2 = 2 }
    expect = { rd = "0xfffffffd" }
  }
  example {
    given  = { rs1 = 5, rs2 = 0 }
    expect = { rd = "0xffffffff" }
  }
  example {
    given  = { rs1 = "0x80000000", rs2 = "0xffffffff" }
    expect = { rd = "0x80000000" }
  }
}

instruction "divu" {
  summary  = "Unsigned quotient"
  assembly = "divu rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 5
    funct7 = 1
  }
  write {
    rd = quo(rs1, rs2)
  }
  example {
    given  = { rs1 = "0xfffffff9", rs2 = 2 }
    expect = { rd = "0x7ffffffc" }
  }
  example {
    given  = { rs1 = 5, rs2 = 0 }
    expect = { rd = "0xffffffff" }
  }
}

instruction "rem" {
  summary  = "Signed remainder with the sign of the dividend"
  assembly = "rem rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 6
    funct7 = 1
  }
  write {
    rd = rem(s32(rs1), s32(rs2))
  }
  example {
    given  = { rs1 = "0xfffffff9", rs2 = 2 }
    expect = { rd = "0xffffffff" }
  }
  example {
    given  = { rs1 = 5, rs2 = 0 }
    expect = { rd = 5 }
  }
  example {
    given  = { rs1 = "0x80000000", rs2 = "0xffffffff" }
    expect = { rd = 0 }
  }
}

instruction "remu" {
  summary  = "Unsigned remainder"
  assembly = "remu rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "op"
    funct3 = 7
    funct7 = 1
  }
  write {
    rd = rem(rs1, rs2)
  }
  example {
    given  = { rs1 = "0xfffffff9", rs2 = 2 }
    expect = { rd = 1 }
  }
  example {
    given  = { rs1 = 5, rs2 = 0 }
    expect = { rd = 5 }
  }
}

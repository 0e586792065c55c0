extension "x" {
  summary = "x"
}

instruction "i" {
  summary  = "i"
  assembly = "mv.i rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 1
    funct7 = 2
  }
  write {
    rd = rs1 < rs2 ? min(rs1, abs(s32(rs2))) : round_shift(s32(rs1), 3)
  }
}

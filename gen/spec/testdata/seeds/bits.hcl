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
    rd = cat(8, bits(rs1, 7, 0), shl(bits(rs2, 3, 0), 2)) + asr(s16(rs1, 1), 1)
  }
}

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
    rd  = load_32(rs1) + rs2
    rs1 = rs1 + 4
  }
}

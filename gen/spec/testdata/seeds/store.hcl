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
  store {
    addr = rs1
    size = 4
    data = rs2
  }
  write {
    rd = rs1
  }
}

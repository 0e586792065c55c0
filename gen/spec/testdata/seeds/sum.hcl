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
    rd = rs1 + rs2 * 3
  }
  example {
    given  = { rs1 = 1, rs2 = 2 }
    expect = { rd = 7 }
  }
}

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
  loop {
    level = 0
    count = rs1
    end   = pc + 8
  }
  write {
    rd = rs2
  }
}

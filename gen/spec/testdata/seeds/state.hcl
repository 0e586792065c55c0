extension "x" {
  summary = "x"
}

state "acc" {
  bits  = 32
  count = 4
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
  set "acc" {
    index = 0
    value = acc[0] + rs1
  }
  write {
    rd = acc[1] + rs2
  }
}

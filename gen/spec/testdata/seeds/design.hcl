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
    rd = rs1
  }
}

unit "u" {
  instructions = ["i"]
  latency      = 3
}

design "d" {
  instructions = ["i"]
  write_ports  = 2
}

verify {
  vectors = 5
}

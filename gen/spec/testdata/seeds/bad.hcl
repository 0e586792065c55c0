extension "x" {
  summary = "x"
}

instruction "i" {
  summary  = "i"
  assembly = "mv.i rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 9
  }
  write { rx = foo(rs1, ) }
}

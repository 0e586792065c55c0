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
  let {
    p = [for i in range(4) : s8(rs1, i) * u8(rs2, i)]
  }
  write {
    rd = clamp(sum(p), -128, 127)
  }
}

# Names that would make one file of two things.
extension "x" {}
instruction "a" {
  summary  = "a"
  assembly = "mv.a rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 0
  }
  write {
    rd = rs1 - rs2
  }
}
instruction "b" {
  summary  = "b"
  assembly = "mv.b rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 1
    funct7 = 0
  }
  write {
    rd = rs1 + rs2
  }
}
unit "a" { # error: Name in use; The instruction a is in no unit
  instructions = ["b"]
}
design "report" { # error: Name in use; holds the report
  instructions = ["a"]
}
program "p" {
  sources = ["p.c"]
  variant "q_r" {}
}
program "none" { # error: No source; names no source
  sources = []
}
program "p_q" {
  sources = ["p.c"]
  variant "r" {} # error: Second program and variant; p_q_r
}

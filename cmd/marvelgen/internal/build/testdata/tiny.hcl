# The least that a build can be about: one instruction, one design, one program.

extension "tiny" {
  summary = "One instruction"
}

instruction "addx" {
  summary  = "Sum and one more"
  assembly = "mv.addx rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 0
  }
  write {
    rd = rs1 + rs2 + 1
  }
  example {
    given  = { rs1 = 1, rs2 = 2 }
    expect = { rd = 4 }
  }
}

design "one" {
  instructions = ["addx"]
}

verify {
  vectors = 50
  seed    = 3
}

program "tiny" {
  summary = "Sums, with and without the instruction"
  sources = ["tiny.c"]
  macs    = 32
  variant "plain" {}
  variant "custom" {
    defines = ["CUSTOM"]
    needs   = ["addx"]
  }
}

# What tables and many units need: a table in LUTs of its own, a unit that synthesis keeps
# apart and that takes its argument from the core's multiplier, five units of one result.
extension "curves" {
}

table "cubes" {
  bits   = 12
  values = [for k in range(64) : round(k * k * k / 64)]
}

table "roots" {
  bits   = 9
  values = [for k in range(40) : round(64 * sqrt(k))]
}

instruction "cube" {
  summary  = "Entry of a table"
  assembly = "mv.cube rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 0
    funct7 = 0
    fixed  = { "24:20" = 0 }
  }
  write {
    rd = cubes[bits(rs1, 9, 4)] + bits(rs1, 3, 0)
  }
  example {
    given  = { rs1 = 643 }
    expect = { rd = 1003 }
  }
}

instruction "root" {
  summary  = "Entry of a table, by the low bits of a product"
  assembly = "mv.root rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 1
    funct7 = 0
  }
  let {
    t = s32(rs1) * s32(rs2)
  }
  write {
    rd = roots[min(bits(t, 20, 15), 39)] + bits(t, 7, 0)
  }
  example {
    given  = { rs1 = 1024, rs2 = 512 }
    expect = { rd = 256 }
  }
}

instruction "flip" {
  summary  = "Complement"
  assembly = "mv.flip rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 2
    funct7 = 0
    fixed  = { "24:20" = 0 }
  }
  write {
    rd = not(rs1)
  }
}

instruction "swap" {
  summary  = "Halves in each other's place"
  assembly = "mv.swap rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 3
    funct7 = 0
    fixed  = { "24:20" = 0 }
  }
  write {
    rd = cat(16, rs1, bits(rs1, 31, 16))
  }
}

instruction "low" {
  summary  = "The lesser"
  assembly = "mv.low rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 4
    funct7 = 0
  }
  write {
    rd = min(s32(rs1), s32(rs2))
  }
}

unit "roots_unit" {
  instructions = ["root"]
  apart        = true
}

design "all" {
  instructions = ["cube", "root", "flip", "swap", "low"]
}

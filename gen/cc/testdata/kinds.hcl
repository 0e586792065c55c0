# Instructions of each kind that the compiler pass tells apart. Summaries are the
# verdicts that it has to give.

extension "kinds" {
}

state "sum" {
  bits = 32
}

state "ring" {
  bits  = 32
  count = 16
  ram   = true
}

table "squares" {
  bits   = 16
  values = [for i in range(16) : i * i]
}

instruction "mac" {
  summary  = "meaning"
  assembly = "mv.mac rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 0
  }
  write {
    rd = rd + rs1 * rs2
  }
}

instruction "post" {
  summary  = "meaning"
  assembly = "mv.post rd, imm(rs1)"
  encoding {
    format = "I"
    opcode = "custom-0"
    funct3 = 1
  }
  write {
    rd  = load_s8(rs1)
    rs1 = rs1 + imm
  }
}

instruction "put" {
  summary  = "meaning"
  assembly = "mv.put rs2, imm(rs1)"
  encoding {
    format = "S"
    opcode = "custom-0"
    funct3 = 2
  }
  write {
    rs1 = rs1 + imm
  }
  store {
    size = 4
    addr = rs1
    data = rs2
  }
}

instruction "shift" {
  summary  = "intrinsic: its operands cannot be found"
  assembly = "mv.shift rd, rs1, imm"
  encoding {
    format = "I"
    opcode = "custom-0"
    funct3 = 4
  }
  write {
    rd = rd + shr(rs1, bits(imm, 4, 0))
  }
}

instruction "clip" {
  summary  = "meaning"
  assembly = "mv.clip rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 1
  }
  write {
    rd = min(s32(rs1), s32(rs2))
  }
}

instruction "here" {
  summary  = "intrinsic: it depends on its own address"
  assembly = "mv.here rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 2
  }
  write {
    rd = pc + rs1 + rs2
  }
}

instruction "num" {
  summary  = "intrinsic: it depends on rs1_index, the number of a register"
  assembly = "mv.num rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 3
  }
  write {
    rd = rs1 + rs2 + rs1_index
  }
}

instruction "add" {
  summary  = "intrinsic: it changes the state sum"
  assembly = "mv.add rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 4
    fixed  = { "11:7" = 0 }
  }
  write {
    sum = sum + rs1 + rs2
  }
}

instruction "get" {
  summary  = "intrinsic: it reads the state ring"
  assembly = "mv.get rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 5
  }
  write {
    rd = ring[bits(rs1, 3, 0)] + rs2
  }
}

instruction "square" {
  summary  = "intrinsic: it reads the table squares"
  assembly = "mv.square rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 6
  }
  write {
    rd = squares[bits(rs1, 3, 0)] + rs2
  }
}

instruction "loop" {
  summary  = "loops"
  assembly = "mv.loop rs1, offset"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 0
    fixed  = { "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "offset" {
      bits  = ["31:20"]
      scale = 4
    }
  }
  loop {
    level = 0
    count = rs1
    end   = pc + offset
  }
}

instruction "twice" {
  summary  = "intrinsic: it sets up a loop whose level, count or end is no operand"
  assembly = "mv.twice rs1, offset"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 1
    fixed  = { "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "offset" {
      bits  = ["31:20"]
      scale = 4
    }
  }
  loop {
    level = 0
    count = bits(2 * rs1, 31, 0)
    end   = pc + offset
  }
}

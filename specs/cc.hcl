# An extension for compiled code: every instruction is one that `marvelgen cc` selects
# in plain loops, so that no kernel has to be written for it.
#
#   custom-0  loops, told apart by funct3
#   custom-1  macb, which needs three registers and ten immediate bits
#   custom-2  lbi, of the same shape

extension "cc" {
  summary = "Compiled code: loads that move their pointer, load and multiply-accumulate, zero-overhead loops"
  source  = "marvelgen"
}

instruction "lbi" {
  summary  = "Loads a byte, sign-extended, and moves the pointer: rd = byte at rs1, rs1 += imm"
  assembly = "cc.lbi rd, rs1, imm"
  encoding {
    format = "custom"
    opcode = "custom-2"
    fixed  = { "24:20" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "imm" {
      bits = ["31:25", "14:12"]
    }
  }
  write {
    rd  = load_s8(rs1)
    rs1 = rs1 + imm
  }
  example {
    given  = { load = "0x80", rs1 = 4096, imm = 1 }
    expect = { rd = "0xffffff80", rs1 = 4097 }
  }
}

instruction "macb" {
  summary  = "Multiplies a loaded byte, accumulates, and moves the pointer: rd += rs2 * byte at rs1, rs1 += imm"
  assembly = "cc.macb rd, rs2, rs1, imm"
  encoding {
    format = "custom"
    opcode = "custom-1"
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "imm" {
      bits = ["31:25", "14:12"]
    }
  }
  write {
    rd  = rd + rs2 * load_s8(rs1)
    rs1 = rs1 + imm
  }
  example {
    given  = { load = "0xfe", rd = 100, rs1 = 4096, rs2 = 3, imm = 64 }
    expect = { rd = 94, rs1 = 4160 }
  }
}

instruction "lpset" {
  summary  = "Zero-overhead loop: pc + 4 to pc + offset run as often as the low 12 bits of rs1 say"
  assembly = "cc.lpset level, rs1, offset"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 1
    fixed  = { "11:8" = 0 }
    field "level" {
      bits = ["7"]
    }
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
    level = level
    count = bits(rs1, 11, 0)
    end   = pc + offset
  }
  example {
    given  = { pc = "0x1000", rs1 = 7, offset = 12 }
    expect = { loop_count = 7, loop_end = "0x100c" }
  }
}

instruction "lpseti" {
  summary  = "Zero-overhead loop with a constant count"
  assembly = "cc.lpseti level, count, offset"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 2
    field "level" {
      bits = ["7"]
    }
    field "count" {
      bits = ["31:20"]
    }
    field "offset" {
      bits  = ["19:15", "11:8"]
      scale = 4
    }
  }
  loop {
    level = level
    count = count
    end   = pc + offset
  }
  example {
    given  = { pc = "0x1000", count = 9, offset = 508 }
    expect = { loop_count = 9, loop_end = "0x11fc" }
  }
}

unit "bytes" {
  summary      = "One pointer adder for lbi and macb"
  instructions = ["lbi", "macb"]
}

unit "hwloop" {
  summary      = "Operands of the loop registers in the fetch stage"
  instructions = ["lpset", "lpseti"]
}

design "base" {
  summary      = "the base core"
  instructions = []
}

design "plain" {
  summary      = "all that plain loops are made of"
  instructions = ["lbi", "macb", "lpset", "lpseti"]
  write_ports  = 2
}

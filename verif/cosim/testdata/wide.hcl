# A test extension of more corner cases: 64-bit, large and never written state,
# two writes to one memory, fixed registers only, three results with a load, a
# loop set-up with a result, units called like modules of the design.

extension "wide" {
  summary = "Sizes and names"
}

state "sums" {
  bits  = 64
  reset = 5
  count = 2
}

state "never" {
  bits  = 8
  reset = 77
}

state "big" {
  bits  = 3
  count = 4096
}

state "tally" {
  bits   = 9
  signed = true
}

instruction "widen" {
  summary  = "64-bit accumulate"
  assembly = "mv.widen rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 0
    fixed  = { "11:7" = 0 }
  }
  write {
    sums = [s32(sums[0]) * s32(rs1) + s32(rs2), bits(sums[0], 63, 0)]
  }
}

instruction "getwide" {
  summary  = "Part of a 64-bit state, or one that is never written"
  assembly = "mv.getwide rd, k"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 1
    fixed  = { "31:17" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "k" {
      bits = ["16:15"]
    }
  }
  write {
    rd = k > 1 ? never : shr(sums[bits(k, 0, 0)], k * 16)
  }
}

instruction "bigset" {
  summary  = "Two writes to one memory"
  assembly = "mv.bigset rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 2
    funct7 = 0
    fixed  = { "11:7" = 0 }
  }
  set "big" {
    index = bits(rs1, 11, 0)
    value = rs2
  }
  set "big" {
    index = bits(rs2, 11, 0)
    value = rs1
    when  = rs1 < rs2
  }
}

instruction "bigget" {
  summary  = "Elements named by fixed registers"
  assembly = "mv.bigget rd"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 3
    fixed  = { "31:15" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
  }
  write {
    rd    = big[bits(x5, 11, 0)] + s16(x6, 1) + big[bits(x6, 11, 0)]
    tally = tally + big[bits(x5, 11, 0)]
  }
}

instruction "taken" {
  summary  = "Only a fixed result"
  assembly = "mv.taken rs1"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 4
    fixed  = { "31:20" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
  }
  write {
    x7 = tally - rs1
  }
}

instruction "all3" {
  summary  = "Load and three results"
  assembly = "mv.all3 rd, rs1, rs2, k"
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
    field "k" {
      bits  = ["14:12", "31:25"]
      scale = 2
    }
  }
  write {
    rd  = load_s16(rs1 + k) + rd
    rs2 = rs2 + k
    x7  = x7 + x5
  }
}

instruction "lstep" {
  summary  = "Loop with results"
  assembly = "mv.lstep level, rd, rs1, rs2"
  encoding {
    format = "custom"
    opcode = "custom-2"
    fixed  = { "14:12" = 0, "31:26" = 0 }
    field "level" {
      bits = ["25"]
    }
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
  }
  loop {
    level = level
    count = max(s32(rs1), 0) + 1
    end   = pc + shl(bits(rs2, 6, 0), 2)
  }
  write {
    rd = rs1 + 1
  }
}

unit "core" {
  summary      = "Called like a module"
  instructions = ["widen", "getwide"]
}

unit "decode" {
  summary      = "Called like a module"
  instructions = ["bigset", "bigget", "taken"]
}

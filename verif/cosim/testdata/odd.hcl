# A test extension of corner cases: orders of results, late addresses, memories
# of odd sizes, fields of one name in several places, loops counted by state.

extension "odd" {
  summary = "Corner cases of the socket"
}

state "ring" {
  bits   = 37
  signed = true
  count  = 5
  reset  = -7
}

state "flag" {
  bits = 1
}

state "base" {
  bits  = 32
  count = 2
}

state "trips" {
  bits  = 3
  reset = 2
}

table "signs" {
  bits   = 40
  signed = true
  values = [-1, 5, -549755813888]
}

instruction "first" {
  summary  = "Two results, of which the fixed one wins where both are x9"
  assembly = "mv.first rd, rs1"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 0
    fixed  = { "31:20" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
  }
  write {
    rd = xor(x9, rs1)
    x9 = x9 + rs1
  }
}

instruction "three" {
  summary  = "Three results at once"
  assembly = "mv.three rd, rs1, rs2, k"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 1
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
      bits   = ["31:25"]
      signed = true
      scale  = 4
    }
  }
  write {
    rs2 = rs2 + k
    rd  = rs1 - rs2 + rd
    x9  = x9 + s16(rs1, 1) * s16(rs2, 0) + x11
  }
}

instruction "lbmac" {
  summary  = "A byte from memory times x11, added to x9, and the pointer moves on"
  assembly = "mv.lbmac k(rs1)"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 2
    fixed  = { "31:30" = 1 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "k" {
      bits = ["11:7", "29:20"]
    }
  }
  write {
    rs1 = rs1 + rs1_index
    x9  = x9 + load_s8(rs1 + k) * x11
  }
}

instruction "push" {
  summary  = "Into one of five elements, if the flag says so"
  assembly = "mv.push rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 3
    funct7 = 0
  }
  let {
    i = min(bits(rs1, 2, 0), 4)
  }
  write {
    rd   = ring[min(bits(rs2, 2, 0), 4)]
    flag = bits(rs1, 5, 5)
  }
  set "ring" {
    index = i
    value = ring[i] + cat(30, bits(rs2, 5, 0), rs1)
    when  = bits(rs1, 4, 3)
  }
}

instruction "high" {
  summary  = "The upper bits of an element, or a table's entry"
  assembly = "mv.high rd, k"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 4
    fixed  = { "31:17" = 3 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "k" {
      bits = ["16:15"]
    }
  }
  write {
    rd = flag ? asr(ring[k], 5) : asr(signs[min(k, 2)], 8)
  }
}

instruction "setbase" {
  summary  = "Sets one of two bases, and the trips of the next loop"
  assembly = "mv.setbase rs2, k"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 0
    fixed  = { "31:25" = 0, "19:15" = 0, "11:8" = 0 }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "k" {
      bits = ["7"]
    }
  }
  set "base" {
    index = k
    value = rs2
  }
  write {
    trips = rs2
  }
}

instruction "sbase" {
  summary  = "Stores a byte at a base, which moves on if the byte is negative"
  assembly = "mv.sbase rs2, k"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 1
    fixed  = { "31:25" = 0, "19:15" = 0, "11:8" = 0 }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "k" {
      bits = ["7"]
    }
  }
  store {
    addr = base[k] + k
    size = 1
    data = rs2 * x11
  }
  set "base" {
    index = k
    value = base[k] + 1
    when  = s8(rs2) < 0
  }
}

instruction "lhbase" {
  summary  = "Loads a halfword at the first base, less a step, which also moves it"
  assembly = "mv.lhbase rd, step"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 2
    fixed  = { "24:15" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "step" {
      bits  = ["31:25"]
      scale = 2
    }
  }
  write {
    rd = load_u16(base[0] - step) + rd
  }
  set "base" {
    index = 0
    value = base[0] - step
  }
}

instruction "again" {
  summary  = "A loop counted by state, whose end is in a register"
  assembly = "mv.again rs1, k"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 3
    fixed  = { "31:25" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "k" {
      bits = ["24:20"]
    }
  }
  loop {
    level = 0
    count = trips
    end   = rs1 + shl(k, 2)
  }
  write {
    trips = trips + 1
  }
}

instruction "divide" {
  summary  = "Quotient and remainder of lanes, in three cycles"
  assembly = "mv.divide rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-2"
    funct3 = 0
    funct7 = 1
  }
  write {
    rd  = pack(16, [quo(s16(rs1, 0), s16(rs2, 0)), rem(u16(rs1, 1), u16(rs2, 1))])
    rs2 = abs(s32(rs2)) + rs1_index
  }
}

instruction "lslow" {
  summary  = "A load in a unit of several cycles, with a third operand"
  assembly = "mv.lslow rd, (rs1), rs2, rs3"
  encoding {
    format = "R4"
    opcode = "custom-2"
    funct3 = 1
    funct2 = 0
  }
  write {
    rd  = load_u16(rs1) * rs3 + max(s32(rs2), s32(rs3))
    rs1 = rs1 + rs3
  }
}

unit "state" {
  summary      = "Everything with state"
  instructions = ["push", "high", "setbase", "sbase", "lhbase", "again"]
}

unit "late" {
  summary      = "Computed in the last stage"
  instructions = ["three"]
  pipeline     = "w"
}

unit "slow" {
  summary      = "Takes three cycles"
  instructions = ["divide", "lslow"]
  latency      = 3
}

design "one" {
  summary      = "one write port"
  instructions = ["first", "three", "lbmac", "push", "high", "setbase", "sbase", "lhbase", "again", "divide", "lslow"]
  write_ports  = 1
}

design "two" {
  summary      = "two write ports"
  instructions = ["first", "three", "lbmac", "push", "high", "setbase", "sbase", "lhbase", "again", "divide", "lslow"]
  write_ports  = 2
}

design "three" {
  summary      = "three write ports"
  instructions = ["first", "three", "lbmac", "push", "high", "setbase", "sbase", "lhbase", "again", "divide", "lslow"]
}

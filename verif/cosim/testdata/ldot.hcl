# A test extension that uses what MARVEL's instructions do not: private state in
# both stages, load-and-compute with a pointer that post-increments, a table, a
# store, a multi-cycle unit, conditional and indexed state writes.

extension "ldot" {
  summary = "Stateful dot products with post-increment loads"
}

state "acc" {
  bits   = 32
  signed = true
  count  = 4
}

state "ptr" {
  bits = 32
}

state "peak" {
  bits   = 8
  signed = true
  reset  = -128
}

table "squares" {
  bits   = 12
  values = [for i in range(64) : i * i]
}

instruction "setptr" {
  summary  = "Sets the pointer"
  assembly = "mv.setptr rs1"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 0
    fixed  = { "31:25" = 0, "24:20" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
  }
  write {
    ptr = rs1
  }
}

instruction "ldotp" {
  summary  = "Four products with the word at the pointer, which moves on"
  assembly = "mv.ldotp rd, rs1, step"
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
    field "step" {
      bits   = ["31:20"]
      signed = true
    }
  }
  let {
    w = load_32(ptr)
  }
  write {
    acc = [acc[0] + sum([for i in range(4) : s8(w, i) * s8(rs1, i)]), acc[1], acc[2], acc[3]]
    ptr = ptr + step
    rd  = acc[0]
  }
}

instruction "ldot" {
  summary  = "Four products with the word at rs1, which moves on"
  assembly = "mv.ldot rd, rs1, rs2, lane"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 2
    fixed  = { "31:27" = 0 }
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
    field "lane" {
      bits = ["26:25"]
    }
  }
  let {
    w = load_32(rs1)
    p = sum([for i in range(4) : s8(w, i) * u8(rs2, i)])
  }
  write {
    rd  = acc[lane] + p
    rs1 = rs1 + 4
  }
  set "acc" {
    index = lane
    value = acc[lane] + p
  }
}

instruction "rdacc" {
  summary  = "Reads an accumulator and clears it"
  assembly = "mv.rdacc rd, lane"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 3
    fixed  = { "31:22" = 0, "19:15" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "lane" {
      bits = ["21:20"]
    }
  }
  write {
    rd = acc[lane]
  }
  set "acc" {
    index = lane
    value = 0
  }
}

instruction "requant" {
  summary  = "Scales, rounds, clamps to int8, and notes the peak"
  assembly = "mv.requant rd, rs1, rs2, shift"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 0
    fixed  = { "31:30" = 0 }
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
    field "shift" {
      bits = ["29:25"]
    }
  }
  let {
    q = clamp(round_shift(s16(rs1, 0) * s16(rs2, 0), shift), -128, 127)
  }
  write {
    rd = q
  }
  write {
    when = q > peak
    peak = q
  }
}

instruction "rdpeak" {
  summary  = "Reads the peak and starts anew"
  assembly = "mv.rdpeak rd"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 1
    fixed  = { "31:15" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
  }
  write {
    rd   = peak
    peak = -128
  }
}

instruction "square" {
  summary  = "Looks up the square of six bits, and adds rd"
  assembly = "mv.square rd, rs1"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 2
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
    rd = rd + squares[bits(rs1, 7, 2)]
  }
}

instruction "spost" {
  summary  = "Stores a halfword beside rs1, which moves on"
  assembly = "mv.spost rs2, offset(rs1)"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 3
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "offset" {
      bits   = ["31:25", "11:7"]
      signed = true
    }
  }
  store {
    addr = rs1 + offset
    size = 2
    data = rs2 + 1
  }
  write {
    rs1 = rs1 + 2
  }
}

instruction "slow" {
  summary  = "A long multiplication in several cycles, with a third operand"
  assembly = "mv.slow rd, rs1, rs2, rs3"
  encoding {
    format = "R4"
    opcode = "custom-2"
    funct3 = 0
    funct2 = 0
  }
  write {
    rd  = asr(s32(rs1) * s32(rs2), 16) + rs3
    x20 = x20 + x21
  }
}

unit "dot" {
  summary      = "Accumulators and pointer"
  instructions = ["setptr", "ldotp", "ldot", "rdacc"]
}

unit "requant" {
  summary      = "Scaling and its peak"
  instructions = ["requant", "rdpeak"]
}

unit "slow" {
  summary      = "Takes four cycles"
  instructions = ["slow"]
  latency      = 4
}

verify {
  vectors = 300
}

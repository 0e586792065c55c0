# An extension for compiled code: every instruction is one that `marvelgen cc` selects
# in plain loops, so that no kernel has to be written for it.
#
#   custom-0  loops and scale, told apart by funct3
#   custom-1  macb, which needs three registers and ten immediate bits
#   custom-2  lbi, of the same shape
#   custom-3  narrow and dotb, told apart by bit 14

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

# Four rounds at once: `marvelgen cc` widens loops over bytes to words for this one.

instruction "dotb" {
  summary  = "Multiplies four loaded bytes by those of rs2, and accumulates"
  assembly = "cc.dotb rd, rs2, imm(rs1)"
  encoding {
    format = "custom"
    opcode = "custom-3"
    fixed  = { "14:12" = 4 }
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
      bits  = ["31:25"]
      scale = 4
    }
  }
  let {
    word = load_32(rs1 + imm)
    p0   = signed(bits(rs2, 7, 0), 8) * signed(bits(word, 7, 0), 8)
    p1   = signed(bits(rs2, 15, 8), 8) * signed(bits(word, 15, 8), 8)
    p2   = signed(bits(rs2, 23, 16), 8) * signed(bits(word, 23, 16), 8)
    p3   = signed(bits(rs2, 31, 24), 8) * signed(bits(word, 31, 24), 8)
  }
  write {
    rd = rd + p0 + p1 + p2 + p3
  }
  example {
    given  = { load = "0xff020304", rd = 100, rs1 = 4096, rs2 = "0x80010203", imm = 4 }
    expect = { rd = 248 }
  }
}

instruction "lpset" {
  summary  = "Zero-overhead loop: pc + 4 to pc + offset run as often as the low 13 bits of rs1 say"
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
    count = bits(rs1, 12, 0)
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

# Requantisation of the TensorFlow Lite Micro reference kernels, from an accumulator to an
# int8 output, in two steps that each are done in a cycle. The product is the core's own.
#   x = (sum * multiplier + 2^30) >> 31
#   result = x / 2^n, halves away from nought, + zero point, clamped to int8; n = -shift
# A shift that is not negative has been done before, to the sum: here it does nothing.

instruction "scale" {
  summary  = "Multiplies by a fraction: rs1 * rs2 / 2^31 to the nearest integer"
  assembly = "cc.scale rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 4
    funct7 = 0
  }
  write {
    rd = asr(asr(s32(rs1) * s32(rs2), 30) + 1, 1)
  }
  example {
    given  = { rs1 = 1000, rs2 = "0x40000000" }
    expect = { rd = 500 }
  }
  example {
    given  = { rs1 = -1, rs2 = "0x40000000" }
    expect = { rd = 0 }
  }
  example {
    given  = { rs1 = "0x80000000", rs2 = "0x80000000" }
    expect = { rd = "0x80000000" }
  }
}

instruction "narrow" {
  summary  = "To int8: rs1 / 2^n to the nearest, halves away from nought, + zero, clamped; n is -rs2 modulo 32, 0 if rs2 is not negative"
  assembly = "cc.narrow rd, rs1, rs2, zero, wrap"
  encoding {
    format = "custom"
    opcode = "custom-3"
    fixed  = { "14" = 0 }
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
    field "zero" {
      bits   = ["31:25", "12"]
      signed = true
    }
    field "wrap" {
      bits = ["13"]
    }
  }
  # f is rs1 / 2^n, as far as a result that is not clamped can follow from it, and one more
  # bit by which to round up. What is shifted out behind that is a tie if it is nought; what
  # is cut off above (over) clamps the result. One sum adds the zero point, and carries from
  # the additional bit. At the ends of int32 that sum may wrap: in C it must not, so compilers
  # clamp before it or behind it.
  let {
    n     = s32(rs2) < 0 ? bits(-rs2, 4, 0) : 0
    minus = bits(rs1, 31, 31)
    a     = shl(s32(rs1), 1)
    b     = bits(n, 4, 4) == 1 ? asr(a, 16) : signed(a, 25)
    c     = bits(n, 3, 3) == 1 ? asr(b, 8) : signed(b, 17)
    d     = bits(n, 2, 2) == 1 ? asr(c, 4) : signed(c, 13)
    e     = bits(n, 1, 1) == 1 ? asr(d, 2) : signed(d, 11)
    f     = bits(n, 0, 0) == 1 ? asr(e, 1) : signed(e, 10)
    lost = [
      bits(n, 4, 4) == 1 && bits(a, 15, 0) != 0,
      bits(n, 3, 3) == 1 && bits(b, 7, 0) != 0,
      bits(n, 2, 2) == 1 && bits(c, 3, 0) != 0,
      bits(n, 1, 1) == 1 && bits(d, 1, 0) != 0,
      bits(n, 0, 0) == 1 && bits(e, 0, 0) != 0,
    ]
    cut = [
      bits(n, 4, 4) == 0 && asr(a, 24) != -minus,
      bits(n, 3, 3) == 0 && asr(b, 16) != -minus,
      bits(n, 2, 2) == 0 && asr(c, 12) != -minus,
      bits(n, 1, 1) == 0 && asr(d, 10) != -minus,
      bits(n, 0, 0) == 0 && asr(e, 9) != -minus,
    ]
    tie  = !(lost[0] || lost[1] || lost[2] || lost[3] || lost[4])
    over = cut[0] || cut[1] || cut[2] || cut[3] || cut[4]
    up   = bits(f, 0, 0) == 1 && !(tie && minus == 1)
    y    = asr(or(f, 1) + or(shl(zero, 1), up), 1)
    past = wrap == 1 && n == 0 && bits(rs1, 30, 7) == (minus == 1 ? 0 : 16777215)
    low  = past ? y >= 0 : minus == 1
  }
  write {
    rd = !over && (asr(y, 7) == 0 || asr(y, 7) == -1) ? signed(y, 8) : low ? -128 : 127
  }
  example {
    given  = { rs1 = 300, rs2 = -3, zero = -20 }
    expect = { rd = 18 }
  }
  example {
    given  = { rs1 = -300, rs2 = -3, zero = 0 }
    expect = { rd = -38 }
  }
  example {
    given  = { rs1 = 99, rs2 = 4, zero = -1 }
    expect = { rd = 98 }
  }
  example {
    given  = { rs1 = 1000, rs2 = -2, zero = 5 }
    expect = { rd = 127 }
  }
  example {
    given  = { rs1 = "0x7fffffff", rs2 = 0, zero = 1, wrap = 1 }
    expect = { rd = -128 }
  }
  example {
    given  = { rs1 = "0x7fffffff", rs2 = 0, zero = 1, wrap = 0 }
    expect = { rd = 127 }
  }
  example {
    given  = { rs1 = "0x80000000", rs2 = 0, zero = -1, wrap = 1 }
    expect = { rd = 127 }
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

design "packed" {
  summary      = "plain loops over bytes four rounds at a time, and requantisation's second step"
  instructions = ["dotb", "narrow"]
}

design "rescale" {
  summary      = "requantisation in two instructions, and nothing else"
  instructions = ["scale", "narrow"]
}

design "all" {
  summary      = "plain and rescale"
  instructions = ["lbi", "macb", "lpset", "lpseti", "scale", "narrow"]
}

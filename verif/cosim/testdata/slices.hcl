# State in the registers of DSP slices: sums of up to three products, of a term
# beside them and of the former value, each with a condition; a rounded product.

extension "slices" {
  summary = "Sums that live in DSP slices"
}

state "acc" {
  bits   = 40
  signed = true
  count  = 2
  dsp    = true
}

state "line" {
  bits   = 48
  signed = true
  dsp    = true
}

state "part" {
  bits   = 27
  signed = true
  dsp    = true
}

state "early" {
  bits = 30
  dsp  = true
}

instruction "dmac" {
  summary  = "Two products of a loaded word, and two that cross"
  assembly = "mv.dmac rd, rs1, rs2, first"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 0
    fixed  = { "31:26" = 0 }
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
    field "first" {
      bits = ["25"]
    }
  }
  let {
    x = load_32(rs1)
  }
  write {
    acc = [
      (first == 1 ? 0 : acc[0]) + s16(x, 0) * s16(rs2, 0) + s16(x, 1) * s16(rs2, 1),
      (first == 1 ? 0 : acc[1]) + s16(x, 0) * s16(rs2, 1) + s8(x, 3) * s16(rs2, 0) + s8(x, 0) * 77
    ]
    line = signed(part + line, 27) * bits(x, 16, 0) + s32(rs2, 0)
    part = asr(signed(s16(x, 0) + part, 27) * bits(rs2, 30, 0) + shl(1, 30), 31)
    early = early + bits(rs2, 9, 0) * bits(rs1, 12, 0)
    rd   = acc[1] + part
  }
}

instruction "dadd" {
  summary  = "Adds a word to one sum; the other one starts anew with one product"
  assembly = "mv.dadd rd, rs1, rs2, which"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 1
    fixed  = { "31:26" = 0 }
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
    field "which" {
      bits = ["25"]
    }
  }
  write {
    acc  = [acc[0] + (which == 1 ? 0 : s32(rs1, 0)), s16(rs1, 0) * s8(rs2, 1)]
    line = line + (which == 1 ? s32(rs2, 0) : 0)
    rd   = asr(acc[0], 8)
  }
}

instruction "dget" {
  summary  = "Reads a part of a sum"
  assembly = "mv.dget rd, high"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 2
    fixed  = { "31:26" = 0, "24:20" = 0, "19:15" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "high" {
      bits = ["25"]
    }
  }
  write {
    rd    = high == 1 ? asr(line, 16) : bits(line, 31, 0) - early
    early = 0
  }
}

unit "sums" {
  summary      = "Sums in slices"
  instructions = ["dmac", "dadd", "dget"]
}

design "all" {
  summary      = "everything"
  instructions = ["dmac", "dadd", "dget"]
}

# Weights in block RAM: a load meets 128 bits of them, which are two states with
# one index.

extension "uram" {
  summary = "Products with weights in block RAM"
}

state "w0" {
  bits  = 64
  count = 8
  ram   = true
}

state "w1" {
  bits  = 64
  count = 8
  ram   = true
}

state "wi" {
  bits = 3
}

state "acc" {
  bits   = 32
  signed = true
  count  = 2
}

# Five elements: an index has more values than that. One bit is enough.
state "flags" {
  bits  = 1
  count = 5
  ram   = true
}

instruction "wput" {
  summary  = "Writes 64 bits of weights, and moves on"
  assembly = "mv.wput rs1, rs2, half, step"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 0
    fixed  = { "31:27" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "half" {
      bits = ["25"]
    }
    field "step" {
      bits = ["26"]
    }
  }
  set "w0" {
    index = wi
    value = cat(32, rs2, rs1)
    when  = half == 0
  }
  set "w1" {
    index = wi
    value = cat(32, rs2, rs1)
    when  = half == 1
  }
  write {
    wi = wi + step
  }
  example {
    given  = { rs1 = 1, rs2 = 2, half = 1, step = 1, wi = 7 }
    expect = { wi = 0 }
  }
}

instruction "wfill" {
  summary  = "Writes the element that rs1 names"
  assembly = "mv.wfill rs1, rs2"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 1
    fixed  = { "31:25" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
  }
  set "w0" {
    index = bits(rs1, 2, 0)
    value = rs2
  }
  set "flags" {
    index = min(bits(rs1, 2, 0), 4)
    value = bits(rs2, 0, 0)
  }
}

instruction "wdot" {
  summary  = "Sixteen products of a loaded word and an element's bytes, which moves on"
  assembly = "mv.wdot rd, rs1, first"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 2
    fixed  = { "31:26" = 0, "24:20" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "first" {
      bits = ["25"]
    }
  }
  let {
    x = load_32(rs1)
    i = first == 1 ? 0 : wi
    a = w0[i]
    b = w1[i]
  }
  write {
    acc = [
      (first == 1 ? 0 : acc[0]) + sum([for k in range(4) : s8(x, k) * s8(a, k)]),
      (first == 1 ? 0 : acc[1]) + sum([for k in range(4) : s8(x, k) * s8(b, k + 4)]),
    ]
    wi = i + 1
    rd = acc[0]
  }
  example {
    given  = { rs1 = 4096, load = "0x04030201", first = 0, wi = 7, "w0[7]" = "0x01010101", "w1[7]" = "0x0202020200000000", "acc[0]" = 5 }
    expect = { "acc[0]" = 15, "acc[1]" = 20, wi = 0, rd = 5 }
  }
}

instruction "wget" {
  summary  = "Half an element that rs1 names"
  assembly = "mv.wget rd, rs1"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 3
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
    rd = s32(w0[bits(rs1, 2, 0)], 0) + flags[min(bits(rs1, 2, 0), 4)]
  }
}

instruction "wacc" {
  summary  = "Reads an accumulator"
  assembly = "mv.wacc rd, lane"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 4
    fixed  = { "31:21" = 0, "19:15" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "lane" {
      bits = ["20"]
    }
  }
  write {
    rd = acc[lane]
  }
}

unit "weights" {
  summary      = "Weights, their index and the sums"
  instructions = ["wput", "wfill", "wdot", "wget", "wacc"]
}

verify {
  vectors = 300
}

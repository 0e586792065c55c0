# One instruction of each kind that the emitters treat differently.

extension "kinds" {
  summary = "Everything once"
}

state "acc" {
  bits   = 40
  signed = true
  count  = 2
  reset  = -1
}

state "busy" {
  bits = 8
}

table "cubes" {
  bits   = 13
  signed = true
  values = [for i in range(32) : (i - 16) * (i - 16) * (i - 16)]
}

instruction "avg" {
  summary  = "Average, rounded down"
  source   = "made up"
  assembly = "mv.avg rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 1
  }
  write {
    rd = asr(s32(rs1) + s32(rs2), 1)
  }
  example {
    given  = { rs1 = 3, rs2 = "0xfffffff8" }
    expect = { rd = "0xfffffffd" }
  }
}

instruction "madd" {
  summary  = "Adds two products of halves"
  assembly = "mv.madd rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 0
  }
  let {
    p = [for i in range(2) : s16(rs1, i) * s16(rs2, i)]
  }
  write {
    rd = rd + sum(p)
  }
}

instruction "ldacc" {
  summary  = "Adds two halves of memory to an accumulator; the address moves on"
  assembly = "mv.ldacc lane, step(rs1)"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 1
    fixed  = { "11:7" = 0, "24:20" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "step" {
      bits   = ["31:26"]
      signed = true
      scale  = 4
    }
    field "lane" {
      bits = ["25"]
    }
  }
  let {
    w = load_32(rs1)
  }
  write {
    rs1 = rs1 + step
  }
  set "acc" {
    index = lane
    value = acc[lane] + s16(w, 0) * s16(w, 1)
  }
}

instruction "rdacc" {
  summary  = "Reads an accumulator, saturated, and clears both if it was negative"
  assembly = "mv.rdacc rd, lane"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 2
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
    rd = clamp(acc[lane], -2147483648, 2147483647)
  }
  write {
    when = acc[lane] < 0
    acc  = [0, 0]
  }
}

instruction "sthigh" {
  summary  = "Stores the high half; the address moves on"
  assembly = "mv.sthigh rs2, offset(rs1)"
  encoding {
    format = "custom"
    opcode = "custom-0"
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
    data = bits(rs2, 31, 16)
  }
  write {
    rs1 = rs1 + 2
  }
}

instruction "cube" {
  summary  = "Looks up a cube"
  assembly = "mv.cube rd, rs1"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 4
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
    rd = cubes[bits(rs1, 4, 0)]
  }
}

instruction "repeat" {
  summary  = "Zero-overhead loop"
  assembly = "mv.repeat level, rs1, offset"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 5
    fixed  = { "11:8" = 0, "24:20" = 0 }
    field "level" {
      bits = ["7"]
    }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "offset" {
      bits  = ["31:25"]
      scale = 4
    }
  }
  loop {
    level = level
    count = u16(rs1)
    end   = pc + offset
  }
}

instruction "steps" {
  summary  = "Two steps, and a product on fixed registers"
  assembly = "mv.steps rs1, rs2, i1, i2"
  encoding {
    format = "custom"
    opcode = "custom-1"
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "i1" {
      bits   = ["11:7"]
      signed = true
    }
    field "i2" {
      bits = ["31:25", "14:12"]
    }
  }
  write {
    rs1 = rs1 + i1
    rs2 = rs2 + i2
    x10 = x10 + x11 * x12
  }
}

instruction "slow" {
  summary  = "High part of a product and a third operand in four cycles, counted"
  assembly = "mv.slow rd, rs1, rs2, rs3"
  encoding {
    format = "R4"
    opcode = "custom-2"
    funct3 = 2
    funct2 = 1
  }
  write {
    rd   = asr(s32(rs1) * s32(rs2), 16) + rs3
    busy = busy + 1
  }
}

instruction "ext" {
  summary  = "Register numbers in unusual places"
  assembly = "mv.ext rd, rs1, k"
  encoding {
    format = "custom"
    opcode = "custom-3"
    field "rd" {
      bits     = ["14:12", "31:30"]
      register = true
    }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "k" {
      bits   = ["24:20", "11:7", "29:25"]
      signed = true
    }
  }
  write {
    rd = rs1 - k
  }
}

unit "arith" {
  summary      = "Averages and products"
  instructions = ["avg", "madd"]
}

unit "memory" {
  summary      = "Accumulators, and accesses to memory"
  instructions = ["ldacc", "rdacc", "sthigh"]
}

unit "slow" {
  summary      = "Takes four cycles"
  instructions = ["slow"]
  latency      = 4
}

target "board" {
  part      = "xczu7ev-ffvc1156-2-e"
  clock_mhz = 100
}

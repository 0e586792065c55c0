# One instruction of every kind that the extension socket carries, for the
# simulator's tests: loads into private state, post-increment, tables, small
# memories, several results, a multi-cycle unit and hardware loops.

extension "exttest" {
  summary = "Everything the socket offers"
}
state "acc" {
  bits = 32
  signed = true
}
state "ptr" {
  bits = 32
  reset = 2147549184
}
state "ram" {
  bits = 32
  count = 8
}
table "sq" {
  bits = 16
  values = [for i in range(16) : i * i]
}
instruction "dotld" {
  summary = "load a word at rs1, post-increment, dot with rs2 into acc and rd"
  assembly = "mv.dotld rd, rs1, rs2, imm"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 0
    field "rd" {
      bits = ["11:7"]
      register = true
    }
    field "rs1" {
      bits = ["19:15"]
      register = true
    }
    field "rs2" {
      bits = ["24:20"]
      register = true
    }
    field "imm" {
      bits = ["31:25"]
      scale = 4
    }
  }
  let {
    w = load_32(rs1)
    p = [for i in range(4) : s8(w, i) * s8(rs2, i)]
  }
  write {
    rd = acc + sum(p)
    acc = acc + sum(p)
  }
}
instruction "ldp" {
  summary = "load half at ptr, ptr += imm mod 256"
  assembly = "mv.ldp rd, imm"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 1
    field "rd" {
      bits = ["11:7"]
      register = true
    }
    field "imm" {
      bits = ["31:20"]
    }
  }
  write {
    rd = load_s16(ptr)
    ptr = 2147549184 + bits(ptr + imm, 7, 0)
  }
}
instruction "stp" {
  summary = "store half at rs1 + ptr offset"
  assembly = "mv.stp rs1, rs2"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 2
    fixed = { "11:7" = 0, "31:25" = 0 }
    field "rs1" {
      bits = ["19:15"]
      register = true
    }
    field "rs2" {
      bits = ["24:20"]
      register = true
    }
  }
  store {
    addr = rs1 + bits(ptr, 4, 0)
    size = 2
    data = rs2 + 1
  }
  write {
    ptr = ptr + 2
  }
}
instruction "swapram" {
  summary = "ram and table"
  assembly = "mv.swapram rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-1"
    funct3 = 0
    funct7 = 0
  }
  write {
    rd = ram[bits(rs1, 2, 0)] + sq[bits(rs2, 3, 0)]
  }
  set "ram" {
    index = bits(rs2, 2, 0)
    value = rd + rs1
    when = bits(rs1, 0, 0) == 1
  }
}
instruction "two" {
  summary = "two results and the third port"
  assembly = "mv.two rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-1"
    funct3 = 1
    funct7 = 1
  }
  write {
    rd = rd * rs1 + rs2
    rs1 = rs1 + rs2
  }
}
instruction "slow" {
  summary = "held in X for 5 cycles"
  assembly = "mv.slow rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-1"
    funct3 = 2
    funct7 = 1
  }
  write {
    rd = min(max(asr(s32(rs1), bits(rs2, 4, 0)), -128), 127)
  }
}
instruction "lp" {
  summary = "loop"
  assembly = "mv.lp level, count, offset"
  encoding {
    format = "custom"
    opcode = "custom-2"
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
}
unit "pointer" {
  summary = "pointer"
  instructions = ["ldp", "stp"]
}
unit "slow" {
  summary = "held in X"
  instructions = ["slow"]
  latency = 5
}
design "a" {
  summary = "all"
  instructions = ["dotld", "ldp", "stp", "swapram", "two", "slow", "lp"]
}
design "b" {
  summary = "one write port"
  instructions = ["dotld", "ldp", "stp", "swapram", "two", "slow", "lp"]
  write_ports = 1
}

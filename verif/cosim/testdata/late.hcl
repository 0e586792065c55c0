# Private state that is read or written where loaded data or a fixed register
# says so: it must live in stage W as a whole.

extension "late" {
  summary = "State chosen late"
}

state "ring" {
  bits   = 32
  signed = true
  count  = 5
  reset  = -7
}

state "seen" {
  bits = 32
}

state "slots" {
  bits  = 16
  count = 4
}

instruction "peek" {
  summary  = "Reads the element that memory names, and changes another"
  assembly = "mv.peek rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 0
  }
  write {
    rd = ring[min(bits(load_u8(rs1), 2, 0), 4)]
  }
  set "ring" {
    index = bits(rs2, 1, 0)
    value = rs2
  }
}

instruction "see" {
  summary  = "Notes the address of a negative byte, and reads what was noted"
  assembly = "mv.see rd, rs1"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 1
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
    rd = seen
  }
  write {
    when = load_s8(rs1) < 0
    seen = rs1
  }
}

instruction "slot" {
  summary  = "Swaps a register with the element that x9 names, and counts x9"
  assembly = "mv.slot rd, rs1"
  encoding {
    format = "custom"
    opcode = "custom-0"
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
    rd = slots[bits(x9, 1, 0)]
    x9 = x9 + 1
  }
  set "slots" {
    index = bits(x9, 1, 0)
    value = rs1
  }
}

instruction "area" {
  summary  = "Notes rs1 if the product of two halves is even, and reads the element it names"
  assembly = "mv.area rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 3
    funct7 = 0
  }
  write {
    rd = ring[bits(s16(rs1, 0) * s16(rs2, 1), 1, 0)] + u16(rs1, 1) * u16(rs2, 0)
  }
  set "ring" {
    index = 4
    value = rs1
    when  = not(bits(s16(rs1, 0) * s16(rs2, 1), 0, 0))
  }
}

unit "ring" {
  summary      = "Ring buffer"
  instructions = ["peek", "area"]
}

extension "bad" {
}

state "acc" {
  bits  = 32
  count = 4
}

instruction "a" {
  summary  = "x"
  assembly = "mv.a rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 0
  }
  let {
    x    = y + 1
    y    = x + 1             # error: Cyclic let; x → y → x
    wide = rs1 * rs2 * rs1   # error: Invalid meaning; width overflow
    lost = quo(rs1, 0)       # error: Invalid meaning; division by zero
    far  = shl(1, rs1)       # error: Invalid meaning; shift amount
    typo = rs1 + rs3x        # error: Unknown name; Did you mean
    fn   = s9(rs1)           # error: Unknown function; Did you mean
    args = bits(rs1)         # error: Wrong arguments
    half = rs1 / 2           # error: Not a constant
    out  = acc[rs1]          # error: Invalid meaning; the index of acc
    neg  = shr(s32(rs1), 2)  # error: Signed value
    bare = load_32(rs1) + load_32(rs2) # error: Two memory accesses
    rd   = 1                 # error: Name in use
  }
  write {
    rdd = 1 # error: Unknown destination; Did you mean "rd"?
    acc = [1, 2] # error: Wrong number of elements
  }
  example { # error: Nothing expected
    given  = { rs9 = 1 } # error: Unknown name
    expect = { rd = 1 }  # error: Unknown name
  }
}

instruction "a" { # error: Second instruction | Second mnemonic
  summary  = "y"
  assembly = "mv.a rd" # error: Operand missing; "rs1" | Operand missing; "rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 1
    funct7 = 0
  }
  write {
    rd = 1
  }
}

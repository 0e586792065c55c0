# Every line that is wrong says so.
extension "bad" {
}

state "acc" {
  bits = 32
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
  write {
    rd = rs1 + rs2
  }
  accuracy { # error: No points
    from     = 1
    to       = 0
    given    = { rs1 = i }
    function = i
    result   = rd
    error    = 0
  }
  accuracy { # error: Too many points; 1048577 points; use a larger step
    from     = 0
    to       = 1048576
    given    = { rs1 = i }
    function = i
    result   = rd
    error    = 0
  }
  accuracy { # error: One bound
    from     = 0
    to       = 1
    given    = { rs1 = i }
    function = i
    result   = rd
  }
  accuracy { # error: One bound
    from     = 0
    to       = 1
    given    = { rs1 = i }
    function = i
    result   = rd
    error    = 1
    relative = 1
  }
  accuracy {
    from = 0
    to   = 1
    given = {
      rs1 = rd # error: Unknown name
      rs3 = i  # error: Unknown name; is no operand
    }
    function = sin(i)                    # error: Unknown function
    result   = pow(rd) + [1] + x.y + "z" # error: Wrong number of arguments | Unsupported expression | Unsupported expression | Unsupported expression
    error    = 0
  }
}

instruction "b" {
  summary  = "x"
  assembly = "mv.b rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 1
    funct7 = 0
  }
  write {
    rd = acc + rs1 + rs2
  }
  accuracy { # error: Reads a state
    from     = 0
    to       = 1
    given    = { rs1 = i }
    function = i
    result   = rd
    error    = 0
  }
}

instruction "c" {
  summary  = "x"
  assembly = "mv.c rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 2
    funct7 = 0
  }
  write {
    rd = load_u8(rs1) + rs2
  }
  accuracy { # error: Nothing to compare
    from     = 0
    to       = 1
    given    = { rs1 = i }
    function = i
    result   = rd
    error    = 0
  }
}

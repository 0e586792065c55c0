extension "bad" {
}

instruction "a" {
  summary  = "x"
  assembly = "mv.a rd" # error: Unknown operand; no field "rd" | Operand missing; "x"
  encoding {
    format = "R7" # error: Unknown format
    opcode = "custom-9" # error: Unknown opcode; Did you mean
    fixed  = { "40:2" = 1, "3:2" = 9 } # error: Not a bit range | Number out of range
    field "imm" {
      bits = ["31:x"] # error: Not a bit range
    }
    field "rd" { # error: Wrong width
      bits     = ["11:8"]
      register = true
    }
    field "x" {
      bits = ["11:8"]
    }
    field "y" {
      bits = ["12:10"] # error: Bits given twice; belong to the field "x"
    }
  }
  write {
    pc = 4
  }
}

instruction "b" { # error: Missing block | No effect
  summary  = "texts reach comments */ assign x = 1;" # error: Unsafe text
  assembly = "mv.b;reboot rd" # error: Not a mnemonic
}

instruction "c" {
  summary  = "x"
  assembly = "mv.c rd, rs1"
  encoding {
    format = "custom"
    opcode = "custom-0"
    field "rd" {
      bits     = ["31:27"]
      register = true
    }
    field "rs1" { # error: Wrong place
      bits     = ["24:20"]
      register = true
    }
  }
  write {
    rd = 1
  }
}

# Zicsr, control and status register instructions, version 2.0.
# The RISC-V Instruction Set Manual, Volume I: Unprivileged ISA, chapter "Zicsr".
# Which CSRs exist, and what each holds, belongs to the core: see rtl/README.md.

extension "zicsr" {
  summary = "Zicsr control and status register instructions"
  source  = "RISC-V Unprivileged ISA, chapter Zicsr"
  prefix  = "rv"
}

instruction "csrrw" {
  summary  = "Atomic read and write"
  assembly = "csrrw rd, csr, rs1"
  encoding {
    format = "custom"
    opcode = "system"
    funct3 = 1
    field "csr" {
      bits = ["31:20"]
    }
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
    rd = csr
  }
  write {
    csr = rs1
  }
  example {
    given  = { csr = "0x1800", rs1 = 8 }
    expect = { rd = "0x1800", csr = 8 }
  }
}

instruction "csrrs" {
  summary  = "Atomic read and set bits; no write when rs1 is x0"
  assembly = "csrrs rd, csr, rs1"
  encoding {
    format = "custom"
    opcode = "system"
    funct3 = 2
    field "csr" {
      bits = ["31:20"]
    }
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
    rd = csr
  }
  write {
    when = rs1_index != 0
    csr  = or(csr, rs1)
  }
  example {
    given  = { csr = "0x1800", rs1 = 8, rs1_index = 6 }
    expect = { rd = "0x1800", csr = "0x1808" }
  }
}

instruction "csrrc" {
  summary  = "Atomic read and clear bits; no write when rs1 is x0"
  assembly = "csrrc rd, csr, rs1"
  encoding {
    format = "custom"
    opcode = "system"
    funct3 = 3
    field "csr" {
      bits = ["31:20"]
    }
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
    rd = csr
  }
  write {
    when = rs1_index != 0
    csr  = and(csr, not(rs1))
  }
  example {
    given  = { csr = "0x1808", rs1 = 8, rs1_index = 6 }
    expect = { rd = "0x1808", csr = "0x1800" }
  }
}

instruction "csrrwi" {
  summary  = "Atomic read and write of an immediate"
  assembly = "csrrwi rd, csr, uimm"
  encoding {
    format = "custom"
    opcode = "system"
    funct3 = 5
    field "csr" {
      bits = ["31:20"]
    }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "uimm" {
      bits = ["19:15"]
    }
  }
  write {
    rd = csr
  }
  write {
    csr = uimm
  }
  example {
    given  = { csr = "0x1800", uimm = 8 }
    expect = { rd = "0x1800", csr = 8 }
  }
}

instruction "csrrsi" {
  summary  = "Atomic read and set bits of an immediate; no write when it is 0"
  assembly = "csrrsi rd, csr, uimm"
  encoding {
    format = "custom"
    opcode = "system"
    funct3 = 6
    field "csr" {
      bits = ["31:20"]
    }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "uimm" {
      bits = ["19:15"]
    }
  }
  write {
    rd = csr
  }
  write {
    when = uimm != 0
    csr  = or(csr, uimm)
  }
  example {
    given  = { csr = "0x1800", uimm = 8 }
    expect = { rd = "0x1800", csr = "0x1808" }
  }
}

instruction "csrrci" {
  summary  = "Atomic read and clear bits of an immediate; no write when it is 0"
  assembly = "csrrci rd, csr, uimm"
  encoding {
    format = "custom"
    opcode = "system"
    funct3 = 7
    field "csr" {
      bits = ["31:20"]
    }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "uimm" {
      bits = ["19:15"]
    }
  }
  write {
    rd = csr
  }
  write {
    when = uimm != 0
    csr  = and(csr, not(uimm))
  }
  example {
    given  = { csr = "0x1808", uimm = 8 }
    expect = { rd = "0x1808", csr = "0x1800" }
  }
}

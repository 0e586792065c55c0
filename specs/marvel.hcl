# MARVEL: an instruction-set extension for convolutional networks.
#
# After "MARVEL: model-class aware RISC-V extension generation" (arXiv:2508.01800),
# which adds four instructions to a 3-stage RV32IM core, one at a time. The paper's
# encodings are not published; those below are ours:
#   custom-0  mac and the loop set-ups, told apart by funct3
#   custom-1  add2i, which needs two registers and 15 immediate bits: a whole major opcode
#   custom-2  fusedmac, of the same shape

extension "marvel" {
  summary = "MARVEL: multiply-accumulate, double add, both fused, and zero-overhead loops"
  source  = "arXiv:2508.01800"
}

kernel "convolution" {
  summary = "inner loops of int8 convolutions: multiply, add, two address increments, branch"
  share   = 0.9
  source  = "arXiv:2508.01800, profiles of LeNet-5 to DenseNet121"
}

instruction "mac" {
  summary  = "Multiply-accumulate: rd += rs1 * rs2"
  source   = "arXiv:2508.01800"
  assembly = "mv.mac rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 0
  }
  write {
    rd = rd + rs1 * rs2
  }
  example {
    given  = { rd = 10, rs1 = 3, rs2 = 4 }
    expect = { rd = 22 }
  }
  example {
    given  = { rd = 10, rs1 = "0xffffffff", rs2 = 4 }
    expect = { rd = 6 }
  }
}

instruction "add2i" {
  summary  = "Two address increments: rs1 += i1, rs2 += i2"
  source   = "arXiv:2508.01800"
  assembly = "mv.add2i rs1, rs2, i1, i2"
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
      bits = ["11:7"]
    }
    field "i2" {
      bits = ["31:25", "14:12"]
    }
  }
  write {
    rs1 = rs1 + i1
    rs2 = rs2 + i2
  }
  example {
    given  = { rs1 = 100, rs2 = "0xffffffff", i1 = 31, i2 = 1023 }
    expect = { rs1 = 131, rs2 = 1022 }
  }
}

instruction "fusedmac" {
  summary  = "mac on fixed registers and add2i at once: x20 += x21 * x22, rs1 += i1, rs2 += i2"
  source   = "arXiv:2508.01800"
  assembly = "mv.fusedmac rs1, rs2, i1, i2"
  encoding {
    format = "custom"
    opcode = "custom-2"
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "i1" {
      bits = ["11:7"]
    }
    field "i2" {
      bits = ["31:25", "14:12"]
    }
  }
  write {
    rs1 = rs1 + i1
    rs2 = rs2 + i2
    x20 = x20 + x21 * x22
  }
  example {
    given  = { x20 = 1, x21 = "0xfffffffe", x22 = 3, rs1 = 16, rs2 = 32, i1 = 1, i2 = 64 }
    expect = { x20 = "0xfffffffb", rs1 = 17, rs2 = 96 }
  }
}

instruction "lpset" {
  summary  = "Zero-overhead loop: pc + 4 to pc + offset run as often as the low 13 bits of rs1 say"
  source   = "arXiv:2508.01800"
  assembly = "mv.lpset level, rs1, offset"
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
  source   = "arXiv:2508.01800"
  assembly = "mv.lpseti level, count, offset"
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

unit "mac" {
  summary      = "One 32-bit multiplier for mac and fusedmac, and the two address adders"
  instructions = ["mac", "fusedmac", "add2i"]
}

unit "hwloop" {
  summary      = "Operands of the loop registers in the fetch stage"
  instructions = ["lpset", "lpseti"]
}

# One write port throughout: add2i takes two cycles and fusedmac three. RATIONALE.md
# has both measurements, and `marvelgen build --write-ports 3` makes the other.

design "v0" {
  summary      = "the base core"
  instructions = []
}

design "v1" {
  summary      = "v0 and mac"
  instructions = ["mac"]
  kernels      = "networks/marvel.h"
}

design "v2" {
  summary      = "v1 and add2i"
  instructions = ["mac", "add2i"]
  write_ports  = 1
  kernels      = "networks/marvel.h"
}

design "v3" {
  summary      = "v2 and fusedmac"
  instructions = ["mac", "add2i", "fusedmac"]
  write_ports  = 1
  kernels      = "networks/marvel.h"
}

design "v4" {
  summary      = "v3 and zero-overhead loops"
  instructions = ["mac", "add2i", "fusedmac", "lpset", "lpseti"]
  write_ports  = 1
  kernels      = "networks/marvel.h"
}

target "zcu104" {
  part      = "xczu7ev-ffvc1156-2-e"
  clock_mhz = 150
}

verify {
  vectors = 10000
  seed    = 1
}

program "conv1x1" {
  summary = "1x1 convolution, 64 to 64 channels on 8x8"
  sources = ["programs/conv1x1.c"]
  golden  = "conv1x1"
  macs    = 262144
  variant "plain" {
    defines = ["VARIANT_PLAIN"]
  }
  variant "blocked" {
    defines = ["VARIANT_BLOCKED"]
  }
  variant "intrinsics" {
    defines = ["VARIANT_INTRINSICS"]
    needs   = ["mac"]
  }
  variant "rolled" {
    defines = ["VARIANT_ROLLED"]
    adapts  = true
  }
}

program "conv3x3" {
  summary = "3x3 convolution, 16 to 16 channels on 16x16, padding 1"
  sources = ["programs/conv3x3.c"]
  golden  = "conv3x3"
  macs    = 589824
  variant "plain" {
    defines = ["VARIANT_PLAIN"]
  }
  variant "blocked" {
    defines = ["VARIANT_BLOCKED"]
  }
  variant "intrinsics" {
    defines = ["VARIANT_INTRINSICS"]
    needs   = ["mac"]
  }
  variant "rolled" {
    defines = ["VARIANT_ROLLED"]
    adapts  = true
  }
}

program "depthwise" {
  summary = "depthwise 3x3 convolution, 32 channels on 16x16, padding 1"
  sources = ["programs/depthwise.c"]
  golden  = "depthwise"
  macs    = 73728
  variant "plain" {
    defines = ["VARIANT_PLAIN"]
  }
  variant "blocked" {
    defines = ["VARIANT_BLOCKED"]
  }
  variant "intrinsics" {
    defines = ["VARIANT_INTRINSICS"]
    needs   = ["mac"]
  }
}

program "fc" {
  summary = "fully connected layer, 256 to 128"
  sources = ["programs/fc.c"]
  golden  = "fc"
  macs    = 32768
  variant "plain" {
    defines = ["VARIANT_PLAIN"]
  }
  variant "blocked" {
    defines = ["VARIANT_BLOCKED"]
  }
  variant "intrinsics" {
    defines = ["VARIANT_INTRINSICS"]
    needs   = ["mac"]
  }
  variant "rolled" {
    defines = ["VARIANT_ROLLED"]
    adapts  = true
  }
}

program "hello" {
  summary = "console output"
  sources = ["programs/hello.c"]
  opt     = "-O2"
}

program "sort" {
  summary = "recursion and data movement"
  sources = ["programs/sort.c"]
  opt     = "-O2"
}

program "crc" {
  summary  = "bit operations"
  sources  = ["programs/crc.c"]
  compiler = "gcc"
  opt      = "-O2"
}

program "trap" {
  summary = "every exception and the timer interrupt"
  sources = ["programs/trap.c"]
  opt     = "-O1"
}

program "bigmath" {
  summary  = "64-bit multiplication and division"
  sources  = ["programs/bigmath.c"]
  compiler = "gcc"
  opt      = "-O2"
}

network "lenet5" {
  summary = "one digit of our own, every layer in lockstep"
  model   = "networks/lenet5.tflite"
  input   = "networks/digit.pgm"
}

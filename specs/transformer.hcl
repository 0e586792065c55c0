# Instructions for int8 transformers. Matrix products run on the unit of cnn.hcl, whose
# stationary weights are as good for products of two activations: the second is loaded
# as weights, the first streams. Tables of an activation function lie where weights do.

extension "transformer" {
  summary = "Matrix products, softmax, layer normalisation and GELU of int8 transformers"
}

use "cnn.hcl" {
  instructions = ["wput", "sput", "hput", "oset", "cmac", "cnop", "ctab", "crd", "pset", "cst", "lpset"]
}

# Layer normalisation, an element of a row at a time: times the row's slope, less its
# mean, which takes the place of `zero`; then a gain and a bias of the element's own, which
# lie where weights do. Three steps, one an instruction: an element is in `out` two
# instructions later.

state "u" {
  bits   = 27
  signed = true
  dsp    = true
}

state "v" {
  bits   = 48
  signed = true
  dsp    = true
}

instruction "nmac" {
  summary  = "A byte of rs1 times rs2, plus what oset calls zero; the former sum, bits 26:11, times a gain, plus a bias; the one before, from bit 30 on, becomes a byte of the results"
  assembly = "mv.nmac rs1, rs2, place, first"
  encoding {
    format = "custom"
    opcode = "custom-2"
    funct3 = 2
    fixed  = { "31:28" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "place" {
      bits = ["27:26"]
    }
    field "first" {
      bits = ["25"]
    }
  }
  let {
    i    = first == 1 ? 0 : wi
    gain = w0[i]
    bias = w1[i]
    x    = signed(shr(rs1, 8 * place), 8)
  }
  write {
    wi  = i + 1
    u   = x * signed(rs2, 27) + zero
    v   = asr(u, 11) * signed(gain, 27) + signed(bias, 44)
    out = cat(8, shr(out, 16), shr(out, 8), out, clamp(asr(v, 30), -128, 127))
  }
  example {
    given  = { rs1 = "0x0000fe00", rs2 = 1000, place = 1, first = 1, zero = 24, u = "0x2000", v = "0x140000000", out = "0x44332211", wi = 9, "w0[0]" = 7, "w1[0]" = "0xfffffffffff" }
    expect = { u = -1976, v = 27, out = "0x33221105", wi = 1 }
  }
  example {
    given  = { rs1 = 1, rs2 = -1, place = 0, first = 0, u = -1, v = "0x2000000000", wi = 3, "w0[3]" = "0x7fffffe" }
    expect = { u = -1, v = 2, out = 127, wi = 4 }
  }
}

unit "conv" {
  summary      = "Weights, sums and scales; gains and biases"
  instructions = ["wput", "sput", "hput", "oset", "cmac", "cnop", "ctab", "crd", "pset", "cst", "nmac"]
}

# Design tiny: what costs LUTs is what moves and chooses bits, and slices and block RAM are
# there anyway. So four sums of four products are as cheap as one. Weights of four channels
# lie in a private RAM, and words are loaded at an offset from a register. There is no
# snapshot: a window is summed, then its four sums are rescaled one after another, two
# instructions each, as those of cnn.hcl are, with numbers from registers.

state "pairs0" {
  bits  = 64
  count = 512
  ram   = true
}

state "pairs1" {
  bits  = 64
  count = 512
  ram   = true
}

state "entry" {
  bits = 9
}

state "dots" {
  bits   = 32
  signed = true
  count  = 4
  dsp    = true
}

state "high" {
  bits   = 27
  signed = true
  dsp    = true
}

state "near" {
  bits   = 48
  signed = true
  dsp    = true
}

instruction "dput" {
  summary  = "Half an entry of weights; the first one goes to entry 0"
  assembly = "mv.dput rs1, rs2, half, step, first"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 0
    fixed  = { "31:25" = 0, "11:10" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "half" {
      bits = ["9"]
    }
    field "step" {
      bits = ["8"]
    }
    field "first" {
      bits = ["7"]
    }
  }
  let {
    i = first == 1 ? 0 : entry
  }
  write {
    entry = i + step
  }
  set "pairs0" {
    index = i
    when  = half == 0
    value = cat(32, rs2, rs1)
  }
  set "pairs1" {
    index = i
    when  = half == 1
    value = cat(32, rs2, rs1)
  }
  example {
    given  = { rs1 = 1, rs2 = 2, half = 1, step = 1, first = 0, entry = 3 }
    expect = { entry = 4 }
  }
  example {
    given  = { rs1 = 1, rs2 = 2, half = 0, step = 0, first = 1, entry = 3 }
    expect = { entry = 0 }
  }
}

instruction "dmac" {
  summary  = "Sixteen products: the word at rs1 + offset with four channels' weights, the next entry or the first one"
  assembly = "mv.dmac rs1, offset, step, first"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 4
    fixed  = { "11:9" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "offset" {
      bits   = ["31:20"]
      signed = true
    }
    field "step" {
      bits = ["8"]
    }
    field "first" {
      bits = ["7"]
    }
  }
  let {
    x = load_32(rs1 + offset)
    i = first == 1 ? 0 : entry
    a = pairs0[i]
    b = pairs1[i]
  }
  write {
    dots  = [for c in range(4) : (first == 1 ? 0 : dots[c]) + sum([for k in range(4) : s8(x, k) * s8(c < 2 ? a : b, k + 4 * (c % 2))])]
    entry = i + step
  }
  example {
    given  = { load = "0xff030201", rs1 = 4096, offset = -4, step = 1, first = 0, entry = 5, "pairs0[5]" = "0x0202020201010101", "pairs1[5]" = "0x04030201fefefefe", "dots[0]" = 1, "dots[3]" = 4 }
    expect = { addr = 4092, "dots[0]" = 6, "dots[1]" = 10, "dots[2]" = -10, "dots[3]" = 14, entry = 6 }
  }
  example {
    given  = { load = 1, step = 1, first = 1, entry = 7, "pairs0[0]" = 5, "dots[0]" = 1000, "dots[1]" = -3 }
    expect = { "dots[0]" = 5, "dots[1]" = 0, entry = 1 }
  }
}

instruction "dmul" {
  summary  = "The first sum plus rs2, times rs1 by 2^31; the others move up"
  assembly = "mv.dmul rs1, rs2"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 5
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
  write {
    dots = [dots[1], dots[2], dots[3], dots[3]]
    high = asr(signed(dots[0] + signed(rs2, 27), 27) * rs1 + shl(1, 30), 31)
  }
  example {
    given  = { rs1 = "0x40000000", rs2 = -10, "dots[0]" = 1007, "dots[1]" = 1, "dots[2]" = -2, "dots[3]" = 3 }
    expect = { high = 499, "dots[0]" = 1, "dots[1]" = -2, "dots[2]" = 3 }
  }
}

instruction "dout" {
  summary  = "That product times rs1, plus rs2; the former such sum by 2^16, a byte, goes to rd"
  assembly = "mv.dout rd, rs1, rs2"
  encoding {
    format = "custom"
    opcode = "custom-1"
    funct3 = 6
    fixed  = { "31:25" = 0 }
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
  }
  write {
    near = signed(high + (high < 0 ? -1 : 0), 27) * bits(rs1, 16, 0) + s32(rs2)
    rd   = clamp(asr(near, 16), -128, 127)
  }
  example {
    given  = { rs1 = "0x2000", rs2 = "0xfffb8000", high = -501, near = "0x50000" }
    expect = { rd = 5, near = -4407296 }
  }
  example {
    given  = { near = "0x800000" }
    expect = { rd = 127, near = 0 }
  }
}

unit "dots" {
  summary      = "Weights, four sums of products, rescaling"
  instructions = ["dput", "dmac", "dmul", "dout"]
}

design "base" {
  summary      = "the core alone"
  instructions = []
}

design "tiny" {
  summary      = "sixteen products a cycle, sums rescaled by themselves"
  instructions = ["dput", "dmac", "dmul", "dout"]
  kernels = [
    "networks/transformer/room.h",
    "networks/common/base.h",
    "networks/transformer/loops.h",
    "networks/transformer/tiny/unit.h",
    "networks/transformer/tiny/matrix.h",
    "networks/transformer/softmax.h",
    "networks/transformer/tiny/element.h",
  ]
}

design "full" {
  summary      = "sixteen products a cycle"
  instructions = ["wput", "sput", "hput", "oset", "cmac", "cnop", "ctab", "crd", "pset", "cst", "lpset", "nmac"]
  kernels = [
    "networks/transformer/room.h",
    "networks/transformer/sizes.h",
    "networks/common/base.h",
    "networks/common/stream.h",
    "networks/common/sums.h",
    "networks/cnn/unit.h",
    "networks/cnn/planes.h",
    "networks/cnn/copy.h",
    "networks/common/input.h",
    "networks/cnn/input.h",
    "networks/cnn/weights.h",
    "networks/cnn/fully_connected.h",
    "networks/cnn/convolution.h",
    "networks/cnn/add.h",
    "networks/transformer/loops.h",
    "networks/transformer/rows.h",
    "networks/transformer/matmul.h",
    "networks/transformer/softmax.h",
    "networks/transformer/lookup.h",
    "networks/transformer/add.h",
    "networks/transformer/norm.h",
  ]
}

# Instructions for int8 transformers. Matrix products run on the unit of cnn.hcl, whose
# stationary weights are as good for products of two activations: the second is loaded
# as weights, the first streams. Tables of an activation function lie where weights do.

extension "transformer" {
  summary = "int8 transformers: matrix products, softmax, norms; float ones: exponentials, GELU, conversions"
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
# instructions each, as those of cnn.hcl are, with numbers from registers. The core keeps
# results within bounds: that took 34 LUTs here.

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
  summary  = "That product times rs1, plus rs2; the former such sum by 2^16 goes to rd"
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
    rd   = asr(near, 16)
  }
  example {
    given  = { rs1 = "0x2000", rs2 = "0xfffb8000", high = -501, near = "0x50000" }
    expect = { rd = 5, near = -4407296 }
  }
  example {
    given  = { near = "-0x7fffffff0001" }
    expect = { rd = "0x80000000", near = 0 }
  }
}

unit "dots" {
  summary      = "Weights, four sums of products, rescaling"
  instructions = ["dput", "dmac", "dmul", "dout"]
  apart        = true
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

network "kwt" {
  summary = "a keyword transformer of KWT-Tiny's shape, every layer in lockstep"
  model   = "zoo:kwt"
}

network "encoder" {
  summary = "an encoder layer of BERT-Tiny's size"
  model   = "zoo:bert_tiny"
  on      = "iss"
}

# Design paper reproduces KWT-Tiny (arXiv:2407.16026): a network in float32, without
# an FPU, whose C calls instructions for the exponential, the inversion, GELU, and
# the way from float to fixed point and back. They are functions of tables that
# interpolate linearly; cmd/tables writes it with other sizes.

# 2^f for f from 0 to 1, without the leading 1, and how far it is to the next entry.
table "exp_at" {
  bits   = 15
  values = [for k in range(32) : round(32768 * (pow(2, k / 32) - 1))]
}
table "exp_step" {
  bits   = 11
  values = [for k in range(32) : round(32768 * (pow(2, (k + 1) / 32) - 1)) - round(32768 * (pow(2, k / 32) - 1))]
}

# 2 / (1 + m) for a mantissa m from 0 to 1, without the leading 1; falls.
table "recip_at" {
  bits   = 16
  values = [for k in range(64) : k == 0 ? 65535 : round(65536 * (2 / (1 + k / 64) - 1))]
}
table "recip_step" {
  bits   = 11
  values = [for k in range(64) : (k == 0 ? 65535 : round(65536 * (2 / (1 + k / 64) - 1))) - round(65536 * (2 / (1 + (k + 1) / 64) - 1))]
}

# 2 / sqrt(x) without the leading 1: entries 0 to 31 for x from 2 to 4 (even exponents
# in the pattern), 32 to 63 for x from 1 to 2; falls.
table "rsqrt_at" {
  bits   = 16
  values = [for k in range(64) : k == 32 ? 65535 : round(65536 * (2 / sqrt(k < 32 ? 2 + k / 16 : k / 32) - 1))]
}
table "rsqrt_step" {
  bits   = 11
  values = [for k in range(64) : (k == 32 ? 65535 : round(65536 * (2 / sqrt(k < 32 ? 2 + k / 16 : k / 32) - 1))) - round(65536 * (2 / sqrt(k < 32 ? 2 + (k + 1) / 16 : (k + 1) / 32) - 1))]
}

# max(x, 0) - gelu(x) for |x| from 0 to 4, an even function that rises and falls; the
# last entry stands for all that is beyond.
table "gelu_at" {
  bits   = 10
  values = [for k in range(64) : k == 63 ? 0 : round(4096 * k / 16 * (1 - erf(k / 16 / sqrt(2))) / 2)]
}
table "gelu_step" {
  bits   = 8
  signed = true
  values = [for k in range(64) : k == 63 ? 0 : round(4096 * (k + 1) / 16 * (1 - erf((k + 1) / 16 / sqrt(2))) / 2) - round(4096 * k / 16 * (1 - erf(k / 16 / sqrt(2))) / 2)]
}

instruction "gelu" {
  summary  = "GELU of a fixed-point number in 2^-12, the low 16 bits of rs1"
  source   = "KWT-Tiny, GELU"
  assembly = "mv.gelu rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 3
    funct7 = 0
    fixed  = { "24:20" = 0 }
  }
  let {
    x = s16(rs1)
    a = x < 0 ? not(x) : x
    k = bits(a, 14, 14) ? 63 : bits(a, 13, 8)
    d = bits(gelu_at[k] + asr(gelu_step[k] * bits(a, 7, 0), 8), 9, 0)
  }
  write {
    rd = (x < 0 ? 0 : x) - d
  }
  accuracy {
    from     = -32768
    to       = 32767
    given    = { rs1 = i }
    function = i / 8192 * (1 + erf(i / 4096 / sqrt(2)))
    result   = s32(rd) / 4096
    error    = 0.0008
  }
  example { # gelu(1) = 0.84134: 3446 in 2^-12
    given  = { rs1 = 4096 }
    expect = { rd = 3446 }
  }
  example { # gelu(-1) = -0.15866: 650
    given  = { rs1 = -4096 }
    expect = { rd = -650 }
  }
  example {
    given  = { rs1 = 20000 }
    expect = { rd = 20000 }
  }
}

instruction "tofloat" {
  summary  = "float32 of a fixed-point number, the low 17 bits of rs1 without -2^16: rs1 * 2^-rs2"
  source   = "KWT-Tiny, fixed to float"
  assembly = "mv.tofloat rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 5
    funct7 = 0
  }
  let {
    x        = signed(rs1, 17)
    negative = x < 0
    m        = bits(negative + (negative ? not(x) : x), 15, 0)
    left     = pack(1, [for i in range(16) : shr(m, 15 - i) == 1]) # 2^n for n leading zeros
    n        = cat(1, and(left, "0x00ff") != 0, and(left, "0x0f0f") != 0, and(left, "0x3333") != 0, and(left, "0x5555") != 0)
    e        = xor(bits(n + not(s8(rs2)), 7, 0), 128) # 127 + 15 - leading zeros - rs2
  }
  write { # the product shifts
    rd = or(shl(negative, 31), or(shl(left == 0 ? 0 : e, 23), shl(bits(m * left, 14, 0), 8)))
  }
  accuracy {
    from     = -65535
    to       = 65535
    given    = { rs1 = i, rs2 = 12 }
    function = i / 4096
    result   = float32(rd)
    error    = 0
  }
  example {
    given  = { rs1 = 52, rs2 = 4 }
    expect = { rd = "0x40500000" }
  }
  example {
    given  = { rs1 = -7, rs2 = 1 }
    expect = { rd = "0xc0600000" }
  }
  example {
    given  = { rs1 = 0, rs2 = 1 }
    expect = { rd = 0 }
  }
}

instruction "recip" {
  summary  = "Reciprocal of a float32, normalised: 1 / rs1"
  source   = "KWT-Tiny, inversion"
  assembly = "mv.recip rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 1
    funct7 = 0
    fixed  = { "24:20" = 0 }
  }
  let {
    k = bits(rs1, 22, 17)
    y = recip_at[k] - shr(recip_step[k] * bits(rs1, 16, 9), 8)
    e = bits(253 - bits(rs1, 30, 23), 7, 0)
  }
  write {
    rd = or(and(rs1, "0x80000000"), or(shl(e, 23), shl(bits(y, 15, 0), 7)))
  }
  accuracy { # the mantissas, one in 64
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 64 * i + i % 64 }
    function = 1 / float32(rs1)
    result   = float32(rd)
    relative = 0.00013
  }
  accuracy { # the exponents of normal numbers
    from     = 1
    to       = 252
    given    = { rs1 = 8388608 * i + 1234567 }
    function = 1 / float32(rs1)
    result   = float32(rd)
    relative = 0.00013
  }
  example { # 1 / 1.5 = 0.66667, 2^-1 * (1 + 21845 / 65536)
    given  = { rs1 = "0x3fc00000" }
    expect = { rd = "0x3f2aaa80" }
  }
  example { # 1 / -4
    given  = { rs1 = "0xc0800000" }
    expect = { rd = "0xbe7fff80" }
  }
}

instruction "rsqrt" {
  summary  = "Reciprocal square root of a positive float32: 1 / sqrt(rs1)"
  assembly = "mv.rsqrt rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 2
    funct7 = 0
    fixed  = { "24:20" = 0 }
  }
  let {
    k = bits(rs1, 23, 18)
    y = rsqrt_at[k] - shr(rsqrt_step[k] * bits(rs1, 17, 10), 8)
    e = shr(380 - bits(rs1, 30, 23), 1)
  }
  write {
    rd = or(shl(e, 23), shl(bits(y, 15, 0), 7))
  }
  accuracy { # from 1 to 4, one mantissa in 128
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 128 * i + i % 128 }
    function = 1 / sqrt(float32(rs1))
    result   = float32(rd)
    relative = 0.0002
  }
  accuracy { # the exponents of normal numbers
    from     = 1
    to       = 254
    given    = { rs1 = 8388608 * i + 1234567 }
    function = 1 / sqrt(float32(rs1))
    result   = float32(rd)
    relative = 0.0002
  }
  example { # 1 / sqrt(2.25) = 0.66667
    given  = { rs1 = "0x40100000" }
    expect = { rd = "0x3f2aaa80" }
  }
}

instruction "tofixed" {
  summary  = "Fixed-point number of a float32, rounded, 17 bits at most: rs1 * 2^rs2"
  source   = "KWT-Tiny, float to fixed"
  assembly = "mv.tofixed rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 4
    funct7 = 0
  }
  let {
    negative = bits(rs1, 31, 31)
    e        = bits(rs1, 30, 23) + s8(rs2)
    right    = pack(1, [for i in range(16) : e == 126 + i]) # 2^(15 - n) to shift right by n
    huge     = e > 141
    twice    = or(bits(or(32768, bits(rs1, 22, 8)) * right, 30, 15), huge ? 65534 : 0)
    half     = bits(twice, 0, 0)
  }
  write {
    rd = xor(negative, half) + (negative ? not(shr(twice, 1)) : shr(twice, 1))
  }
  accuracy { # numbers from 2^-6 to 1, one in 512
    from     = 0
    to       = 98303
    given    = { rs1 = "0x3c800000" + 512 * i + i % 512, rs2 = 12 }
    function = float32(rs1)
    result   = rd / 4096
    error    = 0.0001221
  }
  accuracy { # the negative ones
    from     = 0
    to       = 98303
    given    = { rs1 = "0xbc800000" + 512 * i + i % 512, rs2 = 12 }
    function = float32(rs1)
    result   = s32(rd) / 4096
    error    = 0.0001221
  }
  example { # 3.25 in 2^-4
    given  = { rs1 = "0x40500000", rs2 = 4 }
    expect = { rd = 52 }
  }
  example { # -3.25 in 2^-1 is -6.5, halves away from zero
    given  = { rs1 = "0xc0500000", rs2 = 1 }
    expect = { rd = -7 }
  }
  example { # too large
    given  = { rs1 = "0xc7800000", rs2 = 0 }
    expect = { rd = -32767 }
  }
  example {
    given  = { rs1 = 0, rs2 = 15 }
    expect = { rd = 0 }
  }
}

instruction "exp" {
  summary  = "Exponential of a non-positive fixed-point number in 2^-s, in 2^-15; rs2 is log2(e) * 2^(26 - s), and the product is above -2^31"
  source   = "KWT-Tiny, exponential"
  assembly = "mv.exp rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 0
    funct7 = 0
  }
  let {
    p = s32(s32(rs1) * s32(rs2))
    n = asr(p, 26)
    k = bits(p, 25, 21)
    y = or(32768, bits(exp_at[k] + shr(exp_step[k] * bits(p, 20, 13), 8), 14, 0))
  }
  write {
    rd = n < -15 ? 0 : shr(y, bits(0 - n, 3, 0))
  }
  accuracy {
    from     = -65536
    to       = 0
    given    = { rs1 = i, rs2 = 23637 }
    function = exp(i / 4096)
    result   = rd / 32768
    error    = 0.0002
  }
  example {
    given  = { rs1 = 0, rs2 = 23637 }
    expect = { rd = 32768 }
  }
  example { # exp(-1) = 0.36788: 12055 in 2^-15
    given  = { rs1 = -4096, rs2 = 23637 }
    expect = { rd = 12054 }
  }
  example {
    given  = { rs1 = -60000, rs2 = 23637 }
    expect = { rd = 0 }
  }
}

design "paper" {
  summary      = "Instructions of KWT-Tiny's kind, for C in float32"
  instructions = ["exp", "recip", "rsqrt", "gelu", "tofixed", "tofloat"]
  kernels      = ["networks/paper/fixed.h", "networks/paper/products.h", "networks/paper/functions.h"]
  arithmetic   = "float32"
}

unit "exponential" {
  summary      = "The exponential, which takes its argument from the core's multiplier"
  instructions = ["exp"]
  apart        = true
}

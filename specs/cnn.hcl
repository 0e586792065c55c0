# An extension for int8 convolutional networks: weights stay inside, activations
# stream through the core's port, rescaling happens on the way.
#
# A private RAM holds the weights of four output channels. Every word that is
# loaded, four input channels, meets its entry, four by four weights: sixteen products
# in a cycle. The first word of a window starts new sums and takes a snapshot of the
# former ones. While the window goes on, the four sums of the snapshot pass, one after
# another, through three steps: times multiplier, times power of two, clamped onto the
# bytes before. So a window of n words takes n instructions, and one to store: what is
# there for a word reads the last four results instead of telling its address.
#
#   word of window    0      1       2       3       4       5       6
#   product of                lane 1  lane 2  lane 3  lane 0
#   shifted                           lane 1  lane 2  lane 3  lane 0
#   byte                                      lane 1  lane 2  lane 3  lane 0
#
# Behind word 6 the four results lie in `out`, lane 1 in the highest byte; behind word
# i, from 1 to 4, the plain sum of lane i mod 4 in `t` where multipliers are 2^31.
#
# Rescaling is that of the TensorFlow Lite Micro reference kernels for sums, biases
# included, within 2^26 of nought and shifts right by 1 to 16, or by 6 to 22:
#   t = (sum * multiplier + 2^30) >> 31
#   z = (t - (t < 0)) * 2^(16 - shift) + 2^15 + zero * 2^16, and z >> 16
# With 22 in place of 16 throughout the layer is deep. A shift by 0 is right where the
# activation function makes negative results zero. The operands fit the slices of
# UltraScale+ DSPs: 27 by 17 bits, sums of 48.

extension "cnn" {
  summary = "Stationary weights: sixteen products for every word that is loaded"
}

kernel "conv" {
  summary = "int8 convolutions of ResNet-8: 3.02 cycles for each multiplication"
  share   = 0.98
  source  = "marvelgen profile ic_resnet8, design core, clang -O3"
}

state "w0" {
  bits  = 64
  count = 2048
  ram   = true
}

state "w1" {
  bits  = 64
  count = 2048
  ram   = true
}

state "wi" {
  bits = 11
}

state "acc" {
  bits   = 32
  signed = true
  count  = 4
  dsp    = true
}

state "snap" {
  bits   = 27
  signed = true
  count  = 4
}

state "scale" {
  bits  = 59
  count = 4
  ram   = true
}

state "power" {
  bits  = 17
  count = 4
  ram   = true
}

state "t" {
  bits   = 27
  signed = true
  dsp    = true
}

state "h" {
  bits = 17
}

state "z" {
  bits   = 48
  signed = true
  dsp    = true
}

state "zero" {
  bits   = 32
  signed = true
}

state "least" {
  bits   = 8
  signed = true
}

state "most" {
  bits   = 8
  signed = true
}

state "deep" {
  bits = 1
}

state "out" {
  bits = 32
}

state "pitch" {
  bits = 20
}

instruction "wput" {
  summary  = "Half an entry of weights; the first one goes to entry 0"
  assembly = "mv.wput rs1, rs2, half, step, first"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 0
    fixed  = { "31:28" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "half" {
      bits = ["27"]
    }
    field "step" {
      bits = ["26"]
    }
    field "first" {
      bits = ["25"]
    }
  }
  let {
    i = first == 1 ? 0 : wi
  }
  write {
    wi = i + step
  }
  set "w0" {
    index = i
    when  = half == 0
    value = cat(32, rs2, rs1)
  }
  set "w1" {
    index = i
    when  = half == 1
    value = cat(32, rs2, rs1)
  }
  example {
    given  = { rs1 = 1, rs2 = 2, half = 1, step = 1, first = 0, wi = 3 }
    expect = { wi = 4 }
  }
  example {
    given  = { rs1 = 1, rs2 = 2, half = 0, step = 0, first = 1, wi = 3 }
    expect = { wi = 0 }
  }
}

instruction "sput" {
  summary  = "A lane's multiplier and bias"
  assembly = "mv.sput rs1, rs2, lane"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 1
    fixed  = { "31:27" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "lane" {
      bits = ["26:25"]
    }
  }
  set "scale" {
    index = lane
    value = cat(32, rs2, rs1)
  }
}

instruction "hput" {
  summary  = "A lane's power of two: 2^(16 - shift), or 2^(22 - shift)"
  assembly = "mv.hput rs1, lane"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 1
    fixed  = { "31:27" = 1, "24:20" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "lane" {
      bits = ["26:25"]
    }
  }
  set "power" {
    index = lane
    value = rs1
  }
}

instruction "oset" {
  summary  = "What a layer's outputs have in common: 2^15 + zero * 2^16, or 2^21 + zero * 2^22; least (7:0) and largest (15:8) value; whether it is deep (16)"
  assembly = "mv.oset rs1, rs2"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 1
    fixed  = { "31:25" = 16, "11:7" = 0 }
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
    zero  = rs1
    least = s8(rs2, 0)
    most  = s8(rs2, 1)
    deep  = bits(rs2, 16, 16)
  }
  example {
    given  = { rs1 = "0x10000", rs2 = "0x17f80" }
    expect = { zero = "0x10000", least = -128, most = 127, deep = 1 }
  }
}

instruction "cmac" {
  summary  = "Sixteen products: the word at rs1 + rs2, or rs1 plus the unit's own pitch, with four channels' weights; its address goes to rd, or the last four results do"
  assembly = "mv.cmac rd, rs1, rs2, first, read, own"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 2
    fixed  = { "31:28" = 0 }
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
    field "first" {
      bits = ["25"]
    }
    field "read" {
      bits = ["26"]
    }
    field "own" {
      bits = ["27"]
    }
  }
  let {
    y = rs1 + (own == 1 ? pitch : rs2)
    x = load_32(y)
    i = first == 1 ? 0 : wi
    a = w0[i]
    b = w1[i]
    p = [for c in range(4) : sum([for k in range(4) : s8(x, k) * s8(c < 2 ? a : b, k + 4 * (c % 2))])]
    n = bits(i, 1, 0)
    q = scale[n]
    s = signed(snap[n] + signed(shr(q, 32), 27), 27)
  }
  write {
    rd   = read == 1 ? out : y
    acc  = [for c in range(4) : (first == 1 ? 0 : acc[c]) + p[c]]
    snap = [for c in range(4) : first == 1 ? acc[c] : snap[c]]
    wi   = i + 1
    t    = asr(s * bits(q, 31, 0) + shl(1, 30), 31)
    h    = power[n]
    z    = signed(t + (t < 0 ? -1 : 0), 27) * h + zero
    out  = cat(8, shr(out, 16), shr(out, 8), out, clamp(deep == 1 ? asr(z, 22) : asr(z, 16), least, most))
  }
  example {
    given  = { load = "0xff030201", rs1 = 4096, rs2 = 4, first = 0, "w0[0]" = "0x0202020201010101", "w1[0]" = "0x04030201fefefefe", "acc[0]" = 1, "acc[3]" = 4 }
    expect = { addr = 4100, rd = 4100, "acc[0]" = 6, "acc[1]" = 10, "acc[2]" = -10, "acc[3]" = 14, wi = 1 }
  }
  example {
    given  = { load = "0x00000001", first = 1, wi = 7, "w0[0]" = 5, "acc[0]" = 1000, "acc[1]" = -3, "acc[3]" = 4 }
    expect = { "acc[0]" = 5, "acc[1]" = 0, "snap[0]" = 1000, "snap[1]" = -3, "snap[3]" = 4, wi = 1 }
  }
  example {
    given  = { load = 0, rs1 = 4096, rs2 = 4, first = 0, read = 1, out = "0x44332211", z = "0x550000", least = -128, most = 127 }
    expect = { addr = 4100, rd = "0x44332211", out = "0x33221155" }
  }
  example {
    given  = { load = 0, first = 0, wi = 2, "snap[2]" = 958, "scale[2]" = "0x2a40000000", "power[2]" = "0x2000", t = -501, h = "0x2000", zero = "0xfffb8000", z = 14680064, deep = 0, least = -128, most = 127, out = "0x44332211" }
    expect = { t = 500, h = "0x2000", z = -4407296, out = "0x3322117f", wi = 3 }
  }
}

instruction "cnop" {
  summary  = "Goes on as cmac does, with no word, and reads the last four results"
  assembly = "mv.cnop rd, first"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 3
    fixed  = { "31:26" = 0, "24:20" = 0, "19:15" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "first" {
      bits = ["25"]
    }
  }
  let {
    i = first == 1 ? 0 : wi
    n = bits(i, 1, 0)
    q = scale[n]
    s = signed(snap[n] + signed(shr(q, 32), 27), 27)
  }
  write {
    rd   = out
    snap = [for c in range(4) : first == 1 ? acc[c] : snap[c]]
    wi   = i + 1
    t    = asr(s * bits(q, 31, 0) + shl(1, 30), 31)
    h    = power[n]
    z    = signed(t + (t < 0 ? -1 : 0), 27) * h + zero
    out  = cat(8, shr(out, 16), shr(out, 8), out, clamp(deep == 1 ? asr(z, 22) : asr(z, 16), least, most))
  }
  example {
    given  = { first = 1, "acc[0]" = 1000, "acc[3]" = 4, wi = 5, out = "0x04030201" }
    expect = { rd = "0x04030201", "snap[0]" = 1000, "snap[3]" = 4, wi = 1 }
  }
}

instruction "ctab" {
  summary  = "Adds the entry that a byte of rs1 chooses, of the first or the second 256, to the lane that becomes this byte; goes on as cmac does"
  assembly = "mv.ctab rs1, place, half, first"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 4
    fixed  = { "31:26" = 0, "24:23" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "place" {
      bits = ["21:20"]
    }
    field "half" {
      bits = ["22"]
    }
    field "first" {
      bits = ["25"]
    }
  }
  let {
    i = first == 1 ? 0 : wi
    e = bits(cat(8, half, shr(rs1, 8 * place)), 8, 0)
    v = w0[e]
    n = bits(i, 1, 0)
    q = scale[n]
    s = signed(snap[n] + signed(shr(q, 32), 27), 27)
  }
  write {
    acc  = [for c in range(4) : (first == 1 ? 0 : acc[c]) + (bits(place + c, 1, 0) == 0 ? s32(v, 0) : 0)]
    snap = [for c in range(4) : first == 1 ? acc[c] : snap[c]]
    wi   = i + 1
    t    = asr(s * bits(q, 31, 0) + shl(1, 30), 31)
    h    = power[n]
    z    = signed(t + (t < 0 ? -1 : 0), 27) * h + zero
    out  = cat(8, shr(out, 16), shr(out, 8), out, clamp(deep == 1 ? asr(z, 22) : asr(z, 16), least, most))
  }
  example {
    given  = { rs1 = "0x00000200", place = 1, half = 1, first = 1, "w0[258]" = "0xfffffff0", "acc[3]" = 7, wi = 5 }
    expect = { "acc[3]" = -16, "acc[2]" = 0, "snap[3]" = 7, wi = 1 }
  }
}

instruction "crd" {
  summary  = "Reads the last four results, or the product of the last step"
  assembly = "mv.crd rd, raw"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 5
    fixed  = { "31:26" = 0, "24:20" = 0, "19:15" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "raw" {
      bits = ["25"]
    }
  }
  write {
    rd = raw == 1 ? t : out
  }
  example {
    given  = { t = -5, raw = 1 }
    expect = { rd = "0xfffffffb" }
  }
  example {
    given  = { out = "0x04030201", raw = 0 }
    expect = { rd = "0x04030201" }
  }
}

instruction "pset" {
  summary  = "How far what cst stores lies apart"
  assembly = "mv.pset rs1"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 1
    fixed  = { "31:25" = 17, "24:20" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
  }
  write {
    pitch = rs1
  }
  example {
    given  = { rs1 = "0xfff00040" }
    expect = { pitch = 64 }
  }
}

instruction "cst" {
  summary  = "Stores the word rs2 at rs1 plus the pitch; the address, chosen as for cmac, goes to rd"
  assembly = "mv.cst rd, rs1, rs2, own"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 6
    fixed  = { "31:28" = 0, "26:25" = 0 }
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
    field "own" {
      bits = ["27"]
    }
  }
  let {
    y = rs1 + (own == 1 ? pitch : rs2)
  }
  store {
    addr = y
    size = 4
    data = rs2
  }
  write {
    rd = y
  }
  example {
    given  = { rs1 = 4096, rs2 = "0x04030201", own = 1, pitch = 24 }
    expect = { rd = 4120, addr = 4120, data = "0x04030201" }
  }
}

instruction "lpset" {
  summary  = "Zero-overhead loop: pc + 4 to pc + offset run as often as the low 12 bits of rs1 say"
  assembly = "mv.lpset level, rs1, offset"
  encoding {
    format = "custom"
    opcode = "custom-1"
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
    count = bits(rs1, 11, 0)
    end   = pc + offset
  }
  example {
    given  = { pc = "0x1000", rs1 = 7, offset = 12 }
    expect = { loop_count = 7, loop_end = "0x100c" }
  }
}

unit "conv" {
  summary      = "Weights, sums and scales"
  instructions = ["wput", "sput", "hput", "oset", "cmac", "cnop", "ctab", "crd", "pset", "cst"]
}

unit "hwloop" {
  summary      = "Operands of the loop registers in the fetch stage"
  instructions = ["lpset"]
}

design "base" {
  summary      = "the core alone"
  instructions = []
}

design "wide" {
  summary      = "sixteen products a cycle"
  instructions = ["wput", "sput", "hput", "oset", "cmac", "cnop", "ctab", "crd", "pset", "cst", "lpset"]
  kernels = [
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
    "networks/cnn/pools.h",
    "networks/cnn/add.h",
  ]
}

network "lenet5" {
  summary = "one digit of our own, every layer in lockstep"
  model   = "networks/lenet5.tflite"
  input   = "networks/digit.pgm"
}

# Design lean: eight products for every word, two channels of outputs, and the core's
# own multiplier to rescale. Each loaded word, four input channels, meets an entry of
# four pairs of weights, two to an operand: one slice multiplies an input by both. While
# a window is summed, the instructions that load its words also rescale the former
# window's two sums. Which step of it each takes, it says itself; operands and results
# are registers:
#   late 0, odd 0   rd = sum of channel 0
#   late 0, odd 1   rd = sum of channel 1 as it was when the window began
#   late 1, odd 0   rd = rs1 * rs2, times multiplier
#   late 1, odd 1   rd = rs1 * rs2, times power of two, clamped, above the byte before
# The last two move the pointer by `stride`, the others by rs1. The first word of a window
# starts new sums with the biases of a pair of channels; behind the word that says it is
# done, weights begin anew. A window of n >= 6 words takes n instructions, and three to
# store its two results.
#
#   word of window    0      1      2      3      4      5
#   channel 0         read   times  byte
#   channel 1                              read   times  byte
#
# Rescaling is that of the portable kernels (narrow_by in templates/nn/base.c.tmpl) for
# sums, biases included, within 2^26 of nought and shifts right by 1 and more:
#   y = floor(sum * multiplier / 2^30), one further from nought
#   floor((y * 2^(31 - shift) + 2^31) / 2^32) + zero
# Without a shift a factor of 2^31 - 1 is right where the activation function makes
# negative results zero.
#
# Weights w0 and w1 that share an operand are w1 * 2^18 + w0, kept as w1 less the borrow
# of w0, and w0. A sum's half for channel 1 has lost what the other half borrowed.
# Differences of complements are sums whose operands synthesis does not change round: so
# the choice where sums start shares LUTs with their adders.

kernel "pairs" {
  summary = "int8 convolutions of ResNet-8: 3.02 cycles for each multiplication"
  share   = 0.98
  source  = "marvelgen profile ic_resnet8, design core, clang -O3"
}

state "pa" {
  bits  = 34
  count = 2048
  ram   = true
}

state "pb" {
  bits  = 34
  count = 2048
  ram   = true
}

state "pi" {
  bits = 11
}

state "start" {
  bits  = 54
  count = 2
  ram   = true
}

state "centre" {
  bits  = 8
  count = 2
  ram   = true
}

state "at" {
  bits = 32
}

state "stride" {
  bits = 16
}

state "sum" {
  bits   = 27
  signed = true
  count  = 2
}

state "former" {
  bits   = 27
  signed = true
}

state "last" {
  bits = 8
}

instruction "pput" {
  summary  = "An entry of weights: four of channel 0, four of channel 1; behind the last one the next goes to entry 0"
  assembly = "mv.pput rs1, rs2, done"
  encoding {
    format = "custom"
    opcode = "custom-2"
    funct3 = 0
    fixed  = { "31:28" = 0, "26:25" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "done" {
      bits = ["27"]
    }
  }
  let {
    p = [for k in range(4) : or(shl(unsigned(s8(rs2, k) - bits(rs1, 8 * k + 7, 8 * k + 7), 9), 8), u8(rs1, k))]
  }
  write {
    pi = done == 1 ? 0 : pi + 1
  }
  set "pa" {
    index = pi
    value = or(shl(p[1], 17), p[0])
  }
  set "pb" {
    index = pi
    value = or(shl(p[3], 17), p[2])
  }
  example {
    given  = { rs1 = 1, rs2 = 2, done = 0, pi = 3 }
    expect = { pi = 4 }
  }
  example {
    given  = { rs1 = 1, rs2 = 2, done = 1, pi = 3 }
    expect = { pi = 0 }
  }
}

instruction "pbegin" {
  summary  = "Zero point of the results, step of the pointer; the pointer becomes 0"
  assembly = "mv.pbegin rs1, rs2"
  encoding {
    format = "custom"
    opcode = "custom-2"
    funct3 = 1
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
    stride = rs2
    at     = 0
  }
  set "centre" {
    index = 0
    value = rs1
  }
  example {
    given  = { rs1 = -5, rs2 = 64, at = 1024 }
    expect = { stride = 64, at = 0 }
  }
}

instruction "pbias" {
  summary  = "Where the two sums of a pair of channels start"
  assembly = "mv.pbias rs1, rs2, pair"
  encoding {
    format = "custom"
    opcode = "custom-2"
    funct3 = 3
    fixed  = { "31:30" = 0, "28:25" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "pair" {
      bits = ["29"]
    }
  }
  set "start" {
    index = pair
    value = or(shl(bits(rs2, 26, 0), 27), bits(rs1, 26, 0))
  }
}

instruction "pmac" {
  summary  = "Eight products of the word at the pointer, and a step of rescaling"
  assembly = "mv.pmac rd, rs1, rs2, late, odd, first, done, pair"
  encoding {
    format = "custom"
    opcode = "custom-2"
    funct3 = 4
    fixed  = { "31:30" = 0 }
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
    field "late" {
      bits = ["26"]
    }
    field "odd" {
      bits = ["25"]
    }
    field "first" {
      bits = ["28"]
    }
    field "pair" {
      bits = ["29"]
    }
    field "done" {
      bits = ["27"]
    }
  }
  let {
    x    = load_32(at)
    a    = pa[pi]
    b    = pb[pi]
    e    = [bits(a, 16, 0), bits(a, 33, 17), bits(b, 16, 0), bits(b, 33, 17)]
    w    = [for k in range(4) : or(shl(signed(shr(e[k], 8), 9), 18), unsigned(signed(e[k], 8), 18))]
    p    = [for k in range(4) : s8(x, k) * w[k]]
    s    = unsigned(sum(p), 36)
    c    = start[pair]
    then = [first == 1 ? signed(bits(c, 26, 0), 27) : sum[0], first == 1 ? signed(bits(c, 53, 27), 27) : sum[1]]
    m    = s32(rs1) * s32(rs2)
    y    = signed(asr(m, 30), 28)
    g    = signed(asr(m, 32), 27)
    v    = asr(or(shl(signed(g, 10), 1), 1) + or(shl(signed(centre[0], 8), 1), bits(m, 31, 31)), 1)
    far  = asr(g, 9)
    over = asr(v, 7)
    o    = (far == 0 || far == -1) && (over == 0 || over == -1) ? v : bits(m, 58, 58) == 1 ? -128 : 127
  }
  write {
    rd = late == 1 ? (odd == 1 ? cat(8, o, last) : y + (bits(m, 57, 57) == 1 ? -1 : 1)) : odd == 1 ? former : sum[0]
    sum = [
      asr(shl(signed(shr(s, 0), 18), 1) - not(shl(then[0], 1)), 1),
      asr(signed(shr(s, 17), 19) - not(shl(then[1], 1)), 1)
    ]
    former = first == 1 ? sum[1] : former
    pi     = done == 1 ? 0 : pi + 1
    at     = at + (late == 1 ? stride : rs1)
    last   = late == 1 ? (odd == 1 ? o : last) : last
  }
  example {
    given  = { load = "0xff030201", rs1 = 4, first = 0, done = 0, pair = 0, late = 0, odd = 0, at = 4096, pi = 3, "pa[3]" = 0, "pb[3]" = "0x1fe0003", "sum[0]" = 100, "sum[1]" = 7, former = 9 }
    expect = { addr = 4096, rd = 100, at = 4100, pi = 4, "sum[0]" = 110, "sum[1]" = 6, former = 9 }
  }
  example {
    given  = { load = 1, rs1 = 4, first = 1, done = 1, pair = 1, late = 0, odd = 1, at = 4096, pi = 3, "pa[3]" = "0x1fffe", "start[1]" = "0x38000005", "sum[0]" = 100, "sum[1]" = 8, former = 9 }
    expect = { rd = 9, pi = 0, "sum[0]" = 3, "sum[1]" = 7, former = 8 }
  }
}

instruction "pstep" {
  summary  = "A step of rescaling"
  assembly = "mv.pstep rd, rs1, rs2, late, odd"
  encoding {
    format = "custom"
    opcode = "custom-2"
    funct3 = 5
    fixed  = { "31:27" = 0 }
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
    field "late" {
      bits = ["26"]
    }
    field "odd" {
      bits = ["25"]
    }
  }
  let {
    m    = s32(rs1) * s32(rs2)
    y    = signed(asr(m, 30), 28)
    g    = signed(asr(m, 32), 27)
    v    = asr(or(shl(signed(g, 10), 1), 1) + or(shl(signed(centre[0], 8), 1), bits(m, 31, 31)), 1)
    far  = asr(g, 9)
    over = asr(v, 7)
    o    = (far == 0 || far == -1) && (over == 0 || over == -1) ? v : bits(m, 58, 58) == 1 ? -128 : 127
  }
  write {
    rd   = late == 1 ? (odd == 1 ? cat(8, o, last) : y + (bits(m, 57, 57) == 1 ? -1 : 1)) : odd == 1 ? former : sum[0]
    last = late == 1 ? (odd == 1 ? o : last) : last
    at   = at + (late == 1 ? stride : rs1)
  }
  example {
    given  = { rs1 = -3, rs2 = "0x40000000", late = 1, odd = 0 }
    expect = { rd = -4 }
  }
  example {
    given  = { rs1 = 3, rs2 = "0x40000000", late = 1, odd = 0 }
    expect = { rd = 4 }
  }
  example {
    given  = { rs1 = 10, rs2 = "0x20000000", late = 1, odd = 1, last = 17, "centre[0]" = 5 }
    expect = { rd = "0x0611", last = 6 }
  }
  example {
    given  = { rs1 = -4000, rs2 = "0x20000000", late = 1, odd = 1, last = 17 }
    expect = { rd = "0x8011", last = 128 }
  }
}

unit "pairs" {
  summary      = "Weights in pairs, two sums, rescaling"
  instructions = ["pput", "pbegin", "pbias", "pmac", "pstep"]
}

design "lean" {
  summary      = "eight products a cycle, the core's own multiplier to rescale"
  instructions = ["pput", "pbegin", "pbias", "pmac", "pstep"]
  kernels = [
    "networks/common/base.h",
    "networks/common/stream.h",
    "networks/common/sums.h",
    "networks/common/input.h",
    "networks/lean/unit.h",
    "networks/lean/planes.h",
    "networks/lean/windows.h",
    "networks/lean/input.h",
    "networks/lean/weights.h",
    "networks/lean/fully_connected.h",
    "networks/lean/convolution.h",
    "networks/lean/add.h",
  ]
}

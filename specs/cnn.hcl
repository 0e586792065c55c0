# An extension for int8 convolutional networks: weights stay inside, activations
# stream through the core's port.
#
# Under way: it runs on RTL and simulator, bit for bit, but states are registers yet.
# Its weights want block RAM, whose index is known in X and whose data is used in W.
#
# A private RAM holds the weights of four output channels. Every word that is
# loaded, four input channels, meets its entry, four by four weights: sixteen products
# in a cycle. Before the weights lie the channels' biases and scales; the same RAM
# holds the tables of an addition. Rescaling is that of the TensorFlow Lite Micro
# reference kernels for accumulators within 2^29 of nought (struct nn_rescale, narrow).
#
# An entry, as words: w0 low and high, w1 low and high.
#   0 to 3    of a channel: bias, multiplier, nothing, limits: shift right (4:0),
#             zero point (15:8), least (23:16) and largest (31:24) result
#   from 4    weights of channels 0, 1, 2, 3, four input channels each;
#             of a depthwise convolution a weight of each channel in the first word
# For an addition entry i is, instead: first input's share where it is i,
# multiplier, the second input's, limits.

extension "cnn" {
  summary = "Stationary weights: sixteen products for every word that is loaded"
}

kernel "conv" {
  summary = "int8 convolutions of ResNet-8: 3.02 cycles for each multiplication"
  share   = 0.96
  source  = "marvelgen profile ic_resnet8, design core, clang -O3"
}

state "w0" {
  bits  = 64
  count = 1024
}

state "w1" {
  bits  = 64
  count = 1024
}

state "wi" {
  bits = 10
}

state "xp" {
  bits = 32
}

state "xn" {
  bits = 32
}

state "hop" {
  bits = 16
}

state "yhop" {
  bits = 16
}

state "step" {
  bits = 16
}

state "seg" {
  bits = 10
}

state "left" {
  bits = 10
}

state "skip" {
  bits = 32
}

state "acc" {
  bits   = 32
  signed = true
  count  = 4
}

state "out" {
  bits = 24
}

instruction "wset" {
  summary  = "A window: words in a row of it (9:0 of rs1), bytes from word to word (31:16), bytes to the next row (rs2)"
  assembly = "mv.wset rs1, rs2"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 0
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
    seg  = bits(rs1, 9, 0)
    step = bits(rs1, 31, 16)
    skip = rs2
    wi   = 0
  }
  example {
    given  = { rs1 = "0x00040009", rs2 = 100, wi = 7 }
    expect = { seg = 9, step = 4, skip = 100, wi = 0 }
  }
}

instruction "whop" {
  summary  = "Bytes from an output's window to the next one's, and from output to output"
  assembly = "mv.whop rs1, rs2"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 0
    fixed  = { "31:25" = 1, "11:7" = 0 }
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
    hop  = rs1
    yhop = rs2
  }
  example {
    given  = { rs1 = 16, rs2 = 64 }
    expect = { hop = 16, yhop = 64 }
  }
}

instruction "wput" {
  summary  = "Half an entry; the second half moves on to the next"
  assembly = "mv.wput rs1, rs2, half"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 1
    fixed  = { "31:26" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
    field "rs2" {
      bits     = ["24:20"]
      register = true
    }
    field "half" {
      bits = ["25"]
    }
  }
  write {
    wi = wi + half
  }
  set "w0" {
    index = wi
    when  = half == 0
    value = cat(32, rs2, rs1)
  }
  set "w1" {
    index = wi
    when  = half == 1
    value = cat(32, rs2, rs1)
  }
  example {
    given  = { rs1 = 1, rs2 = 2, half = 1, wi = 3 }
    expect = { wi = 4 }
  }
}

instruction "cgo" {
  summary  = "Begins a row of outputs with the window at rs1"
  assembly = "mv.cgo rs1"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 2
    fixed  = { "31:20" = 0, "11:7" = 0 }
    field "rs1" {
      bits     = ["19:15"]
      register = true
    }
  }
  write {
    xp   = rs1
    xn   = rs1 + hop
    wi   = 4
    left = seg
  }
  example {
    given  = { rs1 = 4096, hop = 16, seg = 9, wi = 5 }
    expect = { xp = 4096, xn = 4112, wi = 4, left = 9 }
  }
}

instruction "cmac" {
  summary  = "Sixteen products: the window's next word with four channels' weights"
  assembly = "mv.cmac"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 3
    fixed  = { "31:20" = 0, "19:15" = 0, "11:7" = 0 }
  }
  let {
    x = load_32(xp)
    a = w0[wi]
    b = w1[wi]
    p = [for c in range(4) : sum([for k in range(4) : s8(x, k) * s8(c < 2 ? a : b, k + 4 * (c % 2))])]
  }
  write {
    acc  = [for c in range(4) : acc[c] + p[c]]
    wi   = wi + 1
    xp   = left == 1 ? xp + skip : xp + step
    left = left == 1 ? seg : left - 1
  }
  example {
    given  = { load = "0xff030201", xp = 4096, step = 4, left = 2, "w0[0]" = "0x0202020201010101", "w1[0]" = "0x04030201fefefefe", "acc[0]" = 1, "acc[3]" = 4 }
    expect = { addr = 4096, "acc[0]" = 6, "acc[1]" = 10, "acc[2]" = -10, "acc[3]" = 14, xp = 4100, left = 1, wi = 1 }
  }
}

instruction "dmac" {
  summary  = "Four products: the window's next word with a weight of each channel"
  assembly = "mv.dmac"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 5
    fixed  = { "31:20" = 0, "19:15" = 0, "11:7" = 0 }
  }
  let {
    x = load_32(xp)
    a = w0[wi]
  }
  write {
    acc  = [for c in range(4) : acc[c] + s8(x, c) * s8(a, c)]
    wi   = wi + 1
    xp   = left == 1 ? xp + skip : xp + step
    left = left == 1 ? seg : left - 1
  }
  example {
    given  = { load = "0xff030201", xp = 4096, skip = 100, seg = 3, left = 1, "w0[0]" = "0x80ff7f02", "acc[0]" = 1, "acc[3]" = 4 }
    expect = { addr = 4096, "acc[0]" = 3, "acc[1]" = 254, "acc[2]" = -3, "acc[3]" = 132, xp = 4196, left = 3, wi = 1 }
  }
}

instruction "cq" {
  summary  = "Rescales a sum to int8, on top of the three before it, and starts the sum anew with its bias"
  assembly = "mv.cq rd, lane"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 4
    fixed  = { "31:22" = 0, "19:15" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "lane" {
      bits = ["21:20"]
    }
  }
  let {
    q = w0[lane]
    r = w1[lane]
    n = bits(r, 36, 32)
    y = asr(acc[lane] * s32(q, 1), 30)
    z = asr(y + 1 + (n == 0 ? 0 : shl(1, n) - (y < 0 ? 2 : 0)), n + 1) + s8(r, 5)
    o = cat(8, clamp(z, s8(r, 6), s8(r, 7)), shr(out, 16), shr(out, 8), out)
  }
  write {
    rd  = o
    out = shr(o, 8)
  }
  set "acc" {
    index = lane
    value = s32(q, 0)
  }
  example {
    given  = { "acc[2]" = 1000, lane = 2, out = "0x030201", "w0[2]" = "0x400000000000002a", "w1[2]" = "0x7f80fb0300000000" }
    expect = { rd = "0x3a030201", out = "0x3a0302" }
  }
  example {
    given  = { "acc[0]" = -1000, "w0[0]" = "0x4000000000000000", "w1[0]" = "0x7fc4000300000000" }
    expect = { rd = "0xc4000000" }
  }
}

instruction "crd" {
  summary  = "Reads a sum"
  assembly = "mv.crd rd, lane"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 2
    fixed  = { "31:25" = 1, "24:22" = 0, "19:15" = 0 }
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "lane" {
      bits = ["21:20"]
    }
  }
  write {
    rd = acc[lane]
  }
  example {
    given  = { "acc[1]" = -5, lane = 1 }
    expect = { rd = "0xfffffffb" }
  }
}

instruction "cst" {
  summary  = "Stores four outputs, and begins the next window"
  assembly = "mv.cst rs2, (rs1)"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 7
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
  store {
    addr = rs1
    size = 4
    data = rs2
  }
  write {
    rs1  = rs1 + yhop
    xp   = xn
    xn   = xn + hop
    wi   = 4
    left = seg
  }
  example {
    given  = { rs1 = 4096, rs2 = 42, yhop = 64, xn = 8192, hop = 16, seg = 9 }
    expect = { addr = 4096, data = 42, rs1 = 4160, xp = 8192, xn = 8208, left = 9, wi = 4 }
  }
}

instruction "cadd" {
  summary  = "Rescales the sum of two table entries, whose indexes are bytes, to int8, on top of the three before it"
  assembly = "mv.cadd rd, rs1, rs2, lane"
  encoding {
    format = "custom"
    opcode = "custom-0"
    funct3 = 6
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
    field "lane" {
      bits = ["26:25"]
    }
  }
  let {
    q = w0[bits(shr(rs1, 8 * lane), 7, 0)]
    r = w1[bits(shr(rs2, 8 * lane), 7, 0)]
    n = bits(r, 36, 32)
    y = asr(signed(s32(q, 0) + s32(r, 0), 32) * s32(q, 1), 30)
    z = asr(y + 1 + (n == 0 ? 0 : shl(1, n) - (y < 0 ? 2 : 0)), n + 1) + s8(r, 5)
    o = cat(8, clamp(z, s8(r, 6), s8(r, 7)), shr(out, 16), shr(out, 8), out)
  }
  write {
    rd  = o
    out = shr(o, 8)
  }
  example {
    given  = { rs1 = "0x00000100", rs2 = "0x00000200", lane = 1, out = "0x030201", "w0[1]" = "0x40000000000003e8", "w1[2]" = "0x7f80000300000008" }
    expect = { rd = "0x3f030201", out = "0x3f0302" }
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
  summary      = "Weights, sums, pointers and scales"
  instructions = ["wset", "whop", "wput", "cgo", "cmac", "dmac", "cq", "crd", "cst", "cadd"]
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
  instructions = ["wset", "whop", "wput", "cgo", "cmac", "dmac", "cq", "crd", "cst", "cadd", "lpset"]
  kernels      = "networks/cnn.h"
}

network "lenet5" {
  summary = "one digit of our own, every layer in lockstep"
  model   = "networks/lenet5.tflite"
  input   = "networks/digit.pgm"
}

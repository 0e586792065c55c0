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

design "base" {
  summary      = "the core alone"
  instructions = []
}

design "full" {
  summary      = "sixteen products a cycle"
  instructions = ["wput", "sput", "hput", "oset", "cmac", "cnop", "ctab", "crd", "pset", "cst", "lpset", "nmac"]
  kernels = [
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
    "networks/transformer/rows.h",
    "networks/transformer/matmul.h",
    "networks/transformer/softmax.h",
    "networks/transformer/lookup.h",
    "networks/transformer/add.h",
    "networks/transformer/norm.h",
  ]
}

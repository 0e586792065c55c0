# Instructions for int8 transformers. Matrix products run on the unit of cnn.hcl, whose
# stationary weights are as good for products of two activations: the second is loaded
# as weights, the first streams. Tables of an activation function lie where weights do.

extension "transformer" {
  summary = "Matrix products, softmax, layer normalisation and GELU of int8 transformers"
}

use "cnn.hcl" {
  instructions = ["wput", "sput", "hput", "oset", "cmac", "cnop", "ctab", "crd", "pset", "cst", "lpset"]
}

design "base" {
  summary      = "the core alone"
  instructions = []
}

design "full" {
  summary      = "sixteen products a cycle"
  instructions = ["wput", "sput", "hput", "oset", "cmac", "cnop", "ctab", "crd", "pset", "cst", "lpset"]
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
  ]
}

# Networks name files that the tool reads, and options from short lists.
extension "x" {}
network "a" {
  model = "net.pb" # error: Unknown kind of file; net.pb
  input = "../x.bin" # error: Not a path; without '..'
}
network "b" {
  model   = "net.tflite"
  input   = "picture.gif" # error: Unknown kind of file; picture.gif
  on      = "moon" # error: Unknown on; none of rtl, iss
  samples = 0 # error: Number out of range; samples
  opt     = "-O3 -march=native" # error: Unknown opt; one of
}
network "b" { # error: Second network; already | Second program or network; already
  model = "other.onnx"
}
network "c" {} # error: Missing attribute; model
design "d" {
  instructions = []
  kernels      = "kernels.c" # error: Unknown kind of file; kernels.c
}
design "e" {
  instructions = []
  kernels = [
    "own/unit.h",
    "../pools.h",  # error: Not a path; without '..'
    "/etc/pools.h",  # error: Not a path; relative
    "own/pools.c", # error: Unknown kind of file; own/pools.c
    7,             # error: Wrong type; a path, or list of paths
    "own/unit.h",  # error: Named twice; own/unit.h
  ]
}
design "f" {
  instructions = []
  kernels      = [] # error: No file; names no file
}
design "g" {
  instructions = []
  kernels      = true # error: Wrong type; a path, or list of paths
}

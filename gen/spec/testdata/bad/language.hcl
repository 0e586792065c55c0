# Every line that is wrong says so.
extension "bad" {
  sumary = "x" # error: Unknown attribute; Did you mean "summary"?
}

instrucion "a" { # error: Unknown block; Did you mean "instruction"?
}

state "acc" {
  bits  = "wide" # error: Wrong type; must be a number
  count = 1000000 # error: Number out of range
}

state "Acc" { # error: Not an identifier
  bits = 8
}

state "wire" { # error: Reserved word
  bits = 8
}

state "rs1" { # error: Name in use
  bits = 8
}

state "big" { # error: Width overflow
  bits  = 4
  reset = 16
}

state { # error: Wrong labels
  bits = 4
}

design "d" { # error: Unknown instruction; names "nothing"
  instructions = ["nothing"]
}

program "p" {
  sources = [
    "../../etc/passwd", # error: Not a path
    "a b.c",            # error: Not a path
    "/abs.c",           # error: Not a path
  ]
  golden = "conv5x5" # error: Unknown golden
  opt    = "-O3 -x"  # error: Unknown opt
  variant "v" {
    defines = ["X=$(rm)"] # error: Not a macro
  }
}

target "t" {
  part      = "xc;exec rm" # error: Not a part
  clock_mhz = 0 # error: Number out of range
}

core {
  ram_kib = 64
}

core { # error: Second core
}

table "huge" {
  bits   = 8
  values = [for i in range(1000000000) : 0] # error: Range too large
}

table "reals" {
  bits   = 8
  values = [1, 2.5] # error: Wrong type; Entry 1
}

table "wide" {
  bits   = 8
  values = [256] # error: Width overflow; Entry 0
}

table "zero" {
  bits   = 8
  values = [1 / 0] # error: Division by zero
}

table "deep" {
  bits   = 8
  values = [for i in range(65536) : sum([for j in range(65536) : j])] # error: Expression too large
}

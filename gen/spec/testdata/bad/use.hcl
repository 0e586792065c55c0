# Blocks that take instructions from other specs.
extension "x" {}
use "none.hcl" { # error: No such file; neither beside the spec nor shipped
  instructions = ["a"]
}
use "cmn.hcl" { # error: No such file; Did you mean "cnn.hcl"?
  instructions = ["a"]
}
use "cnn.h" { # error: Unknown kind of file; ends in one of [.hcl]
  instructions = ["a"]
}
use "../x.hcl" { # error: Not a path
  instructions = ["a"]
}
use "use.hcl" { # error: Cyclic use; testdata/bad/use.hcl → testdata/bad/use.hcl
  instructions = ["a"]
}
use "marvel.hcl" {
  instructions = ["mak"] # error: Unknown instruction; specs/marvel.hcl defines no instruction "mak". Did you mean "mac"?
}
use "marvel.hcl" { # error: Second use; at line 18
  instructions = ["mac"]
}
use "cc.hcl" {} # error: Missing attribute; needs "instructions"
use { # error: Wrong labels; Write use "file"
  instructions = ["a"]
}
use "cnn.hcl" {
  instructions = ["oset", "crd", "oset"] # error: Named twice; "oset" stands in the list already
}
use "isa/zicsr.hcl" {
  instructions = ["Csrrw", 7] # error: Not an identifier; Csrrw | Wrong type; must be a list of names
}

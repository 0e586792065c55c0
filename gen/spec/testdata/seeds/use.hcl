extension "y" {
  summary = "y"
}

use "testdata/seeds/state.hcl" {
  instructions = ["i"]
}

design "d" {
  instructions = ["i"]
}

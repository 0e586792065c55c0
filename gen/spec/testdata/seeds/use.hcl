extension "y" {
  summary = "y"
}

use "marvel.hcl" {
  instructions = ["mac", "lpset"]
}

design "d" {
  instructions = ["mac"]
}

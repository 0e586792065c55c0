# Fields must not be called like other operands of meanings, or like ports of a
# unit: the meaning would read the wrong one.
extension "x" {}
instruction "a" {
  summary  = "a"
  assembly = "mv.a rd, load, is_b, x5, valid"
  encoding {
    format = "custom"
    opcode = "custom-0"
    field "rd" {
      bits     = ["11:7"]
      register = true
    }
    field "load" { # error: Reserved word; another operand
      bits = ["12"]
    }
    field "is_b" { # error: Reserved word; another operand
      bits = ["13"]
    }
    field "x5" { # error: Reserved word; another operand
      bits = ["14"]
    }
    field "valid" { # error: Reserved word; another operand
      bits = ["15"]
    }
  }
  write {
    rd = 1
  }
}

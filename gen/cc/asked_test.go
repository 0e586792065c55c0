package cc_test

import (
	"fmt"
	"strings"
	"testing"

	"marvelgen/gen"
)

const maxSpec = `
extension "greatest" {
  prefix = "mv"
}

instruction "max" {
  summary  = "The greater one"
  assembly = "mv.max rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = 0
    funct7 = 0
  }
  write {
    rd = max(s32(rs1), s32(rs2))
  }
}

design "greatest" {
  instructions = ["max"]
}
`

// TestAskedOftenEnough rewrites functions of many values that are equal without looking so:
// the maximum of each two of them is the next one, and a solver would be asked about all.
func TestAskedOftenEnough(t *testing.T) {
	l, problems, err := gen.Load("max.hcl", []byte(maxSpec))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	const most = 100 // questions about one function
	function := func(name string) string {
		var s strings.Builder
		fmt.Fprintf(&s, "\t.text\n\t.type\t%s, @function\n%[1]s:\n", name)
		for i := range 20 {
			fmt.Fprintf(&s, "\tand\ta3,a1,a0\n\txor\ta0,a2,a3\n\tsw\ta0,%d(a4)\n", 4*i)
		}
		fmt.Fprintf(&s, "\tret\n\t.size\t%s, .-%[1]s\n", name)
		return s.String()
	}
	asked := 0
	rewritten("equal.s", []byte(function("f")), l.Machines[0], func(string) (bool, error) { asked++; return true, nil })
	if asked != most {
		t.Errorf("a solver is asked %d times, not %d", asked, most)
	}
	asked = 0
	rewritten("equal.s", []byte(function("f")+strings.ReplaceAll(function("g"), "xor", "or")), l.Machines[0], func(string) (bool, error) { asked++; return true, nil })
	if asked <= most || asked > 2*most {
		t.Errorf("a solver is asked %d times of two functions", asked)
	}
}

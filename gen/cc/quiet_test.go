package cc_test

import (
	"fmt"
	"strings"
	"testing"

	"marvelgen/gen/cc"
	"marvelgen/gen/cc/asm"
)

// TestHandlersHaveNoLoops: neither what handles traps nor what it calls uses the loop
// registers of what was interrupted.
func TestHandlersHaveNoLoops(t *testing.T) {
	const loop = "\tli\ta5,100\n.L%[1]s:\tadd\ta0,a0,a1\n\taddi\ta5,a5,-1\n\tbne\ta5,zero,.L%[1]s\n"
	function := func(name, calls, end string) string {
		return fmt.Sprintf("\t.type\t%[1]s, @function\n%[1]s:\n"+loop+"%[2]s\t%[3]s\n\t.size\t%[1]s, .-%[1]s\n", name, calls, end)
	}
	text := "\t.text\n" + function("own", "", "mret") + function("trap_handler", "\tcall\thelper\n", "ret") + function("helper", "\tcall\tdeeper\n\tcall\telsewhere\n", "ret") +
		function("deeper", "\tcall\thelper\n", "ret") + function("other", "\tcall\tfree\n", "ret") + function("free", "", "ret")
	f := asm.Read("traps.s", []byte(text))
	rewrite(f, marvel(t, "v4"), cc.Options{StandardCalls: true, Growth: cc.AnyGrowth})
	_, rest, _ := strings.Cut(string(f.Text()), "own:")
	handlers, others, _ := strings.Cut(rest, "other:")
	if strings.Contains(handlers, "lpset") {
		t.Errorf("what interrupts has loops:\n%s", handlers)
	}
	if strings.Count(others, "lpseti") != 2 {
		t.Errorf("what does not has none:\n%s", others)
	}
}

package energy

import (
	"fmt"
	"strings"
)

// Script is the Yosys script that maps a core to the cells of Netlist, for any version
// from 0.23 on. Flip-flops keep the names of the RTL, so a state of the RTL can be put
// in; multipliers become gates, the register file flip-flops and multiplexers, and
// private memories stay whole.
func Script(top string, files []string, out string) string {
	var b strings.Builder
	private := false
	for _, f := range files {
		fmt.Fprintf(&b, "read_verilog %s\n", f)
		private = private || strings.HasSuffix(f, uram+".v")
	}
	fmt.Fprintf(&b, "hierarchy -check -top %s\nproc\nsetattr -mod -unset keep_hierarchy *\n", top)
	if private {
		fmt.Fprintf(&b, "blackbox *%s\n", uram)
	}
	fmt.Fprintf(&b, `flatten
opt -nodffe -nosdff
wreduce
peepopt
opt_clean
alumacc
share
opt
memory_collect
opt -fast -full
memory_map
setattr -unset init w:*
opt -undriven -fine
techmap
opt
dfflegalize -cell $_DFF_P_ 01 -cell $_DFFE_PP_ 01
opt_clean
abc -g NAND,NOR,AOI3,OAI3,AOI4,OAI4,XOR,XNOR,MUX
opt_clean
check -noinit
write_json %s
`, out)
	return b.String()
}

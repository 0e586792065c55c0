package golden

import (
	"bufio"
	"fmt"
	"io"
)

// WriteHeader writes data.h, the C header that a kernel's program includes:
// its shape as macros, its data as arrays and the output to compare with.
func WriteHeader(w io.Writer, k Kernel, seed uint64) error {
	b := bufio.NewWriter(w)
	d := k.Generate(seed)
	c := k.Conv
	fmt.Fprintf(b, "// %s.\n// Drawn from seed %d and computed by marvelgen's golden model. Do not edit.\n", k.Summary, seed)
	fmt.Fprint(b, "#ifndef DATA_H\n#define DATA_H\n\n#include <stdint.h>\n\n")
	for _, m := range []struct {
		name  string
		value int
	}{
		{"IN_H", c.InH}, {"IN_W", c.InW}, {"IN_C", c.InC}, {"OUT_H", c.OutH}, {"OUT_W", c.OutW}, {"OUT_C", c.OutC},
		{"KERNEL_H", c.KernelH}, {"KERNEL_W", c.KernelW}, {"PAD", c.PadH}, {"OUTPUT_OFFSET", int(c.OutputOffset)},
		{"ACC_BITS", k.AccBits}, {"MACS", c.MACs()},
	} {
		fmt.Fprintf(b, "#define %s %d\n", m.name, m.value)
	}
	array(b, "int8_t", "input", d.Input)
	array(b, "int8_t", "weights", d.Weights)
	array(b, "int32_t", "bias", d.Bias)
	array(b, "int32_t", "multiplier", d.Multiplier)
	array(b, "int32_t", "shift", d.Shift)
	array(b, "int8_t", "expected", d.Expected)
	fmt.Fprint(b, "\n#endif\n")
	return b.Flush()
}

// array writes one C array, sixteen numbers a line.
func array[T int8 | int32](w io.Writer, ctype, name string, values []T) {
	fmt.Fprintf(w, "\nstatic const %s data_%s[%d] __attribute__((aligned(4))) = {", ctype, name, len(values))
	for i, v := range values {
		if i%16 == 0 {
			fmt.Fprint(w, "\n   ")
		}
		fmt.Fprintf(w, " %d,", v)
	}
	fmt.Fprint(w, "\n};\n")
}

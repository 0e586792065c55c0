package spec_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/bits"
	"os"
	"strings"
	"testing"

	"marvelgen/gen/spec"
)

var update = flag.Bool("update", false, "write specs/tables.hcl")

// form is one size of the tables, and whether they interpolate; with the error bounds
// of exp, recip, rsqrt and gelu.
type form struct {
	entries int
	linear  bool
	bounds  [4]string
}

var forms = []form{
	{32, false, [4]string{"0.011", "0.0155", "0.0155", "0.03"}},
	{64, false, [4]string{"0.0055", "0.0078", "0.0078", "0.0152"}},
	{128, false, [4]string{"0.0028", "0.0039", "0.0039", "0.0079"}},
	{32, true, [4]string{"0.00011", "0.00037", "0.00048", "0.0019"}},
	{64, true, [4]string{"0.00007", "0.00013", "0.00017", "0.00071"}},
	{128, true, [4]string{"0.00005", "0.000053", "0.000062", "0.00051"}},
}

func (f form) name() string {
	if f.linear {
		return fmt.Sprintf("%dl", f.entries)
	}
	return fmt.Sprint(f.entries)
}

// function is one instruction on a table: its value at x, an expression in k, which an
// interpolating table has at its start and at k + 1, and another one in the middle.
type function struct {
	name, assembly, fixed      string
	value                      string // in %s
	cap                        string // on the largest entry: "" for none
	last                       bool   // the last entry is 0
	bits, stepBits             int
	falls, signed              bool
	let, index, fraction, body string
	width                      func(f form) int // of the fraction
	accuracy                   string
}

func functions(f form) []function {
	n, b := f.entries, bits.Len(uint(f.entries-1))
	eight := func(form) int { return 8 }
	return []function{
		{name: "exp", assembly: "rd, rs1, rs2", value: fmt.Sprintf("32768 * (pow(2, (%%s) / %d) - 1)", n), bits: 15, stepBits: 11,
			let: "    t = s32(s32(rs1) * s32(rs2))\n    n = asr(t, 26)\n", index: fmt.Sprintf("bits(t, 25, %d)", 26-b), fraction: fmt.Sprintf("bits(t, %d, %d)", 25-b, 18-b), width: eight,
			body:     "n < -15 ? 0 : shr(or(32768, bits(y, 14, 0)), bits(0 - n, 3, 0))",
			accuracy: "    from     = -65536\n    to       = 0\n    given    = { rs1 = i, rs2 = 23637 }\n    function = exp(i / 4096)\n    result   = rd / 32768\n    error    = " + f.bounds[0] + "\n"},
		{name: "recip", assembly: "rd, rs1", fixed: "    fixed  = { \"24:20\" = 0 }\n", value: fmt.Sprintf("65536 * (2 / (1 + (%%s) / %d) - 1)", n), cap: "65535", bits: 16, stepBits: 12, falls: true,
			let: "    e = bits(253 - bits(rs1, 30, 23), 7, 0)\n", index: fmt.Sprintf("bits(rs1, 22, %d)", 23-b), fraction: fmt.Sprintf("bits(rs1, %d, %d)", 22-b, 15-b), width: eight,
			body:     "or(and(rs1, \"0x80000000\"), or(shl(e, 23), shl(bits(y, 15, 0), 7)))",
			accuracy: "    from     = 0\n    to       = 131071\n    given    = { rs1 = \"0x3f800000\" + 64 * i + i % 64 }\n    function = 1 / float32(rs1)\n    result   = float32(rd)\n    relative = " + f.bounds[1] + "\n"},
		{name: "rsqrt", assembly: "rd, rs1", fixed: "    fixed  = { \"24:20\" = 0 }\n", value: fmt.Sprintf("65536 * (2 / sqrt(k < %d ? 2 + (%%s) / %d : (%%s) / %d) - 1)", n/2, n/4, n/2), cap: "65535", bits: 16, stepBits: 12, falls: true,
			let: "    e = shr(380 - bits(rs1, 30, 23), 1)\n", index: fmt.Sprintf("bits(rs1, 23, %d)", 24-b), fraction: fmt.Sprintf("bits(rs1, %d, %d)", 23-b, 16-b), width: eight,
			body:     "or(shl(e, 23), shl(bits(y, 15, 0), 7))",
			accuracy: "    from     = 0\n    to       = 131071\n    given    = { rs1 = \"0x3f800000\" + 128 * i + i % 128 }\n    function = 1 / sqrt(float32(rs1))\n    result   = float32(rd)\n    relative = " + f.bounds[2] + "\n"},
		{name: "gelu", assembly: "rd, rs1", fixed: "    fixed  = { \"24:20\" = 0 }\n", value: fmt.Sprintf("2048 * (%%s) / %d * (1 - erf((%%s) / %d / sqrt(2)))", n/4, n/4), last: true, bits: 10, stepBits: 9, signed: true,
			let: "    x = s16(rs1)\n    a = x < 0 ? not(x) : x\n", index: fmt.Sprintf("bits(a, 14, 14) ? %d : bits(a, 13, %d)", n-1, 14-b), fraction: fmt.Sprintf("bits(a, %d, 0)", 13-b), width: func(form) int { return 14 - b },
			body:     "(x < 0 ? 0 : x) - bits(y, 9, 0)",
			accuracy: "    from     = -32768\n    to       = 32767\n    given    = { rs1 = i }\n    function = i / 8192 * (1 + erf(i / 4096 / sqrt(2)))\n    result   = s32(rd) / 4096\n    error    = " + f.bounds[3] + "\n"},
	}
}

// entry is the value at x, rounded, capped; k is the entry's number.
func (g function) entry(x string, f form) string {
	v := "round(" + strings.ReplaceAll(g.value, "%s", x) + ")"
	if g.cap != "" && f.linear && x == "k" { // the first entry of a falling piece is just beyond the width
		first := "k == 0"
		if g.name == "rsqrt" {
			first = fmt.Sprintf("k == %d", f.entries/2)
		}
		v = fmt.Sprintf("(%s ? %s : %s)", first, g.cap, v)
	}
	return v
}

func (g function) write(b *strings.Builder, f form, number, variant int) {
	name := g.name + "_" + f.name()
	last := func(v string) string {
		if g.last {
			return fmt.Sprintf("k == %d ? 0 : %s", f.entries-1, v)
		}
		return v
	}
	at := "k + 0.5"
	if f.linear {
		at = "k"
	}
	fmt.Fprintf(b, "\ntable \"%s_at\" {\n  bits   = %d\n  values = [for k in range(%d) : %s]\n}\n", name, g.bits, f.entries, last(g.entry(at, f)))
	y := fmt.Sprintf("%s_at[k]", name)
	if f.linear {
		step, sign, shift := g.entry("k + 1", f)+" - "+g.entry("k", f), "+", "shr"
		if g.falls {
			step, sign = g.entry("k", f)+" - "+g.entry("k + 1", f), "-"
		}
		signed := ""
		if g.signed {
			signed, shift = "  signed = true\n", "asr"
		}
		fmt.Fprintf(b, "\ntable \"%s_step\" {\n  bits   = %d\n%s  values = [for k in range(%d) : %s]\n}\n", name, g.stepBits, signed, f.entries, last(step))
		y += fmt.Sprintf(" %s %s(%s_step[k] * %s, %d)", sign, shift, name, g.fraction, g.width(f))
	}
	fmt.Fprintf(b, "\ninstruction %q {\n  summary  = %q\n  assembly = \"mv.%s %s\"\n  encoding {\n    format = \"R\"\n    opcode = \"custom-3\"\n    funct3 = %d\n    funct7 = %d\n%s  }\n",
		name, "As "+g.name+" of transformer.hcl, by "+f.words(), strings.ReplaceAll(name, "_", ""), g.assembly, number, variant, g.fixed)
	fmt.Fprintf(b, "  let {\n%s    k = %s\n    y = %s\n  }\n  write {\n    rd = %s\n  }\n  accuracy {\n%s  }\n}\n", g.let, g.index, y, g.body, g.accuracy)
}

func (f form) words() string {
	if f.linear {
		return fmt.Sprintf("%d entries and lines between them", f.entries)
	}
	return fmt.Sprintf("the nearest of %d entries", f.entries)
}

// tables is the whole spec.
func tables() []byte {
	var b strings.Builder
	b.WriteString(`# Design paper of transformer.hcl with tables of other sizes, with and without linear
# interpolation: area against error and cycles. Written by
#   go test ./gen/spec -run TestTablesSpec -update
extension "tables" {
  summary = "Sizes of the tables of design paper"
}

use "transformer.hcl" {
  instructions = ["tofixed", "tofloat"]
}
`)
	for v, f := range forms {
		for i, g := range functions(f) {
			g.write(&b, f, i, v+1)
		}
	}
	b.WriteString("\ndesign \"base\" {\n  summary      = \"The core alone\"\n  instructions = []\n}\n")
	for _, f := range forms {
		fmt.Fprintf(&b, "\ndesign \"t%s\" {\n  summary      = %q\n  instructions = [\"exp_%[1]s\", \"recip_%[1]s\", \"rsqrt_%[1]s\", \"gelu_%[1]s\", \"tofixed\", \"tofloat\"]\n"+
			"  kernels      = [\"networks/paper/tables/t%[1]s.h\", \"networks/paper/fixed.h\", \"networks/paper/products.h\", \"networks/paper/functions.h\"]\n  arithmetic   = \"float32\"\n}\n", f.name(), f.words())
	}
	for _, f := range forms {
		fmt.Fprintf(&b, "\nunit \"exponential_%[1]s\" {\n  instructions = [\"exp_%[1]s\"]\n  apart        = true\n}\n", f.name())
	}
	return spec.Format([]byte(b.String()))
}

// TestTablesSpec holds the shipped spec and its headers to what is written here.
func TestTablesSpec(t *testing.T) {
	files := map[string][]byte{"../../specs/tables.hcl": tables()}
	for _, f := range forms {
		var b strings.Builder
		fmt.Fprintf(&b, "// The instructions that design t%s has in place of design paper's.\n#include \"riscv_tables.h\"\n\n#define PAPER_INSTRUCTIONS\n", f.name())
		for _, g := range functions(f) {
			fmt.Fprintf(&b, "#define mv_%s mv_%[1]s_%s\n", g.name, f.name())
		}
		files["../../specs/networks/paper/tables/t"+f.name()+".h"] = []byte(b.String())
	}
	for name, want := range files {
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what is written here; look at it with -update", name)
		}
	}
}

package formal

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"marvelgen/flows/flowtest"
	"marvelgen/flows/smt"
	"marvelgen/flows/yosys"
)

// expressions use every cell that Yosys makes of Verilog, at widths that extend
// and cut, signed and not.
var expressions = []string{
	"a + b", "a - b", "sa * sb", "a * b", "sa * $signed({1'b0, c})", "b * c", "$signed(a[6:0]) * $signed(b[3:0])",
	"b == 0 ? a : a / b", "b == 0 ? a : a % b", "sb == 0 ? sa : sa / sb", "sb == 0 ? sa : sa % sb", "c == 0 ? 9'd7 : b % c", "sc == 0 ? sb : sb / sc",
	"a & b", "a | sb", "a ^ b", "a ~^ c", "~a", "-a", "-sb", "+sc",
	"a == b", "a != c", "sa < sb", "a < b", "sa <= sc", "a <= c", "sb > sc", "b > c", "sa >= sb", "a >= b", "a === c",
	"a << c[2:0]", "sa <<< c[1:0]", "a >> c[3:0]", "sa >> c[3:0]", "sa >>> c[3:0]", "a >>> c[3:0]", "b >> c",
	"!a", "a && b", "b || c", "|a", "&c", "^a", "~^b", "~|c", "~&b",
	"c[0] ? a : b", "c[0] ? sa : sb", "{a, b[3:1], 2'b10, c}", "{4{c[1]}}", "$signed(a[4:2])", "pick", "(a + b) & 13'h00f", "(sa * sb) >>> 2",
}

// circuit is a module with all of them, 13 bits each, and a register.
func circuit() string {
	var b strings.Builder
	fmt.Fprintf(&b, "module cells (input clk, input [8:0] a, input [8:0] b, input [3:0] c, output [%d:0] y, output reg [3:0] q);\n", 13*len(expressions)-1)
	b.WriteString("wire signed [8:0] sa = a; wire signed [8:0] sb = b; wire signed [3:0] sc = c; reg [8:0] pick;\n")
	b.WriteString("always @* case (c) 0: pick = a; 1: pick = b; 5: pick = 9'd77; default: pick = a ^ b; endcase\n")
	b.WriteString("always @(posedge clk) q <= q + c;\n")
	for i, e := range expressions {
		fmt.Fprintf(&b, "wire [12:0] y%d = %s;\nassign y[%d:%d] = y%d;\n", i, e, 13*i+12, 13*i, i)
	}
	return b.String() + "endmodule\n"
}

// TestModel compares the translation of Yosys' cells with Icarus: for random
// inputs a solver has to find that every output is what Icarus prints.
func TestModel(t *testing.T) {
	flowtest.Need(t, "yosys", "iverilog", "z3")
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("cells.v", circuit())
	write("m.ys", "read_verilog cells.v\nhierarchy -check -top cells\nproc\nopt -nodffe -nosdff\nopt_clean\nwrite_json cells.json\n")
	if _, err := yosys.Run(context.Background(), yosys.Options{Dir: dir, Script: "m.ys"}); err != nil {
		t.Fatal(err)
	}
	j, err := os.ReadFile(filepath.Join(dir, "cells.json"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := parseModel(j, "cells")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	type input struct{ a, b, c int }
	var cases []input
	var tb strings.Builder
	fmt.Fprintf(&tb, "module tb; reg [8:0] a; reg [8:0] b; reg [3:0] c; wire [%d:0] y; cells dut (1'b0, a, b, c, y, ); initial begin\n", 13*len(expressions)-1)
	for i := range 24 {
		in := input{rng.IntN(512), rng.IntN(512), rng.IntN(16)}
		if i < 4 { // the corners of division
			in = input{256, []int{511, 0, 256, 1}[i], []int{15, 0, 8, 1}[i]}
		}
		cases = append(cases, in)
		fmt.Fprintf(&tb, "a = %d; b = %d; c = %d; #1 $display(\"%%b\", y);\n", in.a, in.b, in.c)
	}
	write("tb.v", tb.String()+"end endmodule\n")
	if out, err := exec.Command("iverilog", "-o", filepath.Join(dir, "tb"), filepath.Join(dir, "tb.v"), filepath.Join(dir, "cells.v")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command("vvp", "-n", filepath.Join(dir, "tb")).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(out))
	ask := func(i int, want string) smt.Answer {
		in := cases[i]
		u := newUnrolling(m)
		u.drive("a", fmt.Sprintf("#b%09b", in.a))
		u.drive("b", fmt.Sprintf("#b%09b", in.b))
		u.drive("c", fmt.Sprintf("#b%04b", in.c))
		// The register adds c in each cycle.
		q := equal(u.at("q", 1), fmt.Sprintf("(bvadd %s #b%04b)", u.at("q", 0), in.c))
		path := filepath.Join(dir, "q.smt2")
		goal := and(equal(u.at("y", 0), "#b"+want), q)
		if u.err != nil {
			t.Fatal(u.err)
		}
		if err := os.WriteFile(path, u.script("", nil, goal, false, false), 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := smt.Solve(context.Background(), smt.Solvers[0], path, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return r.Answer
	}
	for i := range cases {
		if a := ask(i, lines[i]); a != smt.Unsat {
			t.Errorf("a = %d, b = %d, c = %d: the model does not give what Icarus does: %s", cases[i].a, cases[i].b, cases[i].c, a)
		}
	}
	// Any other bit is noticed.
	for k := range len(expressions) {
		at := len(lines[5]) - 1 - 13*k
		flipped := lines[5][:at] + string('0'+'1'-lines[5][at]) + lines[5][at+1:]
		if k%9 == 0 && ask(5, flipped) != smt.Sat {
			t.Errorf("a wrong bit of %s is not noticed", expressions[k])
		}
	}
}

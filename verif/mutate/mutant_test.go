package mutate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
)

const sample1 = `module m #(
  parameter W = 4
) (
  input  wire        clk_i, rst_ni,
  input  wire        a_i,
  input  wire        b_i,
  input  wire [7:0]  v_i,
  output wire [7:0]  o_o,
  output reg  [3:0]  q_o
);
  localparam [3:0] K = 4'd9;            // not mutated
  wire both = a_i & ~b_i;               // & to |
  wire [7:0] sum = both ? v_i + {4'd0, v_i[4:1]} : {8{a_i}};
  wire unused = &{1'b0, a_i};
  initial q_o = 4'd3;
  always @(posedge clk_i) begin
    if (!rst_ni) q_o <= 4'd5;
    else if (a_i) q_o <= sum[3:0];
  end
  generate
    if (W > 2) begin : g_wide
      assign o_o = sum;
    end else begin : g_narrow
      assign o_o = ~sum;
    end
  endgenerate
  wire spare;
  sub inst (.x_i (a_i & b_i), .y_o (spare));
` + "`ifdef RISCV_FORMAL\n  wire witness = a_i & b_i;\n`endif\nendmodule\n"

// TestEnumerate pins what is made of a module that has every kind of place.
func TestEnumerate(t *testing.T) {
	list, err := enumerate("rtl/m.v", sample1)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	kinds := map[string]int{}
	for _, m := range list {
		got = append(got, m.Kind+": "+m.After)
		kinds[m.Kind]++
		if strings.Count(m.Text(), "\n") != strings.Count(sample1, "\n") || m.Text() == sample1 {
			t.Errorf("%s: the file is not the same but for it", m)
		}
		for _, never := range []string{"localparam", "unused", "initial", "witness", "W > 2"} {
			if strings.Contains(m.Before, never) {
				t.Errorf("%s should not be touched", m)
			}
		}
	}
	for _, want := range []string{
		"operator: wire both = a_i | ~b_i;", "operator: wire both = a_i & b_i;", "operator: wire both = ~a_i & ~b_i;",
		"mux: wire [7:0] sum = !(both) ? v_i + {4'd0, v_i[4:1]} : {8{a_i}};",
		"operator: wire [7:0] sum = both ? v_i - {4'd0, v_i[4:1]} : {8{a_i}};",
		"slice: wire [7:0] sum = both ? v_i + {4'd0, v_i[3:0]} : {8{a_i}};", "slice: wire [7:0] sum = both ? v_i + {4'd0, v_i[5:2]} : {8{a_i}};",
		"constant: wire [7:0] sum = both ? v_i + {4'h1, v_i[4:1]} : {8{a_i}};",
		"reset: if (1'b0) q_o <= 4'd5;", "reset: if (!rst_ni) q_o <= 4'h6;", "reset: if (!rst_ni) q_o <= 4'hd;",
		"enable: else if (1'b1) q_o <= sum[3:0];", "enable: else if (!(a_i)) q_o <= sum[3:0];", "stuck: else if (a_i) q_o <= q_o;",
		"slice: else if (a_i) q_o <= sum[4:1];", "operator: assign o_o = sum;", "operator: sub inst (.x_i (a_i | b_i), .y_o (spare));",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("there is no %q among\n%s", want, strings.Join(got, "\n"))
		}
	}
	if len(list) != 21 || kinds[Reset] != 3 || kinds[Stuck] != 1 || kinds[Enable] != 3 {
		t.Errorf("%d mutants: %v\n%s", len(list), kinds, strings.Join(got, "\n"))
	}
}

// TestSample wants a seed to decide, and every kind of every file among few.
func TestSample(t *testing.T) {
	draw := func(seed uint64, n int) (out []string) {
		list, err := enumerate("rtl/m.v", sample1)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range sample(list, n, seed) {
			if m.ID != i+1 {
				t.Errorf("number %d has the ID %d", i+1, m.ID)
			}
			out = append(out, m.String())
		}
		return out
	}
	a, b, c := draw(1, 7), draw(1, 7), draw(2, 7)
	if !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Errorf("seed 1 draws %q and %q, seed 2 %q", a, b, c)
	}
	kinds := map[string]bool{}
	for _, m := range a {
		kinds[strings.Fields(m)[1]] = true
	}
	if len(kinds) != 7 {
		t.Errorf("seven mutants are of the kinds %v", kinds)
	}
	if all := draw(1, 1000); len(all) != 21 {
		t.Errorf("%d of 21", len(all))
	}
}

// TestSchema wants all mutants in one text, and conditions of one bit.
func TestSchema(t *testing.T) {
	list, err := enumerate("rtl/m.v", sample1)
	if err != nil {
		t.Fatal(err)
	}
	text := schema(sample1, sample(list, 1000, 1))
	for _, want := range []string{
		"else if (((mutant_q == 32'd", "? !!(1'b1) : ", "reg [31:0] mutant_q;", "localparam [3:0] K = 4'd9;", "wire witness = a_i & b_i;", "!!(a_i)))",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if _, err := parse("m.v", text); err != nil {
		t.Error(err)
	}
}

// TestSchemaMeansTheSame proves each mutant of the schema, switched on, equal to
// the edited file, and switched off to the original.
func TestSchemaMeansTheSame(t *testing.T) {
	flowtest.Need(t, "yosys")
	list, err := enumerate("rtl/m.v", sample1)
	if err != nil {
		t.Fatal(err)
	}
	list = sample(list, 1000, 1)
	all := schema(sample1, list)
	dir := t.TempDir()
	var script strings.Builder
	side := func(name, text string) {
		file := filepath.Join(dir, name+".v")
		if err := os.WriteFile(file, []byte(text+"module sub (input wire x_i, output wire y_o);\n  assign y_o = ~x_i;\nendmodule\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&script, "read_verilog %s.v\nhierarchy -top m\nproc\nflatten\nopt_clean\nexpose -dff -evert-dff\nrename m %s\ndesign -stash %s\n", name, name, name)
	}
	chosen := func(id int) string { // the selector's value is a constant for a proof
		from, to := strings.Index(all, "reg [31:0] mutant_q;"), strings.Index(all, "localparam")
		return all[:from] + fmt.Sprintf("wire [31:0] mutant_q = 32'd%d;\n", id) + all[to:]
	}
	for id := range len(list) + 1 {
		text := sample1
		if id > 0 {
			text = list[id-1].Text()
		}
		gold, gate := fmt.Sprintf("gold%d", id), fmt.Sprintf("gate%d", id)
		side(gold, text)
		side(gate, chosen(id))
		fmt.Fprintf(&script, "design -copy-from %s %s\ndesign -copy-from %s %s\nmiter -equiv -flatten %s %s miter\nhierarchy -top miter\nsat -verify -prove trigger 0 miter\ndesign -reset\n", gold, gold, gate, gate, gold, gate)
	}
	w := &workshop{}
	if out, err := w.yosys(t.Context(), dir, script.String()); err != nil {
		t.Fatalf("%v\n%s", err, out[max(0, len(out)-2000):])
	}
}

// TestUnknown wants Verilog that this package cannot read refused, with its place.
func TestUnknown(t *testing.T) {
	for _, src := range []string{"module m (input wire a);\n  function f; endfunction\nendmodule", "module m (input wire a);\n assign"} {
		if _, err := enumerate("m.v", src); err == nil || !strings.HasPrefix(err.Error(), "m.v:") {
			t.Errorf("%q: %v", src, err)
		}
	}
}

// FuzzParse reads anything as Verilog: no panic, and mutants of what is accepted
// differ from it in one place.
func FuzzParse(f *testing.F) {
	f.Add(sample1)
	f.Add("module m; endmodule")
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 10_000 {
			return
		}
		list, err := enumerate("m.v", src)
		if err == nil && len(list) > 0 {
			_ = schema(src, sample(list, 10, 1))
			_ = marked(src, list)
		}
	})
}

// TestStale wants an explanation of a mutant that is no more reported, unless its
// file is not there.
func TestStale(t *testing.T) {
	list, err := enumerate("rtl/m.v", sample1)
	if err != nil {
		t.Fatal(err)
	}
	m := list[0]
	known := Explanation{"m.v", m.Before, m.After, "as it is"}
	if reason([]Explanation{known}, m) != "as it is" || len(stale([]Explanation{known}, list)) != 0 {
		t.Error("an explanation is not found")
	}
	gone := []Explanation{{"m.v", m.Before, "something else", ""}, {"other.v", m.Before, m.After, ""}}
	if s := stale(gone, list); len(s) != 1 || s[0] != gone[0] || reason(gone, m) != "" {
		t.Errorf("stale: %v", s)
	}
	r := Result{Mutants: 100, Killed: 99, Survivors: []Fate{{Mutant: m, Reason: "x"}}}
	if r.Check() != nil {
		t.Error(r.Check())
	}
	for name, bad := range map[string]Result{
		"98 %":          {Mutants: 100, Killed: 97},
		"nobody":        {Mutants: 100, Killed: 99, Survivors: []Fate{{Mutant: m}}},
		"no mutant":     {Mutants: 100, Killed: 99, Stale: gone},
		"0 of 0 mutant": {},
	} {
		if err := bad.Check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

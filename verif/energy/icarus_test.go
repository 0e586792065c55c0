package energy

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/flows/yosys"
)

// sampleVerilog has a multiplier, an adder, a comparison, an enable and a reset.
const sampleVerilog = `module sample (input wire clk_i, input wire rst_ni, input wire en_i, input wire [7:0] a_i, input wire [7:0] b_i, output wire [15:0] y_o);
  reg [15:0] sum_q;
  reg [7:0] a_q;
  wire [15:0] product = a_q * b_i;
  always @(posedge clk_i) if (en_i) a_q <= a_i;
  always @(posedge clk_i) if (!rst_ni) sum_q <= 16'd0; else if (a_q < b_i) sum_q <= sum_q + product;
  assign y_o = sum_q ^ product;
endmodule
`

const sampleBench = `module bench;
  reg clk = 0;
  reg [17:0] stimuli [0:%[1]d];
  reg [17:0] in;
  integer i;
  wire [15:0] y;
  sample dut (.clk_i(clk), .rst_ni(in[17]), .en_i(in[16]), .a_i(in[15:8]), .b_i(in[7:0]), .y_o(y));
  initial begin
    $readmemh("stimuli.hex", stimuli);
    $dumpfile("wave.vcd");
    $dumpvars(0, dut);
    in = stimuli[0];
    for (i = 1; i <= %[1]d; i = i + 1) begin
      #5 clk = 1;
      in <= stimuli[i];
      #5 clk = 0;
    end
    #1 $finish;
  end
endmodule
`

// TestTogglesAgainstIcarus maps a circuit by the script, and has Icarus run the same
// gates: every net must change as often as in its waveform.
func TestTogglesAgainstIcarus(t *testing.T) {
	flowtest.Steps(t, flows.StepSynth, flows.StepLint)
	dir := t.TempDir()
	const cycles = 300
	r := rand.New(rand.NewPCG(3, 4))
	stimuli := make([]uint64, cycles+1)
	var hex strings.Builder
	for i := range stimuli {
		stimuli[i] = r.Uint64N(1 << 18)
		if i < 3 {
			stimuli[i] = stimuli[i]&^(1<<17) | 1<<16 // reset, and a value for a_q
		} else if i%50 != 0 {
			stimuli[i] |= 1 << 17
		}
		fmt.Fprintf(&hex, "%x\n", stimuli[i])
	}
	script := Script("sample", []string{"sample.v"}, "unnamed.json") + "autoname\nwrite_json gates.json\nwrite_verilog -noattr gates.v\n"
	for name, text := range map[string]string{"sample.v": sampleVerilog, "bench.v": fmt.Sprintf(sampleBench, cycles), "stimuli.hex": hex.String(), "gates.ys": script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := yosys.Run(context.Background(), yosys.Options{Dir: dir, Script: "gates.ys"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]string{{"iverilog", "-g2005", "-o", "sim", "bench.v", "gates.v"}, {"./sim"}} {
		cmd := exec.Command(c[0], c[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", c, err, out)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "gates.json"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := Parse(data, "sample")
	if err != nil {
		t.Fatal(err)
	}
	s := NewSim(n)
	s.Mask = 1 << 5
	drive := func(set func(int32, uint64), c int) {
		at := map[string]int{"rst_ni": 17, "en_i": 16, "a_i": 8, "b_i": 0}
		for _, p := range n.Inputs {
			for i, b := range p.Bits {
				if p.Name != "clk_i" {
					set(b, stimuli[c]>>(at[p.Name]+i)&1<<5)
				}
			}
		}
	}
	const settled = 2 // by then every flip-flop has its value from the inputs, as in Icarus
	drive(s.Set, 0)
	s.Settle()
	for c := 1; c <= cycles; c++ {
		s.Clock(func() { drive(s.In, c) })
		if c == settled {
			s.Reset()
		}
	}
	want := wavesToggles(t, filepath.Join(dir, "wave.vcd"), n, 5+10*(settled-1))
	compared, total := 0, uint64(0)
	for name, nets := range n.Names {
		for i, net := range nets {
			if w, ok := want[fmt.Sprintf("%s[%d]", name, i)]; ok && name != "clk_i" {
				compared, total = compared+1, total+w
				if s.Toggles[net] != w {
					t.Errorf("%s[%d] changes %d times, in Icarus %d times", name, i, s.Toggles[net], w)
				}
			}
		}
	}
	if compared < len(n.Gates) || total < cycles {
		t.Errorf("%d bits with %d changes were compared, of %d gates", compared, total, len(n.Gates))
	}
}

// wavesToggles counts the changes of every named bit from one moment of a waveform to the next.
func wavesToggles(t *testing.T, file string, n *Netlist, after uint64) map[string]uint64 {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	v, err := NewVCD(f)
	if err != nil {
		t.Fatal(err)
	}
	out, last := map[string]uint64{}, map[string]bool{}
	for {
		more, err := v.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return out
		}
		for name, nets := range n.Names {
			id, ok := v.Signal("bench.dut." + name)
			if !ok {
				if id, ok = v.Signal("bench.dut.\\" + name); !ok {
					continue
				}
			}
			for i := range nets {
				key := fmt.Sprintf("%s[%d]", name, i)
				now := v.Bit(id, i)
				if was, seen := last[key]; seen && was != now && v.Time > after {
					out[key]++
				} else if out[key] == 0 {
					out[key] = 0 // it is there, and may never change
				}
				last[key] = now
			}
		}
	}
}

package mutate

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Proof is what a mutant that is proven equivalent says of itself.
const Proof = "equal next state and observable outputs in every state, by Yosys"

// proofTime bounds the proof of one mutant, on an idle machine some seconds long.
const proofTime = 2 * time.Minute

// observed is the design as the outside sees it: an address or data that comes
// without its enable is looked at by nobody.
const observed = `
module observed (
  input  wire        clk_i, rst_ni, imem_wait_i, dmem_wait_i, irq_external_i,
  input  wire [31:0] imem_rdata_i, ram_rdata_i,
  output wire        imem_en_o, ram_en_o, console_valid_o, exit_valid_o, roi_valid_o, roi_value_o,
  output wire [31:0] imem_addr_o, ram_addr_o, ram_wdata_o, exit_code_o,
  output wire [3:0]  ram_we_o,
  output wire [7:0]  console_data_o
);
  wire [31:0] imem_addr, ram_addr, ram_wdata, exit_code;
  wire [3:0]  ram_we;
  wire [7:0]  console_data;
  wire        roi_value;
  TOP soc (
    .clk_i(clk_i), .rst_ni(rst_ni), .imem_en_o(imem_en_o), .imem_addr_o(imem_addr), .imem_rdata_i(imem_rdata_i), .imem_wait_i(imem_wait_i),
    .ram_en_o(ram_en_o), .ram_we_o(ram_we), .ram_addr_o(ram_addr), .ram_wdata_o(ram_wdata), .ram_rdata_i(ram_rdata_i), .dmem_wait_i(dmem_wait_i),
    .irq_external_i(irq_external_i), .console_valid_o(console_valid_o), .console_data_o(console_data),
    .exit_valid_o(exit_valid_o), .exit_code_o(exit_code), .roi_valid_o(roi_valid_o), .roi_value_o(roi_value)
  );
  wire [31:0] lanes = {{8{ram_we[3]}}, {8{ram_we[2]}}, {8{ram_we[1]}}, {8{ram_we[0]}}};
  assign imem_addr_o = {imem_addr[31:2], 2'b00} & {32{imem_en_o}};
  assign ram_we_o = ram_we & {4{ram_en_o}};
  assign ram_addr_o = {ram_addr[31:2], 2'b00} & {32{ram_en_o}};
  assign ram_wdata_o = ram_wdata & lanes & {32{ram_en_o}};
  assign console_data_o = console_data & {8{console_valid_o}};
  assign exit_code_o = exit_code & {32{exit_valid_o}};
  assign roi_value_o = roi_value & roi_valid_o;
endmodule
`

// prepare makes one side of a proof of what read_verilog has read: flip-flops are
// cut, so that their contents become inputs and what they will hold next outputs.
// Both sides have the same flip-flops, of the same names. Private RAMs, whose words
// are too many, are cut at their ports: see unseen.
const prepare = `
hierarchy -top observed
setattr -mod -unset keep_hierarchy *
blackbox *mv32_uram*
proc
memory_map
flatten
opt_clean
opt_expr
expose -evert -dff -evert-dff
`

// compare proves both sides equal. opt shares what they have in common, so that
// only the difference, and no multiplier, is left to the solver.
const compare = `
miter -equiv -flatten gold gate miter
hierarchy -top miter
opt -full
sat -verify -prove trigger 0 miter
`

// unseen reports whether a mutant is inside of what proofs cut out.
func unseen(m *Mutant) bool { return path.Base(m.File) == "mv32_uram.v" }

// prove tries to show of each mutant that has survived that it is equivalent: that
// from every state, reachable or not, it goes to the same next state with the same
// observable outputs. This is sufficient, not necessary.
func (w *workshop) prove(ctx context.Context, fates []*Fate) error {
	var left []*Fate
	for _, f := range fates {
		if f.Rejected == "" && f.Judge == "" {
			left = append(left, f)
		}
	}
	if w.o.NoProofs || len(left) == 0 {
		return nil
	}
	dir := filepath.Join(w.o.Dir, "proof")
	gold, err := w.gold(ctx, dir)
	if err != nil {
		return err
	}
	work := make(chan *Fate)
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range w.o.Jobs {
		wg.Go(func() {
			for f := range work {
				equal := w.equivalent(ctx, filepath.Join(w.o.Dir, "mutant", id(f.Mutant)), gold, f.Mutant)
				mu.Lock()
				if equal {
					f.Proof = Proof
				}
				done++
				w.o.tell(int64(done), int64(len(left)), "proofs of equivalence of mutants of "+w.o.Machine.Name())
				mu.Unlock()
			}
		})
	}
	for _, f := range left {
		if ctx.Err() == nil {
			work <- f
		}
	}
	close(work)
	wg.Wait()
	return ctx.Err()
}

// gold writes the prepared side of the design as it is and returns the file.
func (w *workshop) gold(ctx context.Context, dir string) (string, error) {
	read, err := w.reading(dir, nil)
	if err != nil {
		return "", err
	}
	file, err := filepath.Abs(filepath.Join(dir, "gold.il"))
	if err != nil {
		return "", err
	}
	_, err = w.yosys(ctx, dir, read+prepare+"rename observed gold\nwrite_rtlil "+quote(file)+"\n")
	return file, err
}

// reading writes a design and returns the command that reads it.
func (w *workshop) reading(dir string, m *Mutant) (string, error) {
	files, err := (&Subject{Mutant: m, shop: w}).WriteRTL(dir)
	if err != nil {
		return "", err
	}
	top := filepath.Join(dir, "observed.v")
	if err := os.WriteFile(top, []byte(strings.Replace(observed, "TOP", w.top(), 1)), 0o644); err != nil {
		return "", err
	}
	command := "read_verilog"
	for _, f := range append(files, top) {
		command += " " + quote(filepath.Base(f))
	}
	return command + "\n", nil
}

// equivalent reports whether the proof has succeeded. Whatever goes wrong, it has
// not.
func (w *workshop) equivalent(ctx context.Context, dir, gold string, m *Mutant) bool {
	if unseen(m) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, proofTime)
	defer cancel()
	read, err := w.reading(dir, m)
	if err != nil {
		return false
	}
	_, err = w.yosys(ctx, dir, read+prepare+"rename observed gate\nread_rtlil "+quote(gold)+"\n"+compare)
	return err == nil
}

// quote protects a file name in a script of Yosys.
func quote(name string) string { return `"` + name + `"` }

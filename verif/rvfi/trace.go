package rvfi

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"marvelgen/verif/rvfi/aig"
)

// shown are the signals of a counterexample, with their widths.
var shown = []struct {
	name  string
	width int
}{
	{"reset", 1}, {"seen_imem_en", 1}, {"seen_imem_addr", 32}, {"seen_imem_rdata", 32}, {"seen_imem_wait", 1},
	{"seen_dmem_en", 1}, {"seen_dmem_we", 4}, {"seen_dmem_addr", 32}, {"seen_dmem_wdata", 32}, {"seen_dmem_rdata", 32}, {"seen_dmem_wait", 1},
	{"seen_irq", 3}, {"rvfi_valid", 1}, {"rvfi_order", 64}, {"rvfi_insn", 32}, {"rvfi_trap", 1}, {"rvfi_intr", 1},
	{"rvfi_rs1_addr", 5}, {"rvfi_rs1_rdata", 32}, {"rvfi_rs2_addr", 5}, {"rvfi_rs2_rdata", 32}, {"rvfi_rs3_addr", 5}, {"rvfi_rs3_rdata", 32},
	{"rvfi_rd_addr", 5}, {"rvfi_rd_wdata", 32}, {"rvfi_rd2_addr", 5}, {"rvfi_rd2_wdata", 32}, {"rvfi_rd3_addr", 5}, {"rvfi_rd3_wdata", 32},
	{"rvfi_pc_rdata", 32}, {"rvfi_pc_wdata", 32}, {"rvfi_mem_addr", 32}, {"rvfi_mem_rmask", 4}, {"rvfi_mem_wmask", 4},
	{"rvfi_mem_rdata", 32}, {"rvfi_mem_wdata", 32},
}

// writeTrace writes a counterexample as text and VCD and returns the former's path.
func writeTrace(dir string, res *Result, states []aig.State) (string, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dir, res.Name+".txt")
	if err := os.WriteFile(path, text(res, states), 0o644); err != nil {
		return "", err
	}
	return path, os.WriteFile(filepath.Join(dir, res.Name+".vcd"), vcd(states), 0o644)
}

// text is a line per cycle: what is fetched, what retires.
func text(res *Result, states []aig.State) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "check %s fails in cycle %d: %s\n\n", res.Name, len(states)-1, res.Summary)
	for t, s := range states {
		fmt.Fprintf(&b, "cycle %d:", t)
		for _, v := range shown {
			if strings.HasPrefix(v.name, "rvfi_") && s.Word("rvfi_valid") == 0 && t != len(states)-1 {
				continue
			}
			if x := s.Word(v.name); x != 0 {
				fmt.Fprintf(&b, " %s=%x", strings.TrimPrefix(strings.TrimPrefix(v.name, "seen_"), "rvfi_"), x)
			}
		}
		b.WriteString("\n")
	}
	return []byte(b.String())
}

// vcd is the same for wave viewers, a cycle being 10 ns.
func vcd(states []aig.State) []byte {
	var b strings.Builder
	b.WriteString("$timescale 1ns $end\n$scope module rvfi_top $end\n")
	id := func(i int) string { return string([]byte{byte('!' + i)}) }
	for i, v := range shown {
		fmt.Fprintf(&b, "$var wire %d %s %s $end\n", v.width, id(i), v.name)
	}
	b.WriteString("$upscope $end\n$enddefinitions $end\n")
	for t, s := range states {
		fmt.Fprintf(&b, "#%d\n", 10*t)
		for i, v := range shown {
			fmt.Fprintf(&b, "b%b %s\n", s.Word(v.name), id(i))
		}
	}
	fmt.Fprintf(&b, "#%d\n", 10*len(states))
	return []byte(b.String())
}

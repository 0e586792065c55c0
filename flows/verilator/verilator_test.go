package verilator

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
)

const counter = "`default_nettype none\n" + `module counter #(
  parameter STEP = 1
) (
  input  wire       clk_i,
  output reg  [7:0] count_o
);
  initial count_o = 8'd0;
  always @(posedge clk_i) count_o <= count_o + STEP[7:0];
endmodule
` + "`default_nettype wire\n"

const bench = `#include "Vcounter.h"
#include <cstdio>
int main() {
  Vcounter top;
  for (int i = 0; i < 20; i++) { top.clk_i = i & 1; top.eval(); }
  std::printf("%d\n", top.count_o);
}
`

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func needTools(t *testing.T) {
	t.Helper()
	flowtest.Steps(t, flows.StepVerify)
}

func TestBuildRuns(t *testing.T) {
	needTools(t)
	dir := t.TempDir()
	exe, err := Build(context.Background(), Options{
		Dir: filepath.Join(dir, "obj"), Top: "counter", Params: map[string]string{"STEP": "3"},
		Files: []string{write(t, dir, "counter.v", counter)}, CPP: []string{write(t, dir, "main.cpp", bench)},
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(exe).Output()
	if err != nil || string(out) != "30\n" {
		t.Errorf("simulator printed %q, %v; want 30", out, err)
	}
}

func TestLint(t *testing.T) {
	needTools(t)
	for _, c := range []struct{ name, from, to, want string }{
		{"clean", "", "", ""},
		{"width", "STEP[7:0]", "STEP[8:0]", "WIDTH"},
		{"unused", "endmodule", "wire spare = clk_i; endmodule", "UNUSED"},
		{"syntax", "always", "allways", "syntax error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := write(t, t.TempDir(), "counter.v", strings.Replace(counter, c.from, c.to, 1))
			err := Lint(context.Background(), []string{file}, "counter")
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestWarningsAreErrors(t *testing.T) {
	if err := strict("- Verilator: built\n", nil); err != nil {
		t.Error(err)
	}
	if err := strict("%Warning-UNUSED: a.v:1: x\n", nil); err == nil {
		t.Error("a warning passed")
	}
}

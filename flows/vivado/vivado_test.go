package vivado

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// render writes script, constraints and source into a folder.
func render(t *testing.T) (script string) {
	t.Helper()
	dir := t.TempDir()
	fields := map[string]any{
		"Header": []string{"Made by a test."}, "Part": "xczu7ev-ffvc1156-2-e", "Top": "mv32_top",
		"Files": []string{"mv32_core.v", "mv32_top.v"}, "Constraints": "constraints.xdc",
		"ClockPort": "clk_i", "PeriodNS": "6.667",
	}
	for _, name := range []string{"vivado.tcl", "constraints.xdc"} {
		tmpl := template.Must(template.ParseFiles("../../templates/flow/" + name + ".tmpl")).Option("missingkey=error")
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := tmpl.Execute(f, fields); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	for _, name := range []string{"mv32_core.v", "mv32_top.v", "pins.xdc"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "vivado.tcl")
}

// dryRun runs a script in tclsh with Vivado's commands stubbed.
func dryRun(t *testing.T, script, slack string, arguments ...string) (calls string, err error) {
	t.Helper()
	tclsh, err := flows.MustFind("tclsh")
	flowtest.Missing(t, err)
	stub, err := filepath.Abs("testdata/stub.tcl")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tclsh, append([]string{stub, script, slack}, arguments...)...)
	cmd.Dir = filepath.Dir(script)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestScriptCalls(t *testing.T) {
	for _, c := range []struct {
		golden    string
		arguments []string
	}{
		{"calls.txt", nil},
		{"calls_board.txt", []string{"out=place", "jobs=4", "pins=pins.xdc"}},
	} {
		calls, err := dryRun(t, render(t), "0.25", c.arguments...)
		if err != nil {
			t.Fatalf("%v\n%s", err, calls)
		}
		golden := filepath.Join("testdata", c.golden)
		if *update {
			if err := os.WriteFile(golden, []byte(calls), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if calls != string(want) {
			t.Errorf("%s: calls differ (-update rewrites it)\n got:\n%s\nwant:\n%s", c.golden, calls, want)
		}
	}
}

func TestScriptFails(t *testing.T) {
	for _, c := range []struct{ name, slack, argument, want string }{
		{"timing", "-0.001", "", "timing is not met: worst slack -0.001 ns"},
		{"no clock", "none", "", "is the clock constrained"},
		{"argument", "1", "output=x", "unknown argument 'output=x'"},
		{"jobs", "1", "jobs=many", "a positive number is needed"},
		{"pins", "1", "pins=gone.xdc", "no file gone.xdc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var arguments []string
			if c.argument != "" {
				arguments = append(arguments, c.argument)
			}
			out, err := dryRun(t, render(t), c.slack, arguments...)
			if err == nil || !strings.Contains(out, c.want) {
				t.Errorf("got %v, %q; want failure with %q", err, out, c.want)
			}
			if strings.Contains(out, "write_bitstream") {
				t.Error("a bitstream was written all the same")
			}
		})
	}
}

// The dry run must notice scripts that Vivado would refuse.
func TestDryRunBites(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"misspelt command", "place_design\n", "palce_design\n", `invalid command name "palce_design"`},
		{"order", "opt_design\nplace_design", "place_design\nopt_design", "place_design before opt_design"},
		{"missing file", "mv32_core.v", "mv23_core.v", "no file"},
		{"unbalanced", "set slack [", "set slack [[", "missing close-bracket"},
		{"undefined variable", "$slack < 0", "$slak < 0", "slak"},
	} {
		t.Run(c.name, func(t *testing.T) {
			script := render(t)
			text, err := os.ReadFile(script)
			if err != nil {
				t.Fatal(err)
			}
			broken := strings.Replace(string(text), c.from, c.to, 1)
			if broken == string(text) {
				t.Fatal("the script has no such text")
			}
			if err := os.WriteFile(script, []byte(broken), 0o666); err != nil {
				t.Fatal(err)
			}
			if out, err := dryRun(t, script, "1"); err == nil || !strings.Contains(out, c.want) {
				t.Errorf("got %v, %q; want failure with %q", err, out, c.want)
			}
		})
	}
}

func TestRead(t *testing.T) {
	got, err := Read("testdata")
	want := Result{Slack: -0.214, Area: flows.Area{LUT: 1886, FF: 652, LUTRAM: 48, DSP: 4, BRAM: 16.5, Carry: 44, Mux: 4}}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestReadRefuses(t *testing.T) {
	if a, err := ParseUtilization("| LUT as Logic | 5 |\n"); err == nil {
		t.Errorf("half a report gave %v", a)
	}
	for _, text := range []string{"", "WNS(ns) TNS(ns)\n----\n NA NA\n"} {
		if slack, err := ParseTiming(text); err == nil {
			t.Errorf("%q gave slack %v", text, slack)
		}
	}
}

func TestRunNeedsVivado(t *testing.T) {
	if _, err := exec.LookPath("vivado"); err == nil {
		t.Skip("vivado is installed")
	}
	t.Setenv("PATH", t.TempDir())
	_, err := Run(t.Context(), Options{Script: "x.tcl", Out: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "no Debian package has it") {
		t.Errorf("got %v", err)
	}
}

package vivado

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"marvelgen/verif/bound"
)

// FuzzReports reads anything as Vivado's reports: numbers that are taken from them
// are numbers, and an area is never negative.
func FuzzReports(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.rpt")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add("| LUT as Logic | NaN |\n| LUT as Memory | 1 |\n| CLB Registers | -4 |\n| CARRY8 | 1e300 |\n| Block RAM Tile | Inf |\n| DSPs | 0x10 |\n")
	f.Add(" WNS(ns) TNS(ns)\n ------- \n 1.5 0\n")
	f.Add(" WNS(ns) TNS(ns)\n ------- \n NaN 0\n")
	f.Fuzz(func(t *testing.T, text string) {
		bound.Check(t, 5*time.Second, uint64(1<<20+200*len(text)), func() {
			a, err := ParseUtilization(text)
			if err == nil && (a.LUT < 0 || a.FF < 0 || a.LUTRAM < 0 || a.DSP < 0 || !(a.BRAM >= 0) || math.IsInf(a.BRAM, 0) || a.Carry < 0 || a.Mux < 0) {
				t.Errorf("%q has the area %+v", text, a)
			}
			slack, err := ParseTiming(text)
			if err == nil && (math.IsNaN(slack) || math.IsInf(slack, 0)) {
				t.Errorf("%q has the slack %v", text, slack)
			}
		})
	})
}

package yosys

import (
	"testing"
	"time"

	"marvelgen/verif/bound"
)

// FuzzParseStat reads anything as the output of stat: an area is never negative.
func FuzzParseStat(f *testing.F) {
	for _, s := range []string{
		`{"design": {"num_cells_by_type": {"LUT6": 3, "FDRE": 2, "RAMB18E2": 1}}}`,
		`{"design": {"num_cells_by_type": {"LUT6": -3}}}`,
		`{"design": {"num_cells_by_type": {"LUT6": 9223372036854775807, "LUT5": 1}}}`,
		`{"design": {}}`, `{}`, `[]`, ``, `{"design": {"num_cells_by_type": {"$add": 1}}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		bound.Check(t, 5*time.Second, uint64(1<<20+200*len(data)), func() {
			a, err := ParseStat(data)
			if err == nil && (a.LUT < 0 || a.FF < 0 || a.LUTRAM < 0 || a.DSP < 0 || a.BRAM < 0 || a.Carry < 0 || a.Mux < 0 || a.Inverters < 0) {
				t.Errorf("%q has the area %+v", data, a)
			}
		})
	})
}

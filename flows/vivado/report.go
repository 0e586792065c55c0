package vivado

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"marvelgen/flows"
)

// mostUsed is more of anything than the largest device has.
const mostUsed = 1e9

// ParseUtilization reads report_utilization's tables. Rows are recognised by
// their names; the older "CLB LUTs*" and the plain spelling are both taken.
func ParseUtilization(text string) (flows.Area, error) {
	rows := map[string]float64{}
	for line := range strings.Lines(text) {
		parts := strings.Split(line, "|")
		if len(parts) < 4 {
			continue
		}
		name := strings.TrimRight(strings.TrimSpace(parts[1]), "*")
		used, err := strconv.ParseFloat(strings.TrimSpace(parts[2]), 64)
		if err != nil {
			continue
		}
		if !(used >= 0 && used <= mostUsed) { // nor if it is no number
			return flows.Area{}, fmt.Errorf("the utilisation report has %v of %q", used, name)
		}
		if _, seen := rows[name]; !seen { // the tables at the end repeat some names
			rows[name] = used
		}
	}
	for _, name := range []string{"LUT as Logic", "LUT as Memory", "CLB Registers", "CARRY8", "Block RAM Tile", "DSPs"} {
		if _, ok := rows[name]; !ok {
			return flows.Area{}, fmt.Errorf("the utilisation report has no row %q", name)
		}
	}
	return flows.Area{
		LUT: int(rows["LUT as Logic"]), LUTRAM: int(rows["LUT as Memory"]), FF: int(rows["CLB Registers"]),
		Carry: int(rows["CARRY8"]), BRAM: rows["Block RAM Tile"], DSP: int(rows["DSPs"]),
		Mux: int(rows["F7 Muxes"] + rows["F8 Muxes"] + rows["F9 Muxes"]),
	}, nil
}

// ParseTiming reads the worst negative slack from report_timing_summary's
// design table: its head names the columns, the line under the dashes has them.
func ParseTiming(text string) (slack float64, err error) {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if !strings.HasPrefix(strings.TrimSpace(line), "WNS(ns)") || i+2 >= len(lines) {
			continue
		}
		values := strings.Fields(lines[i+2])
		if len(values) == 0 {
			break
		}
		slack, err := strconv.ParseFloat(values[0], 64)
		if err != nil || math.IsNaN(slack) || math.IsInf(slack, 0) {
			return 0, fmt.Errorf("the timing report's WNS is %q: is the clock constrained?", values[0])
		}
		return slack, nil
	}
	return 0, fmt.Errorf("the timing report has no design summary")
}

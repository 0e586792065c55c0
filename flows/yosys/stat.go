package yosys

import (
	"encoding/json"
	"fmt"
	"strings"

	"marvelgen/flows"
)

// cell says what one kind of cell adds to the area. Everything not listed is
// an error: a cell that nobody counts would make a design look small.
type cell struct {
	lut, ff, lutram, dsp, halfBRAM, carry, mux, inverters int
}

// cells are the UltraScale+ primitives that synth_xilinx -family xcup makes.
//
// LUT1 to LUT6 count as one LUT each, whatever they hold. An INV is not a LUT:
// Yosys keeps inverters apart, and a placer merges them into the LUT or the
// flip-flop behind. Memories count the LUTs they occupy: RAM32M16 is eight.
var cells = map[string]cell{
	"LUT1": {lut: 1}, "LUT2": {lut: 1}, "LUT3": {lut: 1}, "LUT4": {lut: 1}, "LUT5": {lut: 1}, "LUT6": {lut: 1},
	"INV": {inverters: 1}, "MUXF7": {mux: 1}, "MUXF8": {mux: 1}, "MUXF9": {mux: 1},
	"FDRE": {ff: 1}, "FDSE": {ff: 1}, "FDCE": {ff: 1}, "FDPE": {ff: 1},
	"FDRE_1": {ff: 1}, "FDSE_1": {ff: 1}, "FDCE_1": {ff: 1}, "FDPE_1": {ff: 1},
	"CARRY4": {carry: 1}, "CARRY8": {carry: 1}, "DSP48E2": {dsp: 1},
	"RAMB18E2": {halfBRAM: 1}, "RAMB36E2": {halfBRAM: 2},
	"RAM32X1S": {lutram: 1}, "RAM64X1S": {lutram: 1}, "RAM128X1S": {lutram: 2}, "RAM256X1S": {lutram: 4},
	"RAM32X1D": {lutram: 2}, "RAM64X1D": {lutram: 2}, "RAM128X1D": {lutram: 4}, "RAM256X1D": {lutram: 8},
	"RAM32M": {lutram: 4}, "RAM64M": {lutram: 4}, "RAM32M16": {lutram: 8}, "RAM64M8": {lutram: 8},
	"SRL16E": {lutram: 1}, "SRLC16E": {lutram: 1}, "SRLC32E": {lutram: 1},
	"BUFG": {}, "VCC": {}, "GND": {},
}

// ParseStat reads the output of `stat -json` on a flattened, mapped design.
func ParseStat(data []byte) (flows.Area, error) {
	var report struct {
		Design *struct {
			Cells map[string]int `json:"num_cells_by_type"`
		} `json:"design"`
	}
	if err := json.Unmarshal(data, &report); err != nil {
		return flows.Area{}, fmt.Errorf("yosys' stat is not JSON: %w", err)
	}
	if report.Design == nil || report.Design.Cells == nil {
		return flows.Area{}, fmt.Errorf("yosys' stat has no totals of the design")
	}
	var a flows.Area
	var unknown []string
	const most = 1 << 40 // no sum of so few kinds overflows
	for _, name := range flows.SortedKeys(report.Design.Cells) {
		n := report.Design.Cells[name]
		if n < 0 || n > most {
			return flows.Area{}, fmt.Errorf("yosys' stat counts %d cells %s", n, name)
		}
		c, ok := cells[name]
		if !ok {
			unknown = append(unknown, fmt.Sprintf("%s (%d)", name, n))
			continue
		}
		a.LUT += n * c.lut
		a.FF += n * c.ff
		a.LUTRAM += n * c.lutram
		a.DSP += n * c.dsp
		a.BRAM += float64(n*c.halfBRAM) / 2
		a.Carry += n * c.carry
		a.Mux += n * c.mux
		a.Inverters += n * c.inverters
	}
	if len(unknown) > 0 {
		return flows.Area{}, fmt.Errorf("cells without a known area: %s", strings.Join(unknown, ", "))
	}
	return a, nil
}

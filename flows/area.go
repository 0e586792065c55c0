package flows

import "fmt"

// Area is what a design needs of an FPGA of AMD's UltraScale+ family. Yosys'
// netlist and Vivado's report are both brought to these terms.
type Area struct {
	LUT       int     `json:"lut"`       // look-up tables used as logic
	FF        int     `json:"ff"`        // flip-flops
	LUTRAM    int     `json:"lutram"`    // look-up tables used as memory or shift register
	DSP       int     `json:"dsp"`       // DSP48E2
	BRAM      float64 `json:"bram"`      // 36 Kb block RAMs; an 18 Kb one is a half
	Carry     int     `json:"carry"`     // carry chains: CARRY4 from Yosys, CARRY8 from Vivado
	Mux       int     `json:"mux"`       // MUXF7, MUXF8, MUXF9
	Inverters int     `json:"inverters"` // INV cells of Yosys, which placers merge into what they drive
}

// String is the area on one line, for logs and errors.
func (a Area) String() string {
	return fmt.Sprintf("%d LUT, %d FF, %d LUTRAM, %d DSP, %g BRAM, %d carry", a.LUT, a.FF, a.LUTRAM, a.DSP, a.BRAM, a.Carry)
}

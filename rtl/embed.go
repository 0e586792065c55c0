// Package rtl holds the hand-written Verilog of the mv32 core and its peripherals.
package rtl

import "embed"

// FS contains every Verilog source file of this folder.
//
//go:embed *.v ultrascale/*.v
var FS embed.FS

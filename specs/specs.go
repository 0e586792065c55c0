// Package specs holds the shipped specs: the base ISA, the extensions, the C
// programs that they run, and a network.
package specs

import "embed"

// FS holds isa/*.hcl, the extensions *.hcl, programs/* and networks/*.
//
//go:embed *.hcl isa/*.hcl programs/* networks/*.tflite networks/*.pgm networks/*.h networks/*/*.h networks/*/*/*.h
var FS embed.FS

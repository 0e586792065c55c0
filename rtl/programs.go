package rtl

import "embed"

// Programs holds testdata/asm: the core's self-checking programs. Those that do
// not ask for EXT run on every design.
//
//go:embed testdata/asm
var Programs embed.FS

// Package specs holds the shipped specs: the base ISA, the extensions, and the
// C programs that they run.
package specs

import "embed"

// FS holds isa/*.hcl, the extensions *.hcl and programs/*.
//
//go:embed *.hcl isa/*.hcl programs/*
var FS embed.FS

package isa

// csrNames are the CSRs of the core; other numbers are printed in hexadecimal.
var csrNames = map[uint32]string{
	0x300: "mstatus", 0x301: "misa", 0x304: "mie", 0x305: "mtvec", 0x310: "mstatush",
	0x340: "mscratch", 0x341: "mepc", 0x342: "mcause", 0x343: "mtval", 0x344: "mip",
	0xb00: "mcycle", 0xb02: "minstret", 0xb80: "mcycleh", 0xb82: "minstreth",
	0xc00: "cycle", 0xc01: "time", 0xc02: "instret", 0xc80: "cycleh", 0xc81: "timeh", 0xc82: "instreth",
	0xf11: "mvendorid", 0xf12: "marchid", 0xf13: "mimpid", 0xf14: "mhartid",
}

// CSRName is the assembler's name of a CSR, or "" if it has none here.
func CSRName(n uint32) string { return csrNames[n] }

var csrNumbers = func() map[string]uint32 {
	m := map[string]uint32{}
	for n, s := range csrNames {
		m[s] = n
	}
	return m
}()

// CSRNumber is the number of the CSR of that name.
func CSRNumber(name string) (uint32, bool) {
	n, ok := csrNumbers[name]
	return n, ok
}

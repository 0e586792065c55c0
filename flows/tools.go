package flows

// tools is the one table of external programs. Versions are Debian 12's, the
// ones every figure in this repository was made with.
var tools = []Tool{
	{
		Name: "clang", Binary: "clang-19", Package: "clang-19", Min: "19",
		Purpose:     "compiles programs for the core (default compiler)",
		VersionArgs: []string{"--version"}, Steps: []string{StepCompile, StepVerify},
	},
	{
		Name: "riscv-gcc", Binary: "riscv64-unknown-elf-gcc", Package: "gcc-riscv64-unknown-elf", Min: "12",
		Purpose:     "second compiler; linker and libgcc for both",
		VersionArgs: []string{"-dumpfullversion"}, Steps: []string{StepCompile, StepVerify},
	},
	{
		Name: "picolibc", File: PicolibcRoot + "/picolibc.specs", Package: "picolibc-riscv64-unknown-elf",
		Purpose: "C library for programs that use printf", Steps: []string{StepCompile, StepVerify},
	},
	{
		Name: "gcc", Binary: "gcc", Package: "gcc", Min: "10",
		Purpose:     "runs networks and the portable fallback of the intrinsics on the host",
		VersionArgs: []string{"-dumpfullversion"}, Steps: []string{StepVerify, StepHost},
	},
	{
		Name: "verilator", Binary: "verilator", Package: "verilator", Min: "5.006",
		Purpose:     "simulates and lints the RTL",
		VersionArgs: []string{"--version"}, Steps: []string{StepVerify, StepLint},
	},
	{
		Name: "g++", Binary: "g++", Package: "g++", Min: "10",
		Purpose:     "builds what verilator emits",
		VersionArgs: []string{"-dumpfullversion"}, Steps: []string{StepVerify},
	},
	{
		Name: "make", Binary: "make", Package: "make", Min: "4",
		Purpose:     "builds what verilator emits",
		VersionArgs: []string{"--version"}, Steps: []string{StepVerify},
	},
	{
		Name: "yosys", Binary: "yosys", Package: "yosys", Min: "0.23",
		Purpose:     "synthesises for the area figures",
		VersionArgs: []string{"-V"}, Steps: []string{StepSynth, StepFormal},
	},
	{
		Name: "iverilog", Binary: "iverilog", Package: "iverilog", Min: "11",
		Purpose:     "second Verilog simulator and linter",
		VersionArgs: []string{"-V"}, Steps: []string{StepLint},
	},
	{
		Name: "z3", Binary: "z3", Package: "z3", Min: "4.8",
		Purpose:     "decides the proofs",
		VersionArgs: []string{"--version"}, Steps: []string{StepFormal},
	},
	{
		Name: "cvc5", Binary: "cvc5", Package: "cvc5", Min: "1.0",
		Purpose:     "decides the proofs, independently of z3",
		VersionArgs: []string{"--version"}, Steps: []string{StepFormal},
	},
	{
		Name: "boolector", Binary: "boolector", Package: "boolector", Min: "1.5",
		Purpose:     "third engine for the proofs",
		VersionArgs: []string{"-V"}, Steps: []string{StepFormal},
	},
	{
		Name: "cadical", Binary: "cadical", Package: "cadical", Min: "1.5",
		Purpose:     "decides the checks of the core",
		VersionArgs: []string{"--version"}, Steps: []string{StepFormal},
	},
	{
		Name: "abc", Binary: "berkeley-abc", Package: "berkeley-abc",
		Purpose: "decides the checks of the core, independently of cadical", Steps: []string{StepFormal},
	},
	{
		Name: "qemu", Binary: "qemu-system-riscv32", Package: "qemu-system-misc", Min: "7",
		Purpose:     "an independent reference of the base ISA",
		VersionArgs: []string{"--version"}, Steps: []string{StepReference},
	},
	{
		Name: "onnx-testdata", File: "/usr/share/libonnx-testdata/data", Package: "libonnx-testdata",
		Purpose: "ONNX's own tests of operators, which judge the importer", Steps: []string{StepTest},
	},
	{
		Name: "gdb", Binary: "gdb-multiarch", Package: "gdb-multiarch", Min: "12",
		Purpose:     "runs the script that shows a design's instructions in GDB",
		VersionArgs: []string{"--version"}, Steps: []string{StepTest},
	},
	{
		Name: "csmith", Binary: "csmith", Package: "csmith", Min: "2.3",
		Purpose:     "writes random C programs, which judge the rewriter of compilers' assembly",
		VersionArgs: []string{"--version"}, Steps: []string{StepTest},
	},
	{
		Name: "csmith-headers", File: "/usr/include/csmith/csmith.h", Package: "libcsmith-dev",
		Purpose: "headers of csmith's programs", Steps: []string{StepTest},
	},
	{
		Name: "tclsh", Binary: "tclsh", Package: "tcl",
		Purpose: "dry-runs the Vivado script", Steps: []string{StepLint},
	},
	{
		Name: "vivado", Binary: "vivado", Package: "",
		Purpose:     "places and routes for the board (AMD's installer, no Debian package)",
		VersionArgs: []string{"-version"}, Steps: []string{StepVivado},
	},
}

// PicolibcRoot is where Debian installs picolibc for RISC-V.
const PicolibcRoot = "/usr/lib/picolibc/riscv64-unknown-elf"

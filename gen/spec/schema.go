package spec

// The spec language as data: every block and attribute with its type and its
// meaning. The reader checks specs against it, suggests from it, and the
// reference page is printed from it.

// Attr is one attribute of a block.
type Attr struct {
	Name     string
	Type     string // as shown in the reference: "text", "number", "list of names", "expression" …
	Required bool
	Doc      string
}

// Block is one block type.
type Block struct {
	Name   string
	Label  string // what its label is called, or "" if it has none
	Doc    string
	Attrs  []Attr
	Blocks []*Block
	Free   string // not empty: takes attributes of any name, described here
	Single bool   // at most one in its parent
}

var summary = Attr{"summary", "text", false, "one line for the documentation"}

var fieldBlock = &Block{Name: "field", Label: "name",
	Doc: "A field of the encoding beyond those of the format. An immediate unless `register` is set.",
	Attrs: []Attr{
		{"bits", "list of ranges", true, "instruction bits, most significant first: `[\"31:25\", \"14:12\"]`"},
		{"signed", "bool", false, "the value is two's complement (default false)"},
		{"scale", "number", false, "the value counts units of this many bytes, a power of two (default 1)"},
		{"register", "bool", false, "the field is a register number (default false)"},
	}}

var encodingBlock = &Block{Name: "encoding", Single: true,
	Doc: "How the instruction is encoded. Formats R, R4, I, S, B, U, J are those of the RISC-V manual; `shift` is I with a 5-bit `shamt`; `custom` has only the fields given here.",
	Attrs: []Attr{
		{"format", "text", true, "`R`, `R4`, `I`, `S`, `B`, `U`, `J`, `shift` or `custom`"},
		{"opcode", "text or number", true, "a major opcode by name (`custom-0` to `custom-3`, `op`, `load` …) or as 7 bits"},
		{"funct3", "number", false, "bits 14:12"},
		{"funct7", "number", false, "bits 31:25"},
		{"funct2", "number", false, "bits 26:25 of format R4"},
		{"funct12", "number", false, "bits 31:20"},
		{"fixed", "map of numbers", false, "further constant bits: `{ \"11:7\" = 0 }`; a field they cover disappears"},
	},
	Blocks: []*Block{fieldBlock}}

var instructionBlock = &Block{Name: "instruction", Label: "name",
	Doc: "One instruction: encoding, meaning, examples.",
	Attrs: []Attr{
		{"summary", "text", true, "one line for the documentation and the C header"},
		{"source", "text", false, "the paper, manual or data sheet it comes from"},
		{"assembly", "text", true, "mnemonic and operands, as the assembler prints them: `mv.mac rd, rs1, rs2`"},
		{"system", "text", false, "an effect outside the meaning language: `mret`, `wfi`, `fence`, `fence_i`"},
	},
	Blocks: []*Block{
		encodingBlock,
		{Name: "let", Single: true, Doc: "Named intermediate values, in any order.", Free: "each attribute is a value or a list of values"},
		{Name: "write", Doc: "Simultaneous writes; all reads see the state before the instruction. Where two name one register the last one wins.",
			Attrs: []Attr{{"when", "expression", false, "the writes of this block happen only if it is true"}},
			Free:  "destinations: a register field (`rd`), a fixed register (`x20`), `pc`, `csr`, a state (`acc`), or a list for the elements of a state"},
		{Name: "set", Label: "state", Doc: "Writes the element of a state whose index the instruction computes.", Attrs: []Attr{
			{"index", "expression", true, "the element"},
			{"value", "expression", true, "its new value, modulo the element's width"},
			{"when", "expression", false, "the condition under which it happens"}}},
		{Name: "store", Single: true, Doc: "One memory write through the core's data port.", Attrs: []Attr{
			{"addr", "expression", true, "byte address, modulo 2^32; it must be aligned to the size"},
			{"size", "number", true, "1, 2 or 4 bytes"},
			{"data", "expression", true, "the value, modulo its size"}}},
		{Name: "loop", Single: true, Doc: "Sets up a zero-overhead loop whose body starts at pc + 4.", Attrs: []Attr{
			{"level", "expression", true, "0 is the inner loop, 1 the outer"},
			{"count", "expression", true, "how often the body runs; 0 and 1 both run it once"},
			{"end", "expression", true, "address of the last instruction of the body"}}},
		{Name: "trap", Single: true, Doc: "Raises an exception instead of all other effects.", Attrs: []Attr{
			{"cause", "number", true, "the value of mcause"},
			{"when", "expression", false, "the condition (default: always)"}}},
		{Name: "example", Doc: "A case worked out by hand. Names in `given`: operands, immediates, `pc`, `csr`, `load` (the raw memory word's bytes at the address), states. In `expect`: destinations (`pc` is the next one), `addr`, `data`, `trap`, `loop_count`, `loop_end`.",
			Attrs: []Attr{
				{"given", "map", true, "operand values; those not named are 0"},
				{"expect", "map", true, "results, each compared as bits of its destination"}}},
		accuracyBlock,
	}}

var useBlock = &Block{Name: "use", Label: "file",
	Doc: "Takes instructions from another spec: a path like `cnn.hcl`, beside this spec or shipped. They come with their encodings, meanings and examples, the states and tables that they name, and their units, as far as no unit here names them. " +
		"Nothing else comes along: neither designs nor prefix, programs or networks. Kernels of the other spec find the header that they include, `riscv_NAME.h`. A spec that is used may use others, to a depth of 8 and 32 files in all.",
	Attrs: []Attr{{"instructions", "list of names", true, "the instructions to take"}}}

var accuracyBlock = &Block{Name: "accuracy",
	Doc: "States which real function the instruction approximates, and how well. Every point `i` of the range is tried, at most 2^20 of a block and some million of a spec, whenever it is read; what is beyond the bound is a problem, the worst error goes into the documentation. " +
		"Expressions are over real numbers (float64): `i`, the operands given, numbers, `+ - * / %`, comparisons, `? :`, the constant-only functions, `abs(x)`, `min(x, y)`, `max(x, y)`, `s8(x)`, `s16(x)`, `s32(x)` (two's complement) and `float32(x)` (the number of a pattern). The instruction reads neither memory nor states, and always writes the destination.",
	Attrs: []Attr{
		{"from", "number", true, "the first point"},
		{"to", "number", true, "the last point"},
		{"step", "number", false, "from a point to the next (default 1)"},
		{"given", "map of expressions", true, "operands at the point i, whole numbers, modulo 2^32 in registers: `{ rs1 = i, rs2 = 4096 }`; those not named are 0"},
		{"function", "expression", true, "what is approximated: `exp(i / 4096)`"},
		{"result", "expression", true, "what the result stands for: `rd / 65536`; a register field that the instruction writes is unsigned here"},
		{"error", "number", false, "bound of the difference; either this or `relative`"},
		{"relative", "number", false, "bound of the difference divided by the function's value"}}}

// Language is every block that may stand at the top of a spec.
var Language = []*Block{
	{Name: "extension", Label: "name", Single: true, Doc: "Names the spec. The name becomes the build folder, and the prefix of modules and files.",
		Attrs: []Attr{
			summary,
			{"source", "text", false, "the paper or document that the extension follows"},
			{"prefix", "name", false, "what mnemonics start with (default `mv`)"},
		}},
	useBlock,
	instructionBlock,
	{Name: "state", Label: "name", Doc: "A register or a small memory private to the extension, changed only by instructions that retire.",
		Attrs: []Attr{
			{"bits", "number", true, "width of an element, 1 to 64"},
			{"signed", "bool", false, "elements are two's complement (default false)"},
			{"count", "number", false, "number of elements, up to 4096 (default 1)"},
			{"reset", "number", false, "value after reset (default 0)"},
			{"ram", "bool", false, "keeps the elements in block RAM (default false); they start at 0 and keep their contents at reset. An instruction reads one element or writes one, by a `set` block. Which, and the value written, must be known in stage X: it follows from registers, fields and states that neither loads nor RAMs change. What is read is there a stage later, so no address and no stored value can follow from it"},
			{"dsp", "bool", false, "keeps each element in the output register of a DSP slice, which computes it without LUTs (default false): up to 48 bits that start at 0. What is written is a sum of products, perhaps of one more term, and perhaps of the former value, both of which may be `c ? x : 0`; or one product, shifted right by a constant, perhaps rounded. The operands of a product have at most 27 and 18 signed bits, 27 and 35 where it is shifted; the wider one may itself be a sum"},
		}},
	{Name: "table", Label: "name", Doc: "Read-only contents computed when the spec is read.",
		Attrs: []Attr{
			{"bits", "number", true, "width of an entry, 1 to 64"},
			{"signed", "bool", false, "entries are two's complement (default false)"},
			{"values", "list", true, "the entries, up to 65536: `[for i in range(256) : round(127 * tanh(i / 64))]`"},
		}},
	{Name: "unit", Label: "name", Doc: "Instructions that share hardware. Instructions without a unit get one each.",
		Attrs: []Attr{
			summary,
			{"instructions", "list of names", true, "the instructions that the unit executes"},
			{"pipeline", "text", false, "`x`: computed in stage X and registered; `w`: operands registered, computed in W; `split`: products in X, the rest in W; default: decided from the meaning"},
			{"latency", "number", false, "cycles that the unit holds stage X, 1 to 64 (default 1)"},
			{"apart", "bool", false, "keeps the unit as a module of its own in synthesis (default false). Yosys' mapper aims for the least depth wherever it can see; where a unit is deep it then spends LUTs on it and on the core's paths around"},
		}},
	{Name: "core", Single: true, Doc: "Options of the core that all designs share.",
		Attrs: []Attr{{"ram_kib", "number", false, "block RAM of the FPGA top, a power of two from 4 to 1024 (default 64)"}}},
	{Name: "design", Label: "name", Doc: "One core to build and to compare. The first design is the one the others are measured against.",
		Attrs: []Attr{
			summary,
			{"instructions", "list of names", true, "what the design adds to the base ISA; `[]` is the base core"},
			{"write_ports", "number", false, "register file write ports, 1 to 3; with fewer than an instruction has results the rest are written in further cycles (default: as many as results)"},
			{"kernels", "path, or list of paths", false, "C headers (.h), beside the spec or shipped, that networks are compiled with on this design, included in this order: `\"kernels.h\"`, `[\"cnn/unit.h\", \"cnn/pools.h\"]`. They may include the header of the instructions and each other, and define `NN_MAC` or `NN_<KERNEL>` as `nn_kernels.h` has them"},
			{"arithmetic", "text", false, "what the kernels are for: networks in `int8` (default) or, with `NNF_<KERNEL>` as `nn_float.h` has them, in `float32`, which `marvelgen compare` runs"},
		}},
	{Name: "kernel", Label: "name", Doc: "The profiled hot spot that the spec serves.",
		Attrs: []Attr{
			summary,
			{"share", "number", false, "its share of the cycles, 0 to 1"},
			{"source", "text", false, "where and on what it was measured"},
		}},
	{Name: "program", Label: "name", Doc: "A C program that is compiled and run on every design.",
		Attrs: []Attr{
			summary,
			{"sources", "list of paths", true, "C or assembly files beside the spec, or shipped ones"},
			{"macs", "number", false, "multiply-accumulates in the region of interest"},
			{"golden", "text", false, "the golden model that makes `data.h`: `conv1x1`, `conv3x3`, `depthwise`, `fc`"},
			{"compiler", "text", false, "`clang` (default) or `gcc`"},
			{"opt", "text", false, "optimisation flag (default `-O3`)"},
			{"libc", "bool", false, "link picolibc (default false)"},
		},
		Blocks: []*Block{{Name: "variant", Label: "name", Doc: "One way to compile the program.", Attrs: []Attr{
			{"defines", "list of macros", false, "`[\"BLOCKED\", \"N=4\"]`"},
			{"needs", "list of names", false, "instructions that a design must have; others skip the variant"},
			{"adapts", "bool", false, "the source uses whatever instructions the design has (default false)"},
		}}}},
	{Name: "network", Label: "name", Doc: "A trained network that is lowered to C, compiled and run on every design; every layer is compared with the golden execution.",
		Attrs: []Attr{
			summary,
			{"model", "path", true, "a .tflite or .onnx file, or a .json file of KWT-Tiny's weights, beside the spec, a shipped one, or `zoo:NAME`"},
			{"input", "path", false, "its input, a .bin, .npy, .png, .jpg or .pgm file beside the spec, or a shipped one (default: seeded random elements)"},
			{"samples", "number", false, "how many samples of the input to run (default 1)"},
			{"on", "text", false, "`rtl`: in lockstep with the simulator (default); `iss`: on the simulator alone, for networks that would take the RTL hours"},
			{"compiler", "text", false, "`clang` (default) or `gcc`"},
			{"opt", "text", false, "optimisation flag (default `-O3`)"},
		}},
	{Name: "target", Label: "name", Doc: "A device for the FPGA flows.",
		Attrs: []Attr{
			{"part", "text", true, "the vendor's part name, `xczu7ev-ffvc1156-2-e`"},
			{"clock_mhz", "number", true, "the clock to constrain, 1 to 1000"},
		}},
	{Name: "verify", Single: true, Doc: "How much to verify in a build.",
		Attrs: []Attr{
			{"vectors", "number", false, "vectors per instruction, up to 1000000 (default 10000)"},
			{"seed", "number", false, "seed of everything random (default 1)"},
		}},
}

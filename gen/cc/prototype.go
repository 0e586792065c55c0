package cc

import (
	"regexp"
	"slices"
	"strings"
)

// Prototypes is what the C source says of functions, by name.
type Prototypes map[string]Prototype

// Prototype is which registers of the calling convention a function uses at most:
// a0 to a7 for its arguments, a0 and a1 for its result (RISC-V ELF psABI).
type Prototype struct {
	Args, Results int
}

var auxInfo = regexp.MustCompile(`(?m)^/\* .*:\d+:([NO])([FC]) \*/ (?:extern|static) (.+?[ *])([A-Za-z_]\w*) \((.*)\);`)

// ReadPrototypes reads what gcc -aux-info writes, one declaration a line. Functions of
// which it cannot tell are left out.
func ReadPrototypes(text []byte) Prototypes {
	out := Prototypes{}
	for _, m := range auxInfo.FindAllStringSubmatch(string(text), -1) {
		old, defined, result, name, args := m[1] == "O", m[2] == "F", m[3], m[4], m[5]
		if i := strings.Index(args, "); /* ("); i >= 0 { // parameters as they would have been declared before C90
			args = args[:i]
		}
		p := Prototype{Args: arguments(args), Results: words(result)}
		if old && !defined {
			p.Args = 8 // it says nothing of them
		}
		if q, ok := out[name]; ok {
			p = Prototype{max(p.Args, q.Args), max(p.Results, q.Results)}
		}
		out[name] = p
	}
	return out
}

// arguments is how many registers a parameter list takes, 8 if that cannot be told.
func arguments(list string) (n int) {
	if list == "void" {
		return 0
	}
	depth, from := 0, 0
	for i, c := range list + "," {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ',':
			if depth > 0 {
				continue
			}
			if words(list[from:i]) != 1 {
				return 8
			}
			n, from = n+1, i+1
		}
	}
	return min(n, 8)
}

// narrow lists the types that one register holds, and the words that do not change that.
var narrow = []string{"char", "short", "int", "signed", "unsigned", "_Bool", "bool", "float", "int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t",
	"size_t", "ptrdiff_t", "intptr_t", "uintptr_t", "const", "volatile", "register", "restrict"}

// words is how many registers a value of a type takes, with or without the name of a
// parameter: 2 if that cannot be told.
func words(declared string) int {
	if strings.ContainsAny(declared, "({[") {
		return 2 // of a function, or a type that has no name
	}
	if strings.Contains(declared, "*") {
		return 1
	}
	list := strings.Fields(declared)
	if slices.Equal(list, []string{"void"}) {
		return 0
	}
	known, long, other := 0, 0, 0
	for _, w := range list {
		switch {
		case w == "long":
			long++
		case slices.Contains(narrow, w):
			known++
		default:
			other++
		}
	}
	// One word that is no type is the parameter's name, if a type stands before it.
	last := len(list) > 1 && !slices.Contains(narrow, list[len(list)-1]) && list[len(list)-1] != "long"
	if known+long == 0 || long > 1 || other > 1 || other == 1 && !last {
		return 2
	}
	return 1
}

// limit leaves out what a call or a return does not read, by the prototypes.
func (p Prototypes) limit(fn *function) {
	own, known := p[fn.name]
	for _, b := range fn.blocks {
		in := b.last()
		switch {
		case in == nil:
		case in.class == leave && in.reads == returnReads && known:
			in.reads &^= [3]regs{set("a0", "a1"), set("a1"), 0}[own.Results]
		case in.class == call && in.reads == callReads:
			if callee, ok := p[in.target]; ok {
				for a := 10 + callee.Args; a < 18; a++ {
					in.reads &^= bit(a)
				}
			}
		}
	}
}

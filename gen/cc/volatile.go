package cc

import (
	"regexp"
	"slices"
	"strconv"

	"marvelgen/gen/cc/asm"
)

// volatileWords are words of C and C++ without which no access is volatile or atomic, and
// those that qualify assembly, which comes in functions that are left alone.
var (
	volatileWords = regexp.MustCompile(`\b(?:volatile|__volatile|__volatile__|_Atomic|atomic_\w+|__atomic_\w+|__c11_atomic_\w+|__sync_\w+|__builtin_\w*volatile\w*)\b`)
	assemblyWords = regexp.MustCompile(`\b(?:asm|__asm|__asm__)\s+(?:(?:goto|inline|__inline|__inline__)\s+)*(?:volatile|__volatile|__volatile__)\b`)
)

// HasVolatile reports whether anything in a source may be volatile or atomic, by the words
// that are left of it behind the preprocessor.
func HasVolatile(source []byte) bool {
	return volatileWords.Match(assemblyWords.ReplaceAll(source, nil))
}

// untold is why loops are left alone whose loads may be volatile.
const untold = "what it loads may be volatile or atomic"

// gnuIdent is what gcc says of itself, and its version.
var gnuIdent = regexp.MustCompile(`GCC: \(.*\) (\d+)\.`)

// tellsVolatile reports whether the loads of a file tell what is volatile in C, or nothing
// is: of signed bytes, gcc loads that without a sign (lbu), and extends it by more
// instructions. From version 16 on it need not (-ffuse-ops-with-volatile-access), and clang
// never did.
func (r *rewriter) tellsVolatile(f *asm.File) bool {
	if r.options.NoVolatile {
		return true
	}
	for i := range f.Lines {
		if l := &f.Lines[i]; l.Kind == asm.Directive && l.Name == ".ident" {
			m := gnuIdent.FindStringSubmatch(l.Arg(0))
			if m == nil {
				return false
			}
			version, err := strconv.Atoi(m[1])
			return err == nil && version < 16
		}
	}
	return false
}

// holdAssembly reports whether lines hold assembly of the source, of which nothing but the
// markers around it may be left (asm("")).
func holdAssembly(lines []asm.Line) bool {
	return slices.ContainsFunc(lines, func(l asm.Line) bool { return l.Kind == asm.Marker })
}

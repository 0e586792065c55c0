package build

import (
	"marvelgen/gen/cc"
	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
	"marvelgen/verif/iss"
)

// RewriteOptions is how a compiler's assembly is rewritten for a design: with the
// cycles that the simulator and the core take.
func RewriteOptions(m *isa.Machine, noLoops, standardCalls bool) cc.Options {
	t := iss.TimingOf(m)
	extra := map[string]int{}
	for name, n := range t.Extra {
		extra[name] += n
	}
	for name, n := range t.Surplus {
		extra[name] += n
	}
	return cc.Options{NoLoops: noLoops, StandardCalls: standardCalls, Extra: extra}
}

// Rewriter is the hook for a compiler that makes its C use a design's instructions.
func Rewriter(m *isa.Machine, noLoops bool) func(string, []byte) ([]byte, error) {
	return func(source string, assembly []byte) ([]byte, error) {
		f := asm.Read(source, assembly)
		cc.Rewrite(f, m, RewriteOptions(m, noLoops, true))
		return f.Text(), nil
	}
}

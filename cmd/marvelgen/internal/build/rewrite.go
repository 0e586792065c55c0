package build

import (
	"marvelgen/gen/cc"
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

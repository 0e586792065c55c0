package cc

import (
	"context"
	"os"
	"testing"

	"marvelgen/gen/cc/asm"
)

// BenchmarkRewrite rewrites what gcc and clang make of loops and of requantisations. No solver is
// asked: what only one can show is taken to be so, as what has been shown before.
func BenchmarkRewrite(b *testing.B) {
	for _, c := range []struct{ name, file, spec, design string }{
		{"jammed", "testdata/jam.s", "marvel.hcl", "v4"},
		{"pointers", "testdata/pointers.s", "marvel.hcl", "v4"},
		{"computed", "testdata/computed/clang.s", "cc.hcl", "all"},
		{"packed", "testdata/computed/lenet5.s", "cc.hcl", "packed"},
	} {
		b.Run(c.name, func(b *testing.B) {
			text, err := os.ReadFile(c.file)
			if err != nil {
				b.Fatal(err)
			}
			m := design(b, c.spec, c.design)
			b.ReportAllocs()
			for b.Loop() {
				o := Options{StandardCalls: true, NoVolatile: true, Growth: SlightGrowth, Equal: func(string) (bool, error) { return true, nil }}
				if _, err := Rewrite(context.Background(), asm.Read(c.file, text), m, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

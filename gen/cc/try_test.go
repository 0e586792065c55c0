package cc_test

import (
	"fmt"
	"os"
	"testing"

	"marvelgen/gen"
	"marvelgen/gen/cc"
	"marvelgen/gen/cc/asm"
)

func TestTry(t *testing.T) {
	src, _ := os.ReadFile(os.Getenv("SPEC"))
	l, _, err := gen.Load(os.Getenv("SPEC"), src)
	l.SetWritePorts(3)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(os.Getenv("S"))
	for _, m := range l.Machines {
		if m.Design.Name != os.Getenv("D") {
			continue
		}
		f := asm.Read("x", text)
		for _, r := range cc.Rewrite(f, m, cc.Options{StandardCalls: true}) {
			fmt.Println(r)
		}
		os.WriteFile("/tmp/s1/out.s", f.Text(), 0o666)
	}
}

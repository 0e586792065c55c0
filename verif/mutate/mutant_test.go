package mutate

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"marvelgen/gen"
)

func TestX(t *testing.T) {
	src, _ := os.ReadFile("../../specs/marvel.hcl")
	l, _, _ := gen.Load("marvel.hcl", src)
	m := l.Machines[4]
	files, err := gen.Emit(m)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Machine: m, Files: map[string][]byte{}, Mutants: 240, Seed: 1, Jobs: 2, Dir: "/tmp/c_mut"}
	for _, f := range files {
		o.Files[f.Path] = f.Data
	}
	pj, err := Programs(context.Background(), m, "/tmp/c_mut/asm")
	if err != nil {
		t.Fatal(err)
	}
	rj, err := Random(m, 12, 1500, 1)
	if err != nil {
		t.Fatal(err)
	}
	o.Judges = []Judge{Vectors(20, 1), pj, rj}
	o.Mutants, _ = strconv.Atoi(os.Getenv("N"))
	start := time.Now()
	last := ""
	o.Progress = func(a, b int64, what string) {
		if what != last || a%200 == 0 {
			fmt.Println(time.Since(start), a, b, what)
			last = what
		}
	}
	r, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(r.Possible, r.Mutants, r.Killed, r.Rejected, r.Seconds, r.Judges)
	fmt.Println(r.Kinds)
	for _, f := range r.Fates {
		if f.Proof != "" {
			fmt.Println("PROVEN", f.Mutant)
		}
	}
	for _, s := range r.Survivors {
		fmt.Println(s.Mutant)
	}
}

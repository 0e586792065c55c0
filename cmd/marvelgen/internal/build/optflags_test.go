package build

import "testing"

// -O takes what a compiler takes: whole flags, several in one value, and -O3 itself.
func TestOptFlags(t *testing.T) {
	for _, c := range []struct {
		values []string
		want   string
	}{
		{[]string{"-O2"}, "-O2"},
		{[]string{"3"}, "-O3"},
		{[]string{"fast"}, "-Ofast"},
		{[]string{"-O3 -funroll-loops -finline-limit=500"}, "-O3 -funroll-loops -finline-limit=500"},
		{[]string{"s", "-mllvm -x", "-fbuiltin"}, "-Os -mllvm -x -fbuiltin"},
	} {
		if got := OptFlags(c.values); got != c.want {
			t.Errorf("%q: got %q, want %q", c.values, got, c.want)
		}
	}
}

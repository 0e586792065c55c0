package compare

import (
	"bytes"
	"strings"
	"testing"

	"marvelgen/flows"
	"marvelgen/verif/report"
)

// made is a comparison of two rows.
func made() *Comparison {
	c := &Comparison{Compiler: "clang", Synthesis: "yosys", Missing: []string{"absent.json"}, Networks: []Network{{Name: "net", MACs: 10, Perturbed: 5,
		Outputs: []float32{1, -1}, Kinds: []string{"gelu", "other"}, Rows: []Row{
			{Arithmetic: "soft float", Design: "base", Cycles: 5000, ByKind: []uint64{4000, 1000}, Code: 1000, RAM: 2000, Outputs: []float32{1, -1}, Same: 4, Counted: 4},
			{Arithmetic: "integer", Design: "fast", Cycles: 1000, ByKind: []uint64{300, 700}, Code: 65000, RAM: 537, Outputs: []float32{1.25, -1}, Error: 0.25, Same: 3, Counted: 4},
		}}}, Accuracy: []Accuracy{{Design: "fast", Instruction: "recip", Relative: true, Worst: 0.001, Bound: 0.002}}}
	for i := range c.Networks[0].Rows {
		c.Networks[0].Rows[i].Overhead = report.NewOverhead(flows.Area{LUT: 100 + 20*i}, flows.Area{LUT: 100})
	}
	c.Finish()
	return c
}

// TestPrint shows what counts, and what does not.
func TestPrint(t *testing.T) {
	c := made()
	var b bytes.Buffer
	c.Print(&b)
	for _, want := range []string{"5.00", "+20.00", "75.0 % of 4", "0.2500", "65,537 > 64 kB", "0.001 relative", "left out: absent.json", "4,000"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "3,000 > 64 kB") || len(c.Failures()) > 0 {
		t.Errorf("%v\n%s", c.Failures(), b.String())
	}
	c.Networks[0].Rows[1].Difference = "element 3 differs"
	b.Reset()
	c.Print(&b)
	if f := c.Failures(); len(f) != 1 || f[0] != "net, integer on fast: element 3 differs" || !strings.Contains(b.String(), "FAILED") {
		t.Errorf("%v\n%s", f, b.String())
	}
}

// TestJSON has the ratios.
func TestJSON(t *testing.T) {
	j, err := made().JSON()
	if err != nil || !bytes.Contains(j, []byte(`"times_faster": 5`)) {
		t.Errorf("%v\n%s", err, j)
	}
}

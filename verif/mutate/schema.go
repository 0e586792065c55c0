package mutate

import (
	"fmt"
	"sort"
	"strings"
)

// selector is the name of the register that says which mutant is alive. It
// stands in every module with a mutant and gets its value from a file in the
// working directory, so that one compiled model serves all mutants.
const selector = "mutant_q"

// selectorFile is the name of that file.
const selectorFile = "mutant"

const selectorText = `
  reg [31:0] ` + selector + `;
  integer mutant_file;
  integer mutant_read;
  initial begin
    ` + selector + ` = 32'd0;
    mutant_file = $fopen("` + selectorFile + `", "r");
    if (mutant_file != 0) begin
      mutant_read = $fscanf(mutant_file, "%d", ` + selector + `);
      $fclose(mutant_file);
    end
  end
`

// schema is a file with all of the given mutants in it, each dormant until the
// selector has its number: an expression e of which mutants e1 and e2 exist
// becomes (q == 1) ? (e1) : (q == 2) ? (e2) : (e). A mutant never changes the
// width of its expression, so this means the same as the edited file.
func schema(src string, mutants []*Mutant) string {
	bySite := map[*site][]*Mutant{}
	var sites []*site
	bodies := map[int]bool{}
	for _, m := range mutants {
		if bySite[m.site] == nil {
			sites = append(sites, m.site)
		}
		bySite[m.site] = append(bySite[m.site], m)
		bodies[m.site.body] = true
	}
	var edits []edit
	for at := range bodies {
		edits = append(edits, edit{at, at, strings.TrimSpace(selectorText) + "\n  "})
	}
	for _, s := range sites {
		truth := ""
		if s.cond { // of equal width, whatever the arms are
			truth = "!!"
		}
		var b strings.Builder
		b.WriteString("(")
		for _, m := range bySite[s] {
			fmt.Fprintf(&b, "(%s == 32'd%d) ? %s(%s) : ", selector, m.ID, truth, m.text)
		}
		fmt.Fprintf(&b, "%s(%s))", truth, s.text(src))
		edits = append(edits, edit{s.tokens[0].at, s.tokens[len(s.tokens)-1].end(), b.String()})
	}
	sort.Slice(edits, func(i, j int) bool { return edits[i].from < edits[j].from })
	return apply(src, 0, edits)
}

// marker names a net that stands beside a module item, to see whether the item
// is there at all once the parameters are known.
func marker(m *Mutant) string { return fmt.Sprintf("mutant_mark_%d", m.ID) }

// marked is a file with a marker beside the item of each mutant.
func marked(src string, mutants []*Mutant) string {
	var edits []edit
	for _, m := range mutants {
		edits = append(edits, edit{m.site.item, m.site.item, fmt.Sprintf("wire %s = 1'b1;\n  ", marker(m))})
	}
	sort.SliceStable(edits, func(i, j int) bool { return edits[i].from < edits[j].from })
	return apply(src, 0, edits)
}

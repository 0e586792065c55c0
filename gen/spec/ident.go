package spec

import (
	"regexp"
	"sort"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The door: every name that may reach Verilog, C, TCL, make or a path passes
// one of these grammars before it enters the IR.
var (
	identRE  = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	asmRE    = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z0-9]+)*$`)
	macroRE  = regexp.MustCompile(`^[A-Z_][A-Z0-9_]{0,40}(=[A-Za-z0-9_]{1,40})?$`)
	pathRE   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$`)
	partRE   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{2,40}$`)
	optRE    = regexp.MustCompile(`^-O[0-3sz]$`)
	reserved = strings.Fields(`
		always and assign automatic begin bool break buf case char config const continue deassign default defparam design disable
		do double edge else end endcase endconfig endfunction endgenerate endmodule endprimitive endspecify endtable endtask enum
		event extern float for force forever fork function generate genvar goto highz0 if ifnone incdir include initial inline inout
		input instance int integer join large liblist library localparam long main medium module nand negedge nmos nor not or output
		parameter pmos posedge primitive pull0 pulldown pullup real realtime reg register release repeat restrict return rtran scalared
		short showcancelled signed sizeof small specify specparam static strong0 struct supply0 supply1 switch table task time tran tri
		tri0 tri1 triand trior trireg typedef union unsigned use vectored void volatile wait wand weak0 while wire wor xnor xor
		logic bit byte interface package program property class import export priority unique
		clk_i rst_ni`)
)

const maxIdent = 32

// reservedByLanguage are words that Verilog, SystemVerilog or C claim.
var reservedWord = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range reserved {
		m[w] = true
	}
	return m
}()

// identifier checks a name against the one identifier grammar.
func (r *reader) identifier(rng hcl.Range, s string) bool {
	switch {
	case len(s) > maxIdent || !identRE.MatchString(s):
		r.errorf(rng, "Not an identifier", "%.60q: names are lower-case letters, digits and single underscores, begin with a letter and have at most %d characters.", s, maxIdent)
		return false
	case reservedWord[s]:
		r.errorf(rng, "Reserved word", "%q is a keyword of Verilog or C, where this name will stand.", s)
		return false
	}
	return true
}

// reference is the grammar for names that refer to something else in the spec;
// whether it exists is checked later. Keywords such as `and` name base instructions.
func (r *reader) reference(rng hcl.Range, s string) bool {
	if len(s) > maxIdent || !identRE.MatchString(s) {
		return r.identifier(rng, s)
	}
	return true
}

func (r *reader) macro(rng hcl.Range, s string) bool {
	if !macroRE.MatchString(s) {
		r.errorf(rng, "Not a macro", "%.60q: write NAME or NAME=value, in capitals.", s)
		return false
	}
	return true
}

func (r *reader) path(rng hcl.Range, s string) bool {
	if len(s) > 200 || !pathRE.MatchString(s) || strings.Contains(s, "..") {
		r.errorf(rng, "Not a path", "%.60q: sources are relative paths of letters, digits, '_', '-' and '.', without '..'.", s)
		return false
	}
	return true
}

// checkText admits one printable line that cannot end a comment or continue it
// on the next line, whatever language it is printed in.
func (r *reader) checkText(rng hcl.Range, s string) bool {
	bad := len(s) > 300 || strings.Contains(s, "*/") || strings.Contains(s, "/*") || strings.ContainsAny(s, "\\\"`$[]{}<>")
	for _, c := range s {
		bad = bad || !unicode.IsPrint(c)
	}
	if bad {
		r.errorf(rng, "Unsafe text", "Texts reach comments in Verilog, C, TCL and HTML: one line of at most 300 printable characters, without comment marks, backslashes, quotes, brackets or dollar signs.")
	}
	return !bad
}

// Suggest is a " Did you mean …?" for what a spec names and nobody has, or "".
func Suggest(name string, known []string) string { return suggest(name, known) }

// suggest is a " Did you mean …?" for a name that is close to a known one.
func suggest(name string, known []string) string {
	best, dist := "", 3
	if len(name) <= 3 {
		dist = 2
	}
	sorted := append([]string(nil), known...)
	sort.Strings(sorted)
	for _, k := range sorted {
		if d := distance(name, k); d < dist {
			best, dist = k, d
		}
	}
	if best == "" {
		return ""
	}
	return " Did you mean \"" + best + "\"?"
}

// unset leaves out names that are set already: nobody meant those.
func unset(names []string, set map[string]*hclsyntax.Attribute) []string {
	var out []string
	for _, n := range names {
		if set[n] == nil {
			out = append(out, n)
		}
	}
	return out
}

// distance is the Levenshtein distance of two short names.
func distance(a, b string) int {
	if len(a) > maxIdent || len(b) > maxIdent {
		return maxIdent
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := prev
			if a[i] != b[j] {
				cost++
			}
			prev = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

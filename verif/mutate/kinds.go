package mutate

import (
	"fmt"
	"strconv"
	"strings"
)

// Kinds of mutants. In the files of the forwarding paths and of the hardware
// loops, changes of logic are counted as Forwarding and Loop.
const (
	Operator   = "operator"   // another operator, or an inversion more or less
	Constant   = "constant"   // a literal off by one, or with a bit flipped
	Slice      = "slice"      // other bits of a vector
	Enable     = "enable"     // a register's condition: always, never, inverted
	Mux        = "mux"        // a choice with its arms swapped
	Reset      = "reset"      // another reset value, or none
	Stuck      = "stuck"      // a register keeps its value
	Forwarding = "forwarding" // bypasses, write back, pinned registers
	Loop       = "loop"       // ends and counts of zero-overhead loops
)

// Kinds lists all kinds in the order of tables.
var Kinds = []string{Operator, Constant, Slice, Enable, Mux, Reset, Stuck, Forwarding, Loop}

// forwarding and looping are the parts of file names that make a change of logic
// one of those kinds.
var (
	forwarding = []string{"mv32_operand.", "mv32_registers.", "mv32_regfile.", "mv32_pin.", "mv32_wb.", "mv32_mux."}
	looping    = []string{"mv32_loop.", "mv32_loops.", "hwloop."}
)

func refine(file, kind string) string {
	if kind == Constant || kind == Reset || kind == Stuck || kind == Slice {
		return kind
	}
	for _, f := range forwarding {
		if strings.Contains(file, f) {
			return Forwarding
		}
	}
	for _, f := range looping {
		if strings.Contains(file, f) {
			return Loop
		}
	}
	return kind
}

// edit replaces the text from one offset to another.
type edit struct {
	from, to int
	text     string
}

// change is a mutant of one site.
type change struct {
	kind  string
	edits []edit // in order
}

// swaps are the operators that take a binary operator's place. An | that becomes ^
// is left out: where it joins what excludes each other, it says the same.
var swaps = map[string][]string{
	"+": {"-"}, "-": {"+"}, "&": {"|"}, "|": {"&"}, "^": {"|", "&"}, "==": {"!="}, "!=": {"=="},
	"<": {">=", "<="}, "<=": {"<", ">"}, ">": {"<=", ">="}, ">=": {"<", ">"},
	"<<": {">>"}, ">>": {"<<"}, ">>>": {">>"}, "&&": {"||"}, "||": {"&&"}, "*": {"+"},
}

// changes lists all that this package knows to do to a site.
func (s *site) changes(p *parser) []change {
	var out []change
	add := func(kind string, edits ...edit) { out = append(out, change{refine(s.file, kind), edits}) }
	whole := func(text string) edit {
		return edit{s.tokens[0].at, s.tokens[len(s.tokens)-1].end(), text}
	}
	src := s.text(p.src)
	isReset := s.cond && src == "!rst_ni"
	switch {
	case isReset:
		add(Reset, whole("1'b0"))
		return out
	case s.cond && s.clocked:
		add(Enable, whole("1'b1"))
		add(Enable, whole("1'b0"))
		add(Enable, whole("!("+src+")"))
	case s.cond:
		add(Mux, whole("!("+src+")"))
	case s.clocked && s.lhs != "" && !s.reset && s.lhs != src:
		add(Stuck, whole(s.lhs))
	}
	constant := Constant
	if s.reset {
		constant = Reset
	}
	fixed := s.fixed()
	for i, t := range s.tokens {
		switch {
		case fixed[i]:
			if bounds := s.bounds(i); bounds != nil {
				for _, e := range shift(bounds, p.ranges[s.module]) {
					add(Slice, e...)
				}
			}
		case t.isNumber():
			for _, text := range neighbours(t.text) {
				add(constant, edit{t.at, t.end(), text})
			}
		case t.text == "?" && i > 0: // what is no Verilog may begin with one
			from := s.condition(i)
			add(Mux, edit{s.tokens[from].at, s.tokens[from].at, "!("}, edit{s.tokens[i-1].end(), s.tokens[i-1].end(), ")"})
		case (t.text == "~" || t.text == "!") && (i == 0 || !s.tokens[i-1].ends()):
			add(Operator, edit{t.at, t.end(), ""})
		case i > 0 && s.tokens[i-1].ends():
			for _, op := range swaps[t.text] {
				add(Operator, edit{t.at, t.end(), op})
			}
		}
		if r, known := p.ranges[s.module][t.text]; known && r == (rng{}) && !fixed[i] && s.formula(i) {
			add(Operator, edit{t.at, t.at, "~"})
		}
	}
	return out
}

// formula reports whether the name at token i stands in a logical formula, where
// its inversion makes sense and is no other mutant's.
func (s *site) formula(i int) bool {
	beside := func(t string) bool { return t == "&" || t == "|" || t == "^" }
	if i > 0 && (s.tokens[i-1].text == "~" || s.tokens[i-1].text == "!") {
		return false
	}
	return i > 0 && beside(s.tokens[i-1].text) || i+1 < len(s.tokens) && beside(s.tokens[i+1].text)
}

// fixed marks the tokens that the width of the expression depends on: bounds of
// part-selects, including plain indexes, and counts of replications.
func (s *site) fixed() []bool {
	out := make([]bool, len(s.tokens))
	for i, t := range s.tokens {
		switch {
		case t.text == "[":
			end, simple := i+1, true
			for depth := 1; end < len(s.tokens); end++ {
				switch s.tokens[end].text {
				case "[", "(", "{":
					depth++
				case "]", ")", "}":
					depth--
				case ":", "+:", "-:":
					simple = false
				}
				if depth == 0 {
					break
				}
			}
			if !simple || end == i+2 && s.tokens[i+1].isNumber() && !strings.Contains(s.tokens[i+1].text, "'") {
				for j := i + 1; j < end; j++ {
					out[j] = true
				}
			}
		case t.text == "{" && i+2 < len(s.tokens):
			// {N{...}}: everything up to the second bracket is a count
			j := i + 1
			for j < len(s.tokens) && (s.tokens[j].isNumber() || s.tokens[j].isWord() || s.tokens[j].text == "-") {
				j++
			}
			if j > i+1 && j < len(s.tokens) && s.tokens[j].text == "{" {
				for k := i + 1; k < j; k++ {
					out[k] = true
				}
			}
		}
	}
	return out
}

// bounds gives the tokens name [ hi : lo ] or name [ i ] if token i is the first
// behind the bracket and the bounds are plain numbers.
func (s *site) bounds(i int) []token {
	if i < 2 || s.tokens[i-1].text != "[" || !s.tokens[i-2].isWord() || !s.tokens[i].isNumber() || i+1 >= len(s.tokens) {
		return nil
	}
	switch {
	case s.tokens[i+1].text == "]":
		return []token{s.tokens[i-2], s.tokens[i]}
	case i+3 < len(s.tokens) && s.tokens[i+1].text == ":" && s.tokens[i+2].isNumber() && s.tokens[i+3].text == "]":
		return []token{s.tokens[i-2], s.tokens[i], s.tokens[i+2]}
	}
	return nil
}

// shift moves a select up and down by one bit, as far as the vector goes.
func shift(bounds []token, ranges map[string]rng) [][]edit {
	var out [][]edit
	r, known := ranges[bounds[0].text]
	if !known {
		return nil
	}
	for _, d := range []int64{-1, 1} {
		var edits []edit
		for _, t := range bounds[1:] {
			n, err := strconv.ParseInt(t.text, 10, 32)
			if n += d; err != nil || n < r.lo || n > r.hi {
				edits = nil
				break
			}
			edits = append(edits, edit{t.at, t.end(), fmt.Sprint(n)})
		}
		if edits != nil {
			out = append(out, edits)
		}
	}
	return out
}

// condition gives the first token of the condition of the ? at token i: it binds
// weaker than all operators, so it begins where the bracket or the arm does.
func (s *site) condition(i int) int {
	depth := 0
	for j := i - 1; j >= 0; j-- {
		switch s.tokens[j].text {
		case ")", "]", "}":
			depth++
		case "(", "[", "{":
			if depth--; depth < 0 {
				return j + 1
			}
		case "?", ":", ",":
			if depth == 0 {
				return j + 1
			}
		}
	}
	return 0
}

// neighbours are a sized literal's value plus one, and with the top bit flipped.
func neighbours(text string) []string {
	size, rest, ok := strings.Cut(text, "'")
	width, err := strconv.Atoi(size)
	if !ok || err != nil || width < 1 || width > 64 || len(rest) < 2 {
		return nil
	}
	base := map[byte]int{'b': 2, 'd': 10, 'h': 16, 'o': 8}[rest[0]|0x20]
	v, err := strconv.ParseUint(strings.ReplaceAll(rest[1:], "_", ""), base, 64)
	if base == 0 || err != nil {
		return nil
	}
	mask := ^uint64(0) >> (64 - width)
	values := []uint64{(v + 1) & mask}
	if flip := v ^ 1<<(width-1); flip != values[0] {
		values = append(values, flip)
	}
	var out []string
	for _, v := range values {
		out = append(out, fmt.Sprintf("%d'h%x", width, v))
	}
	return out
}

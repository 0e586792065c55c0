package mutate

import (
	"fmt"
	"strconv"
	"strings"
)

// site is an expression of a module that can be replaced as a whole by one of
// equal width: the right side of an assignment, a condition, the subject or a
// label of a case, or what is connected to an input of an instance.
type site struct {
	file    string
	module  string
	tokens  []token // of the expression
	item    int     // offset of the module item it belongs to
	body    int     // offset of the module's first item
	cond    bool    // only whether it is zero matters
	label   bool    // of a case
	clocked bool    // in an always @(posedge ...)
	reset   bool    // in the branch of an active reset
	lhs     string  // what is assigned, "" if nothing is
}

// text is the expression in the source.
func (s *site) text(src string) string {
	return src[s.tokens[0].at:s.tokens[len(s.tokens)-1].end()]
}

// rng is a declared range of bits; a name without one has a single bit.
type rng struct{ hi, lo int64 }

// parser walks over the modules of a file and collects sites.
type parser struct {
	file, src string
	toks      []token
	i         int
	module    string
	body      int
	item      int
	sites     []*site
	ranges    map[string]map[string]rng // module, name: what is known of its width
	err       error
}

// parse finds the sites of a file. It knows the Verilog of this tree: modules
// with ANSI ports, and no functions, tasks or strength and delay values.
func parse(file, src string) (*parser, error) {
	p := &parser{file: file, src: src, toks: lex(src), ranges: map[string]map[string]rng{}}
	for p.i < len(p.toks) && p.err == nil {
		if p.next() == "module" {
			p.parseModule()
		}
	}
	return p, p.err
}

func (p *parser) peek() string {
	if p.i < len(p.toks) {
		return p.toks[p.i].text
	}
	p.fail("the file ends too early")
	return ""
}

func (p *parser) next() string {
	t := p.peek()
	p.i++
	return t
}

func (p *parser) fail(what string) {
	if p.err == nil {
		line := 0
		if len(p.toks) > 0 {
			line = lineOf(p.src, p.toks[min(p.i, len(p.toks)-1)].at)
		}
		p.err = fmt.Errorf("%s:%d: %s: this reader of Verilog does not know it", p.file, line, what)
	}
	p.i = len(p.toks)
}

func lineOf(src string, at int) int { return 1 + strings.Count(src[:at], "\n") }

// until moves behind the first of the given tokens outside of brackets, which it
// returns, with the tokens before it.
func (p *parser) until(stops ...string) ([]token, string) {
	from, depth := p.i, 0
	for p.i < len(p.toks) {
		t := p.toks[p.i].text
		if depth == 0 {
			for _, s := range stops {
				if t == s {
					p.i++
					return p.toks[from : p.i-1], s
				}
			}
		}
		switch t {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		}
		p.i++
	}
	p.fail("no " + stops[0])
	return nil, ""
}

// group skips a group in round brackets and returns what is inside.
func (p *parser) group() []token {
	if p.next() != "(" {
		p.fail("no (")
		return nil
	}
	inside, _ := p.until(")")
	return inside
}

func (p *parser) parseModule() {
	p.module = p.next()
	p.ranges[p.module] = map[string]rng{}
	if p.peek() == "#" {
		p.i++
		p.group()
	}
	ports := p.group()
	for i := 0; i < len(ports); i++ {
		if t := ports[i].text; t == "wire" || t == "reg" {
			i = p.declare(ports, i+1)
		}
	}
	p.until(";")
	if p.i < len(p.toks) {
		p.body = p.toks[p.i].at
	}
	for p.err == nil && p.peek() != "endmodule" {
		p.parseItem()
	}
	p.i++
}

// declare notes the range of the name declared at toks[i] and returns the index
// of the name.
func (p *parser) declare(toks []token, i int) int {
	r, known := rng{}, true
	if i < len(toks) && toks[i].text == "signed" {
		i++
	}
	if i < len(toks) && toks[i].text == "[" {
		known = false
		if i+4 < len(toks) && toks[i+2].text == ":" && toks[i+4].text == "]" {
			hi, err1 := strconv.ParseInt(toks[i+1].text, 10, 32)
			lo, err2 := strconv.ParseInt(toks[i+3].text, 10, 32)
			r, known = rng{hi, lo}, err1 == nil && err2 == nil
		}
		for i < len(toks) && toks[i].text != "]" {
			i++
		}
		i++
	}
	for ; i < len(toks) && known; i++ { // further names share the range
		name := toks[i].text
		if i+1 < len(toks) && toks[i+1].text == "[" { // an array: its words are not bits
			break
		}
		p.ranges[p.module][name] = r
		if i+2 >= len(toks) || toks[i+1].text != "," || toks[i+2].text == "input" || toks[i+2].text == "output" || !toks[i+2].isWord() {
			break
		}
		i++
	}
	return i
}

// parseItem reads one module item.
func (p *parser) parseItem() {
	if p.peek() == "" { // the end, which is an error
		return
	}
	p.item = p.toks[p.i].at
	switch t := p.next(); t {
	case "generate", "endgenerate", "end", "else":
	case "begin":
		p.blockName()
	case "if", "for": // of a generate: its condition is constant
		p.group()
	case "localparam", "parameter", "genvar", "integer":
		p.until(";")
	case "initial":
		p.skipStatement()
	case "wire", "reg":
		p.parseDeclaration()
	case "assign":
		p.parseAssign(false, false)
	case "always":
		p.parseAlways()
	case "(*":
		for p.peek() != "*)" && p.err == nil {
			p.i++
		}
		p.i++
	default:
		p.parseInstance()
	}
}

// blockName skips the name of a block.
func (p *parser) blockName() {
	if p.peek() == ":" {
		p.i += 2
	}
}

// skipStatement skips a statement of an initial block: no part of the design.
func (p *parser) skipStatement() {
	if p.peek() == "for" {
		p.i++
		p.group()
	}
	if p.peek() != "begin" {
		p.until(";")
		return
	}
	for depth := 0; p.err == nil; {
		switch p.next() {
		case "begin":
			depth++
		case "end":
			if depth--; depth == 0 {
				return
			}
		}
	}
}

// parseDeclaration reads nets or variables, with values or without.
func (p *parser) parseDeclaration() {
	from := p.i
	p.declare(p.toks[min(p.i, len(p.toks)):], 0)
	for p.err == nil {
		p.i = from
		names, stop := p.until("=", ",", ";")
		if stop == "=" {
			value, after := p.until(",", ";")
			if len(names) > 0 && !strings.HasPrefix(names[len(names)-1].text, "unused") {
				p.add(value, site{lhs: names[len(names)-1].text})
			}
			stop = after
		}
		if stop == ";" {
			return
		}
		from = p.i
	}
}

// parseAssign reads an assignment up to its semicolon.
func (p *parser) parseAssign(clocked, reset bool) {
	lhs, _ := p.until("=", "<=")
	value, _ := p.until(";")
	if len(lhs) == 0 || len(value) == 0 {
		return
	}
	p.add(value, site{clocked: clocked, reset: reset, lhs: p.src[lhs[0].at:lhs[len(lhs)-1].end()]})
}

func (p *parser) parseAlways() {
	clocked := false
	if p.next(); p.peek() == "(" { // behind the @
		for _, t := range p.group() {
			clocked = clocked || t.text == "posedge"
		}
	} else {
		p.i++ // *
	}
	p.parseStatement(clocked, false)
}

func (p *parser) parseStatement(clocked, reset bool) {
	switch p.peek() {
	case "begin":
		p.i++
		p.blockName()
		for p.peek() != "end" && p.err == nil {
			p.parseStatement(clocked, reset)
		}
		p.i++
	case "if":
		p.i++
		cond := p.group()
		p.add(cond, site{cond: true, clocked: clocked})
		p.parseStatement(clocked, reset || len(cond) == 2 && cond[0].text == "!" && cond[1].text == "rst_ni")
		if p.peek() == "else" {
			p.i++
			p.parseStatement(clocked, reset)
		}
	case "case":
		p.i++
		p.add(p.group(), site{})
		for p.peek() != "endcase" && p.err == nil {
			label, _ := p.until(":")
			if len(label) == 1 && label[0].isNumber() {
				p.add(label, site{label: true})
			}
			p.parseStatement(clocked, reset)
		}
		p.i++
	case "for":
		p.i++
		p.group()
		p.parseStatement(clocked, reset)
	case ";":
		p.i++
	default:
		p.parseAssign(clocked, reset)
	}
}

// parseInstance reads an instance; its inputs are known by their names.
func (p *parser) parseInstance() {
	if p.peek() == "#" {
		p.i++
		p.group()
	}
	p.i++ // the instance's name
	if p.peek() != "(" {
		p.fail("an item")
		return
	}
	p.i++
	for p.err == nil {
		port, stop := p.until(",", ")")
		if len(port) > 4 && port[0].text == "." && strings.HasSuffix(port[1].text, "_i") {
			p.add(port[3:len(port)-1], site{})
		}
		if stop == ")" {
			break
		}
	}
	p.until(";")
}

// add notes a site.
func (p *parser) add(toks []token, s site) {
	if len(toks) == 0 {
		return
	}
	s.file, s.module, s.tokens, s.item, s.body = p.file, p.module, toks, p.item, p.body
	p.sites = append(p.sites, &s)
}

package spec

import (
	"math/big"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

func (p *parser) extension(f *fields) {
	p.spec.Name = f.name
	p.spec.Title = f.text("summary")
	p.spec.Source = f.text("source")
	p.spec.Prefix = "mv"
	if v := f.attrs["prefix"]; v != nil {
		p.spec.Prefix = f.text("prefix")
		f.r.identifier(v.Expr.Range(), p.spec.Prefix)
	}
}

func (p *parser) state(f *fields) {
	s := &isa.State{Name: f.name, Pos: posOf(f.rng), Bits: int(f.number("bits", 32, 1, sem.MaxWidth)), Signed: f.boolean("signed"),
		Count: int(f.number("count", 1, 1, 4096)), Reset: big.NewInt(f.number("reset", 0, -1<<62, 1<<62))}
	if !s.Range().Contains(s.Reset) {
		f.r.errorf(f.rng, "Width overflow", "The reset value %s does not fit the state's range %s.", s.Reset, s.Range())
	}
	if s.RAM = f.boolean("ram"); s.RAM {
		if s.Count < 2 {
			f.r.errorf(f.rng, "One element", "A RAM has two elements or more; give state %q a count, or leave ram out.", s.Name)
		}
		if s.Reset.Sign() != 0 {
			f.r.errorf(f.rng, "No reset", "Reset does not reach a RAM, whose elements start at 0; leave reset out of state %q, and let the program write what it needs.", s.Name)
		}
	}
	if s.DSP = f.boolean("dsp"); s.DSP && (s.RAM || s.Reset.Sign() != 0) {
		f.r.errorf(f.rng, "Not in a slice", "State %q cannot live in the register of a DSP slice: that is no RAM, and holds 0 after reset. Leave out ram and reset, or dsp.", s.Name)
	}
	if p.unique(f, p.states[s.Name] != nil || p.tables[s.Name] != nil) && p.operandName(f) {
		p.states[s.Name] = s
		p.spec.States = append(p.spec.States, s)
	}
}

// operandName refuses names that every meaning uses already.
func (p *parser) operandName(f *fields) bool {
	switch f.name {
	case "rd", "rs1", "rs2", "rs3", "pc", "csr", "imm", "load", "when", "addr", "data", "trap":
		f.r.errorf(f.rng, "Name in use", "%q is an operand of instructions.", f.name)
		return false
	}
	if fixedRE.MatchString(f.name) {
		f.r.errorf(f.rng, "Name in use", "%q is a register.", f.name)
		return false
	}
	return true
}

func (p *parser) unique(f *fields, exists bool) bool {
	if exists {
		f.r.errorf(f.rng, "Second "+f.def.Name, "There is a %s %q already.", f.def.Name, f.name)
	}
	return !exists
}

func (p *parser) table(f *fields) {
	t := &isa.Table{Name: f.name, Pos: posOf(f.rng), Bits: int(f.number("bits", 32, 1, sem.MaxWidth)), Signed: f.boolean("signed")}
	if a := f.attrs["values"]; a != nil {
		s := &scope{r: f.r, b: sem.NewBuilder(), steps: p.steps,
			lookup: func(string, hcl.Range) (value, bool) { return value{}, false }, known: func() []string { return nil },
			index: func(string, *sem.Node) (value, bool) { return value{}, false }}
		v := s.eval(a.Expr)
		if v.kind != list && v.kind != invalid || v.kind == list && (len(v.list) == 0 || len(v.list) > maxList) {
			f.r.errorf(a.Expr.Range(), "Wrong type", "values is a list of 1 to %d integers.", maxList)
			return
		}
		r := sem.Unsigned(t.Bits)
		if t.Signed {
			r = sem.Signed(t.Bits)
		}
		for i, x := range v.list {
			if x.kind == invalid {
				return // reported
			}
			if x.kind != integer || !x.node.IsConst() {
				f.r.errorf(a.Expr.Range(), "Wrong type", "Entry %d is %s; use round() or floor().", i, x.kind)
				return
			}
			if !r.Contains(x.node.Value) {
				f.r.errorf(a.Expr.Range(), "Width overflow", "Entry %d is %s, outside the table's range %s.", i, x.node.Value, r)
				return
			}
			t.Values = append(t.Values, x.node.Value)
		}
	}
	if p.unique(f, p.tables[t.Name] != nil || p.states[t.Name] != nil) && p.operandName(f) {
		p.tables[t.Name] = t
		p.spec.Tables = append(p.spec.Tables, t)
	}
}

func (p *parser) unit(f *fields) {
	p.spec.Units = append(p.spec.Units, &isa.Unit{Name: f.name, Pos: posOf(f.rng), Summary: f.text("summary"),
		Instructions: f.names("instructions", f.r.reference), Latency: int(f.number("latency", 1, 1, 64)),
		Pipeline: f.word("pipeline", "auto", "auto", "x", "w", "split"), Apart: f.boolean("apart")})
}

func (p *parser) core(f *fields) {
	p.spec.Core.RAMKiB = int(f.number("ram_kib", 64, 4, 1024))
	if n := p.spec.Core.RAMKiB; n&(n-1) != 0 {
		f.r.errorf(f.rng, "Number out of range", "ram_kib must be a power of two.")
	}
}

func (p *parser) design(f *fields) {
	if f.name == "report" {
		f.r.errorf(f.rng, "Name in use", "The folder report/ beside those of the designs holds the report.")
	}
	p.spec.Designs = append(p.spec.Designs, &isa.Design{Name: f.name, Pos: posOf(f.rng), Summary: f.text("summary"),
		Instructions: f.names("instructions", f.r.reference), WritePorts: int(f.number("write_ports", 0, 1, 3)),
		Kernels: f.headers("kernels"), Real: f.word("arithmetic", "int8", "int8", "float32") == "float32"})
}

func (p *parser) kernel(f *fields) {
	p.spec.Kernels = append(p.spec.Kernels, &isa.Kernel{Name: f.name, Pos: posOf(f.rng), Summary: f.text("summary"),
		Source: f.text("source"), Share: f.real("share", 0, 0, 1)})
}

func (p *parser) program(f *fields) {
	g := &isa.Program{Name: f.name, Pos: posOf(f.rng), Summary: f.text("summary"), MACs: f.number("macs", 0, 0, 1<<50),
		Golden:   f.word("golden", "", "conv1x1", "conv3x3", "depthwise", "fc"),
		Compiler: f.word("compiler", "clang", "clang", "gcc"), Opt: "-O3", LibC: f.boolean("libc"),
		Sources: f.names("sources", f.r.path)}
	f.opt(&g.Opt)
	if list, ok := f.sourcesExpr(); ok && len(list) == 0 {
		f.r.errorf(f.rng, "No source", "Program %q names no source that could be compiled.", f.name)
	}
	for i, s := range g.Sources {
		if ext := path.Ext(s); ext != ".c" && ext != ".S" {
			f.r.errorf(f.rng, "Not a source", "%q (source %d) ends neither in .c nor in .S.", s, i+1)
		}
	}
	for _, b := range f.blocks["variant"] {
		for _, o := range g.Variants {
			if o.Name == b.name {
				f.r.errorf(b.rng, "Second variant", "Program %q has a variant %q already.", f.name, b.name)
			}
		}
		g.Variants = append(g.Variants, isa.Variant{Name: b.name, Pos: posOf(b.rng), Defines: b.names("defines", f.r.macro), Needs: b.names("needs", f.r.reference), Adapts: b.boolean("adapts")})
	}
	if len(g.Variants) == 0 {
		g.Variants = []isa.Variant{{Name: "plain", Pos: g.Pos}}
	}
	p.spec.Programs = append(p.spec.Programs, g)
}

// opt reads an optimisation flag, if there is one.
func (f *fields) opt(to *string) {
	if a := f.attrs["opt"]; a != nil {
		if *to = f.text("opt"); !optRE.MatchString(*to) {
			f.r.errorf(a.Expr.Range(), "Unknown opt", "opt is one of -O0 -O1 -O2 -O3 -Os -Oz.")
		}
	}
}

// sourcesExpr is the list of sources as it was written, bad ones included.
func (f *fields) sourcesExpr() ([]hclsyntax.Expression, bool) {
	a := f.attrs["sources"]
	if a == nil {
		return nil, false
	}
	tuple, ok := a.Expr.(*hclsyntax.TupleConsExpr)
	if !ok {
		return nil, false
	}
	return tuple.Exprs, true
}

func (p *parser) target(f *fields) {
	t := &isa.Target{Name: f.name, Pos: posOf(f.rng), ClockMHz: f.real("clock_mhz", 100, 1, 1000)}
	if a := f.attrs["part"]; a != nil {
		if t.Part = f.text("part"); !partRE.MatchString(t.Part) {
			f.r.errorf(a.Expr.Range(), "Not a part", "%.40q: a part is lower-case letters, digits and dashes.", t.Part)
		}
	}
	p.spec.Targets = append(p.spec.Targets, t)
}

func (p *parser) verify(f *fields) {
	p.spec.Verify.Pos = posOf(f.rng)
	p.spec.Verify.Vectors = int(f.number("vectors", 10000, 1, 1_000_000))
	p.spec.Verify.Seed = uint64(f.number("seed", 1, 0, 1<<53))
}

// references checks that names used in units, designs and variants exist.
func (p *parser) references() {
	known := map[string]bool{}
	var names []string
	for _, i := range p.spec.Exts {
		known[i.Name] = true
		names = append(names, i.Name)
	}
	check := func(pos isa.Pos, where string, list []string) {
		for _, n := range list {
			if !known[n] && !p.absent[n] {
				p.r.problems = append(p.r.problems, isa.Problem{Pos: pos, Summary: "Unknown instruction",
					Detail: where + " names \"" + n + "\", which the spec does not define." + suggest(n, names)})
			}
		}
	}
	owner := map[string]string{}
	for _, u := range p.spec.Units {
		check(u.Pos, "Unit "+u.Name, u.Instructions)
		for _, n := range u.Instructions {
			if owner[n] != "" {
				p.r.problems = append(p.r.problems, isa.Problem{Pos: u.Pos, Summary: "Instruction in two units",
					Detail: n + " belongs to the units " + owner[n] + " and " + u.Name + "; one of them executes it."})
			}
			owner[n] = u.Name
		}
	}
	for _, u := range p.spec.Units {
		if known[u.Name] && owner[u.Name] == "" {
			p.r.problems = append(p.r.problems, isa.Problem{Pos: u.Pos, Summary: "Name in use",
				Detail: "The instruction " + u.Name + " is in no unit and so has one of its own, called " + u.Name + ", too."})
		}
	}
	for _, d := range p.spec.Designs {
		check(d.Pos, "Design "+d.Name, d.Instructions)
	}
	for _, g := range p.spec.Programs {
		for _, v := range g.Variants {
			check(v.Pos, "Variant "+v.Name, v.Needs)
		}
	}
	p.duplicates()
}

// duplicates reports blocks of one type and name.
func (p *parser) duplicates() {
	seen := map[string]isa.Pos{}
	dup := func(kind, name string, pos isa.Pos) {
		key := kind + " " + strings.ToLower(name)
		if first, ok := seen[key]; ok {
			p.r.problems = append(p.r.problems, isa.Problem{Pos: pos, Summary: "Second " + kind,
				Detail: "There is " + key + " already, at " + first.String() + "."})
			return
		}
		seen[key] = pos
	}
	for _, x := range p.spec.Exts {
		dup("instruction", x.Name, x.Pos)
		if x.Mnemonic != "" {
			dup("mnemonic", x.Mnemonic, x.Pos)
		}
	}
	for _, x := range p.spec.Units {
		dup("unit", x.Name, x.Pos)
	}
	for _, x := range p.spec.Designs {
		dup("design", x.Name, x.Pos)
	}
	for _, x := range p.spec.Kernels {
		dup("kernel", x.Name, x.Pos)
	}
	for _, x := range p.spec.Programs {
		dup("program", x.Name, x.Pos)
		dup("program or network", x.Name, x.Pos)
		for _, v := range x.Variants { // names files
			dup("program and variant", x.Name+"_"+v.Name, v.Pos)
		}
	}
	for _, x := range p.spec.Networks {
		dup("network", x.Name, x.Pos)
		dup("program or network", x.Name, x.Pos) // they share the report's table
	}
	for _, x := range p.spec.Targets {
		dup("target", x.Name, x.Pos)
	}
}

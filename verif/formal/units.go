package formal

import (
	"fmt"
	"math/big"
	"strings"

	"marvelgen/gen/isa"
)

// obligation is one thing to show of a design's extension.
type obligation struct {
	unit   string // unit that it counts for; "" for the decoder and the socket
	name   string // "mac.result", "hold"
	says   string // what it says, in words
	u      *unrolling
	assume []string
	goal   string
	ins    *isa.Instruction // that it is about, or nil
}

// Names of what is proven of an extension as a whole.
const (
	decoder = "decoder"
	socket  = "socket"
)

// builder makes the obligations of one machine.
type builder struct {
	m     *isa.Machine
	model *model
	out   []obligation
	ins   *isa.Instruction // whose obligations are being made
}

// unitObligations lists what is to be shown of the extension of m, whose model
// is that of the emitted module <design>_units.
//
// Together they say: whatever the instructions before, whenever it is stalled,
// waited for or killed, each instruction gives the results, the memory access,
// the loop and the private state that its meaning gives, in its documented
// number of cycles. The argument is in formal/units.v and in README.md.
func unitObligations(m *isa.Machine, mod *model) ([]obligation, error) {
	b := &builder{m: m, model: mod}
	b.decode()
	b.lemmas()
	for _, p := range m.Exts {
		b.ins = p.Instruction
		b.instruction(p)
	}
	for _, ob := range b.out {
		if ob.u.err != nil {
			return nil, ob.u.err
		}
	}
	return b.out, nil
}

func (b *builder) add(unit, name, says string, u *unrolling, goal string, assume ...string) {
	b.out = append(b.out, obligation{unit, name, says, u, assume, goal, b.ins})
}

func and(list ...string) string {
	switch len(list) {
	case 0:
		return "true"
	case 1:
		return list[0]
	}
	return "(and " + strings.Join(list, " ") + ")"
}

func equal(x, y string) string     { return "(= " + x + " " + y + ")" }
func constant(on bool) string      { return map[bool]string{true: "#b1", false: "#b0"}[on] }
func holds(x string) string        { return equal(x, "#b1") }
func stateWire(name string) string { return "f_state_" + name + "_o" }

// fresh is an unrolling in which the watched instruction and what it reads are
// held. The private state that a meaning reads is bound by the caller.
func (b *builder) fresh() *unrolling {
	u := newUnrolling(b.model)
	for _, port := range []string{"insn_i", "pc_i", "rs1_i", "rs2_i", "rs3_i", "pin0_i", "pin1_i", "pin2_i", "load_i", "reg_i", "old_i"} {
		u.held(port)
	}
	return u
}

// decode: the extension claims its instructions and no other word.
func (b *builder) decode() {
	u := b.fresh()
	b.add(decoder, "claim", "the extension claims a word if and only if it is one of the design's instructions", u, holds(u.at("claim_ok_o", 0)))
}

// lemmas: what holds whatever the instruction.
func (b *builder) lemmas() {
	states := func(stage isa.Stage, from, to int, u *unrolling) []string {
		var out []string
		for _, s := range b.m.States {
			switch {
			case s.Stage != stage:
			case s.RAM:
				out = append(out, b.port(u, s, "we_i", from, "#b0"))
			default:
				out = append(out, equal(u.at(stateWire(s.Name), to), u.at(stateWire(s.Name), from)))
			}
		}
		return out
	}
	u := b.fresh()
	u.drive("rst_ni", "#b1")
	u.drive("x_valid_i", "#b0")
	u.drive("x_commit_i", "#b0")
	u.drive("w_commit_i", "#b0")
	var same []string
	for _, k := range b.model.regs {
		same = append(same, equal(u.term(k, 1), u.term(k, 0)))
	}
	b.add(socket, "hold", "while nothing makes progress every register of the extension keeps its value", u, and(same...))

	u = b.fresh()
	u.drive("rst_ni", "#b1")
	u.drive("x_commit_i", "#b0")
	b.add(socket, "kill_x", "an instruction that does not leave stage X, stalled or killed, leaves no trace in the state of that stage", u, and(states(isa.StageX, 0, 1, u)...))

	u = b.fresh()
	u.drive("rst_ni", "#b1")
	u.drive("w_commit_i", "#b0")
	b.add(socket, "kill_w", "an instruction that has not completed leaves no trace in the state of stage W", u, and(states(isa.StageW, 0, 1, u)...))

	u = b.fresh()
	u.drive("rst_ni", "#b1")
	u.drive("x_valid_i", "#b0")
	u.drive("x_commit_i", "#b0")
	b.add(socket, "idle", "between instructions no multi-cycle unit starts", u, holds(u.at("f_idle_o", 1)), holds(u.at("f_idle_o", 0)))

	u = b.fresh()
	u.drive("rst_ni", "#b0")
	goal := []string{holds(u.at("f_idle_o", 1))}
	for _, s := range b.m.States {
		if !b.memory(s) && !s.RAM {
			goal = append(goal, equal(u.at(stateWire(s.Name), 1), vector(s)))
		}
	}
	b.add(socket, "reset", "after reset registers of private state hold their reset values and nothing is half done", u, and(goal...))

	u = b.fresh()
	goal = nil
	for _, s := range b.m.States {
		if b.memory(s) && !s.RAM {
			goal = append(goal, equal(u.at(stateWire(s.Name), 0), vector(s)))
		}
	}
	if len(goal) > 0 {
		var assume []string
		for _, k := range b.model.regs {
			if v, ok := b.model.init[k]; ok {
				assume = append(assume, equal(u.term(k, 0), "#b"+v))
			}
		}
		b.add(socket, "power_up", "at configuration memories of private state hold their reset values", u, and(goal...), assume...)
	}
}

// memory reports whether a state is kept in a memory, which reset cannot clear.
// The circuit knows: its registers have initial values.
func (b *builder) memory(s *isa.State) bool {
	for k := range b.model.init {
		if strings.Contains(b.model.names[k], "."+s.Name+"_q[") {
			return true
		}
	}
	return false
}

// vector is a state's reset value, element 0 lowest.
func vector(s *isa.State) string {
	v := new(big.Int)
	m := new(big.Int).Lsh(big.NewInt(1), uint(s.Bits))
	for range max(s.Count, 1) {
		v.Lsh(v, uint(s.Bits)).Or(v, new(big.Int).Mod(s.Reset, m))
	}
	return fmt.Sprintf("#b%0*s", s.Bits*max(s.Count, 1), v.Text(2))
}

// instruction: the transaction of formal/units.v.
func (b *builder) instruction(p *isa.Placed) {
	unit, latency := p.Unit.Name, max(1, p.Unit.Latency)
	last := latency - 1
	// begin sets up cycles 0 to L; commit says whether the instruction leaves X.
	begin := func(commit bool) (*unrolling, []string) {
		u := b.fresh()
		repeat := func(v string, n int, then ...string) []string {
			var out []string
			for range n {
				out = append(out, v)
			}
			return append(out, then...)
		}
		u.drive("rst_ni", repeat("#b1", latency+1)...)
		u.drive("x_valid_i", repeat("#b1", latency)...)
		u.drive("x_commit_i", repeat("#b0", last, constant(commit))...)
		u.drive("w_commit_i", append([]string{""}, repeat("#b0", last, "#b1")...)...)
		u.drive("w_valid_i", repeat("", latency, "#b1")...)
		ports := map[string]string{"insn_i": "x_instr_i", "pc_i": "x_pc_i", "rs1_i": "x_rs1_i", "rs2_i": "x_rs2_i", "rs3_i": "x_rs3_i",
			"pin0_i": "x_pin0_i", "pin1_i": "x_pin1_i", "pin2_i": "x_pin2_i"}
		for _, from := range keys(ports) { // in one order: equal designs give equal bytes
			to := ports[from]
			u.drive(to, repeat(u.bind[from](0), latency)...)
		}
		if commit {
			u.drive("w_rdata_i", repeat("", latency, u.bind["load_i"](0))...)
			u.drive("w_pin0_i", repeat("", latency, u.bind["pin0_i"](0))...)
			u.drive("w_product_i", repeat("", latency, u.at("product_o", 0))...)
			u.drive("w_high_i", repeat("", latency, u.at("high_o", 0))...)
		}
		// What is certain of the word: its identifying bits.
		word := []byte(strings.Repeat("x", 32))
		for i := range word {
			if p.Encoding.Mask>>i&1 == 1 {
				word[i] = '0' + byte(p.Encoding.Match>>i&1)
			}
		}
		u.fix("insn_i", string(word), -1)
		u.fix("x_instr_i", string(word), latency)
		// The meaning reads the state of each stage as it stands when the instruction gets there.
		for _, s := range b.m.States {
			when := last
			if s.Stage == isa.StageW {
				when = latency
			}
			if s.RAM {
				continue
			}
			u.bind["state_"+s.Name+"_i"] = func(int) string { return u.at(stateWire(s.Name), when) }
		}
		return u, []string{holds(u.at("f_idle_o", 0)), holds(u.at(p.Name+"_match_o", 0)), holds(u.at("consistent_o", 0)), holds(u.at(p.Name+"_load_ok_o", 0))}
	}

	u, assume := begin(true)
	b.add(decoder, p.Name, p.Name+" is decoded: claimed, with its access, its loop and its third register", u, holds(u.at(p.Name+"_decode_ok_o", 0)), assume...)

	u, assume = begin(true)
	var goal []string
	for t := range latency {
		goal = append(goal, equal(u.at("x_stall_o", t), constant(t < last)))
	}
	goal = append(goal, holds(u.at("f_idle_o", latency)))
	b.add(unit, p.Name+".latency", fmt.Sprintf("%s takes %d cycles in stage X and leaves nothing half done", p.Name, latency), u, and(goal...), assume...)

	u, assume = begin(false)
	b.add(unit, p.Name+".killed", p.Name+" that is killed in its last cycle leaves nothing half done", u, holds(u.at("f_idle_o", latency)), assume...)

	u, assume = begin(true)
	b.add(unit, p.Name+".access", p.Name+" gives the address, data and loop that its meaning gives", u, holds(u.at(p.Name+"_x_ok_o", last)), assume...)

	for _, s := range b.reads(p) {
		u, assume = begin(true)
		b.add(unit, p.Name+".read_"+s.Name, fmt.Sprintf("%s reads the element of the RAM %s that its meaning reads", p.Name, s.Name), u,
			and(b.port(u, s, "re_i", last, "#b1"), b.port(u, s, "raddr_i", last, u.at(fmt.Sprintf("%s_read_%s_index_o", p.Name, s.Name), last))), assume...)
	}
	whole := begin
	begin = func(commit bool) (*unrolling, []string) {
		u, assume := whole(commit)
		for _, s := range b.reads(p) {
			u.cut("read_"+s.Name+"_i", latency, b.net(s, "rdata_o"))
		}
		return u, assume
	}

	u, assume = begin(true)
	b.add(unit, p.Name+".result", p.Name+" leaves every register with the value that its meaning gives", u, holds(u.at(p.Name+"_w_ok_o", latency)), assume...)

	for _, s := range b.m.States {
		u, assume = begin(true)
		if s.RAM {
			b.add(unit, p.Name+"."+s.Name, fmt.Sprintf("%s writes to the RAM %s what its meaning writes, and where", p.Name, s.Name), u, b.written(u, p, s, last), assume...)
			continue
		}
		when := latency
		if s.Stage == isa.StageW {
			when = latency + 1
		}
		b.add(unit, p.Name+"."+s.Name, fmt.Sprintf("%s leaves the state %s as its meaning says", p.Name, s.Name), u,
			equal(u.at(stateWire(s.Name), when), u.at(fmt.Sprintf("%s_after_%s_o", p.Name, s.Name), latency)), assume...)
	}
}

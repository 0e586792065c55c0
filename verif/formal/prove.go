// Package formal proves that a design's extension computes the meaning of its
// instructions.
//
// Yosys reads the emitted Verilog beside the meaning, printed by code that
// shares nothing with the emitter (formal/units.v), and gives the transition
// relation. This package says what has to hold, writes each question as one
// self-contained SMT-LIB script, and asks independent solvers. The proofs start
// from an arbitrary state of the extension, so they hold after any history:
// there is no depth.
package formal

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"marvelgen/flows/smt"
	"marvelgen/flows/yosys"
	"marvelgen/gen/isa"
)

// Status is how far something has been shown.
type Status string

// Statuses of proofs. Bounded ones say how many cycles from reset they cover.
const (
	Proven   Status = "proven"
	Failed   Status = "failed"   // there is a counterexample
	Unproven Status = "unproven" // no engine closed it in its time
)

// Proof is one obligation and its outcome.
type Proof struct {
	Name      string  `json:"name"`      // "mac.result"
	Says      string  `json:"says"`      // in words
	Status    Status  `json:"status"`    //
	Engine    string  `json:"engine"`    // that decided it
	Seconds   float64 `json:"seconds"`   // that engine's time
	Confirmed string  `json:"confirmed"` // a second, independent engine that says the same; "" if none was fast enough
	Script    string  `json:"script"`    // file of the question, relative to Options.Dir
	Detail    string  `json:"detail,omitempty"`
}

// Unit is the proofs of one unit; the decoder, and the socket's rules, count as one each.
type Unit struct {
	Name    string  `json:"name"`
	Status  Status  `json:"status"` // the worst of its proofs
	Seconds float64 `json:"seconds"`
	Engines string  `json:"engines"`
	Proofs  []Proof `json:"proofs"`
}

// Options says what to prove and how hard to try.
type Options struct {
	Machine  *isa.Machine
	RTL      string        // folder with the design's Verilog and its file list
	Formal   string        // folder with units.v and meaning/
	Dir      string        // where scripts and models go; made if missing
	Limit    time.Duration // for one solver on one question; 0: a minute
	Confirm  time.Duration // for a second solver; 0: 20 s
	Jobs     int           // 0: one per core
	Only     []string      // the proofs to try by name; none: all
	Decide   bool          // one engine's word is enough: no second one is asked
	Progress func(done, total int64, what string)
}

// Prove proves all units of one design. A design without extension has none.
func Prove(ctx context.Context, o Options) ([]Unit, error) {
	if !o.Machine.Socket.Present {
		return nil, nil
	}
	if o.Limit == 0 {
		o.Limit = time.Minute
	}
	if o.Confirm == 0 {
		o.Confirm = 20 * time.Second
	}
	if o.Jobs == 0 {
		o.Jobs = runtime.NumCPU()
	}
	if out := tooLarge(o.Machine); out != nil {
		return out, nil
	}
	mod, err := translate(ctx, o)
	if err != nil {
		return nil, err
	}
	list, err := unitObligations(o.Machine, mod)
	if err != nil {
		return nil, err
	}
	if len(o.Only) > 0 {
		list = slices.DeleteFunc(list, func(ob obligation) bool { return !slices.Contains(o.Only, ob.name) })
	}
	proofs := make([]Proof, len(list))
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := int64(0)
	slots := make(chan struct{}, o.Jobs)
	for i, ob := range list {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer wg.Done()
			proofs[i], errs[i] = prove(ctx, o, ob)
			mu.Lock()
			defer mu.Unlock()
			if done++; o.Progress != nil {
				o.Progress(done, int64(len(list)), ob.name)
			}
			<-slots
		}()
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return gather(list, proofs), nil
}

// MaxState is the most bits of one private state that proofs take on: they look
// at all of it at once, unless it is in block RAM, where they look at its ports.
const MaxState = 4096

// tooLarge is the answer for a design with a state beyond MaxState: nothing is proven.
func tooLarge(m *isa.Machine) []Unit {
	for _, s := range m.States {
		if bits := s.Bits * max(s.Count, 1); bits > MaxState && !s.RAM {
			var out []Unit
			for _, u := range m.Units {
				out = append(out, Unit{Name: u.Name, Status: Unproven, Proofs: []Proof{{Name: u.Name, Status: Unproven, Says: "all instructions of the unit",
					Detail: fmt.Sprintf("state %s has %d bits; proofs take on %d", s.Name, bits, MaxState)}}})
			}
			return out
		}
	}
	return nil
}

// translate lets yosys turn the design beside its meaning into a transition relation.
func translate(ctx context.Context, o Options) (*model, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	name := o.Machine.Name()
	files, err := sources(o, name)
	if err != nil {
		return nil, err
	}
	var s strings.Builder
	if err := os.WriteFile(filepath.Join(dir, ramFile), ramPorts, 0o644); err != nil {
		return nil, err
	}
	for _, f := range files {
		fmt.Fprintf(&s, "read_verilog -formal %q\n", f)
	}
	fmt.Fprintf(&s, "hierarchy -check -top %s_units\nproc\nsetattr -mod -unset keep_hierarchy *\nflatten\nopt -nodffe -nosdff\nmemory_collect\nmemory_map\nopt -nodffe -nosdff\nopt_clean\nwrite_json model.json\n", name)
	if err := os.WriteFile(filepath.Join(dir, "model.ys"), []byte(s.String()), 0o644); err != nil {
		return nil, err
	}
	if _, err := yosys.Run(ctx, yosys.Options{Dir: dir, Script: "model.ys"}); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(dir, "model.json"))
	if err != nil {
		return nil, err
	}
	mod, err := parseModel(b, name+"_units")
	if err != nil {
		return nil, fmt.Errorf("model.json: %w", err)
	}
	return mod, nil
}

// sources lists the design's Verilog that the extension consists of, and the proof's.
func sources(o Options, name string) ([]string, error) {
	b, err := os.ReadFile(filepath.Join(o.RTL, name+".f"))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range strings.Fields(string(b)) {
		switch {
		case f == ramFile: // its ports are looked at
			out = append(out, filepath.Join(o.Dir, ramFile))
		case f == "mv32_dot.v", f == "mv32_scale.v", f == "mv32_sum.v", f == "mv32_rom.v": // units are made of them
			out = append(out, filepath.Join(o.RTL, f))
		case strings.HasPrefix(f, "mv32_"), f == name+"_core.v", f == name+"_soc.v", f == name+"_top.v":
		default:
			out = append(out, filepath.Join(o.RTL, f))
		}
	}
	meanings, err := filepath.Glob(filepath.Join(o.Formal, "meaning", "*.v"))
	if err != nil {
		return nil, err
	}
	out = append(out, meanings...)
	out = append(out, filepath.Join(o.Formal, "units.v"))
	for i := range out {
		if out[i], err = filepath.Abs(out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// prove asks the solvers one after another until one answers, and then one more.
func prove(ctx context.Context, o Options, ob obligation) (Proof, error) {
	p := Proof{Name: ob.name, Says: ob.says, Status: Unproven, Script: ob.name + ".smt2"}
	if ob.goal == "true" {
		p.Status, p.Engine, p.Detail, p.Script = Proven, "by form", "there is nothing that could differ", ""
		return p, nil
	}
	any := false // in place of products, see anyProducts
	ask := func(s smt.Solver, limit time.Duration) (smt.Result, error) {
		name := ob.name + ".smt2"
		if s.Equations {
			name = ob.name + ".equations.smt2"
		}
		script := ob.u.script(ob.name+": "+ob.says, ob.assume, ob.goal, s.Equations, !s.Equations && !any)
		if any {
			name, script = strings.TrimSuffix(name, ".smt2")+".products.smt2", ob.u.anyProducts(script)
		}
		path := filepath.Join(o.Dir, name)
		if err := os.WriteFile(path, script, 0o644); err != nil {
			return smt.Result{}, err
		}
		return smt.Solve(ctx, s, path, limit)
	}
	var decided smt.Result
	if len(ob.u.products) > 0 {
		any = true
		r, err := ask(smt.Solvers[0], o.Limit)
		if err != nil {
			return p, err
		}
		if any = r.Answer == smt.Unsat; any {
			p.Engine, p.Seconds, decided, p.Script = r.Solver, r.Seconds, r, ob.name+".products.smt2"
		}
	}
	rest := smt.Solvers
	for p.Engine == "" && len(rest) > 0 {
		r, err := ask(rest[0], o.Limit)
		if err != nil {
			return p, err
		}
		rest = rest[1:]
		if r.Answer != smt.Unknown {
			p.Engine, p.Seconds, decided = r.Solver, r.Seconds, r
		}
	}
	switch decided.Answer {
	case smt.Unsat:
		p.Status = Proven
	case smt.Sat:
		p.Status, p.Detail = Failed, counterexample(ob.ins, decided.Output)
		return p, nil
	default:
		return p, nil
	}
	for _, s := range smt.Solvers {
		if s.Name == p.Engine || o.Decide {
			continue
		}
		r, err := ask(s, o.Confirm)
		if err != nil {
			return p, err
		}
		switch r.Answer {
		case smt.Unsat:
			p.Confirmed = s.Name
			return p, nil
		case smt.Sat:
			return p, fmt.Errorf("%s: %s says it holds and %s that it does not: one of them is wrong", ob.name, p.Engine, s.Name)
		}
	}
	return p, nil
}

// gather groups proofs by unit, in the order of the obligations.
func gather(list []obligation, proofs []Proof) []Unit {
	var out []Unit
	index := map[string]int{}
	engines := map[string]map[string]bool{}
	for i, ob := range list {
		k, ok := index[ob.unit]
		if !ok {
			k = len(out)
			index[ob.unit] = k
			engines[ob.unit] = map[string]bool{}
			out = append(out, Unit{Name: ob.unit, Status: Proven})
		}
		u := &out[k]
		p := proofs[i]
		u.Proofs = append(u.Proofs, p)
		u.Seconds += p.Seconds
		for _, e := range []string{p.Engine, p.Confirmed} {
			if e != "" && e != "by form" {
				engines[ob.unit][e] = true
			}
		}
		if worse(p.Status, u.Status) {
			u.Status = p.Status
		}
	}
	for i := range out {
		var names []string
		for e := range engines[out[i].Name] {
			names = append(names, e)
		}
		sort.Strings(names)
		out[i].Engines = strings.Join(names, ", ")
	}
	return out
}

func worse(a, b Status) bool {
	rank := map[Status]int{Proven: 0, Unproven: 1, Failed: 2}
	return rank[a] > rank[b]
}

package spec

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"marvelgen/gen/isa"
)

// example reads the bindings of one example.
func (m *meaning) example(b *fields) {
	ex := isa.Example{Pos: posOf(b.rng)}
	ex.Given = m.bindings(b, "given", func(name string) bool {
		_, operand := m.operand(name)
		return operand || name == "load" && m.ins.Load != nil || name == "mepc" && m.ins.System == "mret" || m.stateElement(name)
	})
	ex.Expect = m.bindings(b, "expect", func(name string) bool {
		switch name {
		case "pc":
			return true
		case "addr":
			return m.ins.Load != nil || m.ins.Store != nil
		case "data":
			return m.ins.Store != nil
		case "trap":
			return m.ins.Trap != nil
		case "loop_count", "loop_end":
			return m.ins.Loop != nil
		}
		for _, w := range m.ins.Writes {
			if w.Name == name || w.Kind == isa.DestState && name == fmt.Sprintf("%s[%s]", w.Name, w.Index) {
				return true
			}
		}
		return false
	})
	if len(ex.Expect) == 0 && b.attrs["expect"] != nil {
		b.r.errorf(b.rng, "Nothing expected", "An example that expects nothing cannot fail.")
	}
	m.ins.Examples = append(m.ins.Examples, ex)
}

// stateElement recognises "acc" and "acc[2]".
func (m *meaning) stateElement(name string) bool {
	base, idx, has := strings.Cut(strings.TrimSuffix(name, "]"), "[")
	st := m.p.states[base]
	if st == nil || !has {
		return st != nil && st.Count == 1
	}
	i, err := strconv.Atoi(idx)
	return err == nil && i >= 0 && i < st.Count
}

func (m *meaning) bindings(b *fields, attr string, valid func(string) bool) []isa.Binding {
	a := b.attrs[attr]
	if a == nil {
		return nil
	}
	obj, ok := a.Expr.(*hclsyntax.ObjectConsExpr)
	if !ok {
		b.r.errorf(a.Expr.Range(), "Wrong type", "%s is a map: { rs1 = 3 }.", attr)
		return nil
	}
	var out []isa.Binding
	for _, item := range obj.Items {
		k, diags := item.KeyExpr.Value(nil)
		if diags.HasErrors() {
			continue
		}
		name := k.AsString()
		if !valid(name) {
			b.r.errorf(item.KeyExpr.Range(), "Unknown name", "%q is nothing that %s of this instruction can name.", name, attr)
			continue
		}
		v, okV := m.scope.integerOf(item.ValueExpr)
		if !okV {
			continue
		}
		if !v.IsConst() {
			b.r.errorf(item.ValueExpr.Range(), "Not a constant", "Examples hold constants.")
			continue
		}
		if strings.HasSuffix(name, "[0]") && m.p.states[strings.TrimSuffix(name, "[0]")] != nil {
			name = strings.TrimSuffix(name, "[0]")
		}
		out = append(out, isa.Binding{Name: name, Value: v.Value, Pos: posOf(item.KeyExpr.Range())})
	}
	return out
}

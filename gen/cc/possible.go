package cc

import "marvelgen/gen/sem/norm"

// possible is false only if match finds nothing, which it says of most values at once.
func (m *binding) possible(p, v *norm.Value) bool {
	if p.Width != v.Width {
		return false
	}
	switch {
	case p == m.p.load:
		n := loadOf(v)
		return n >= 0 && (m.access < 0 || m.access == n)
	case p.Op == norm.Input:
		old := m.values.of(p)
		_, constant := v.IsConst()
		return old == v || old == nil && (constant || m.p.vars.of(p).register())
	case p.Op == norm.Sum, p.Op == norm.Ext && v.Op != norm.Ext:
		return true
	case p.Op == norm.Extract && p.Args[0].Op == norm.Input && p.Args[0] != m.p.load && m.p.vars.of(p.Args[0]).register():
		old := m.values.of(p.Args[0])
		return old == nil || m.b.Extract(old, p.Lo, p.Width) == v
	}
	if p.Op != v.Op || p.Signed != v.Signed || p.Lo != v.Lo || p.Name != v.Name || len(p.Args) != len(v.Args) {
		return false
	}
	if len(p.Args) == 2 && commutes(p.Op) {
		return m.possible(p.Args[0], v.Args[0]) && m.possible(p.Args[1], v.Args[1]) || m.possible(p.Args[0], v.Args[1]) && m.possible(p.Args[1], v.Args[0])
	}
	for i := range p.Args {
		if !m.possible(p.Args[i], v.Args[i]) {
			return false
		}
	}
	return true
}

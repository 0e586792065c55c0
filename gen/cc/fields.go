package cc

// operand is the value of a field: a register's number, or an immediate.
type operand struct {
	reg int
	imm int64
	sym string // not empty: the assembler's expression for the immediate
}

// fields are the values of an instruction's fields, by name: so few that a list is quickest.
type fields []fieldValue

type fieldValue struct {
	name string
	operand
}

// find is the value of a field, if it has one.
func (f fields) find(name string) (operand, bool) {
	for i := range f {
		if f[i].name == name {
			return f[i].operand, true
		}
	}
	return operand{}, false
}

// of is the value of a field, or none.
func (f fields) of(name string) operand {
	v, _ := f.find(name)
	return v
}

// set gives a field a value.
func (f *fields) set(name string, v operand) {
	for i := range *f {
		if (*f)[i].name == name {
			(*f)[i].operand = v
			return
		}
	}
	*f = append(*f, fieldValue{name, v})
}

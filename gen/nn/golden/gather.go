package golden

// runGather copies rows of a table. Indices are integers, or in the float reference
// real numbers; one beyond the table is the nearest in it.
func runGather(p *Plan, in, out []Value) {
	table := p.Node.In[0].Shape
	run := p.Node.In[0].Elements() / table[0]
	for i := range in[1].Len() {
		var row int
		if in[1].F32 != nil {
			row = int(min(max(in[1].F32[i], 0), float32(table[0]-1)))
		} else {
			row = int(min(max(in[1].I32[i], 0), int32(table[0]-1)))
		}
		for k := range run {
			move(out[0], i*run+k, in[0], row*run+k)
		}
	}
}

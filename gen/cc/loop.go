package cc

// findLoops marks the blocks that can be reached from themselves.
func (fn *function) findLoops() {
	seen := make([]*block, len(fn.blocks)) // from which block
	for _, b := range fn.blocks {
		list := append([]*block(nil), b.succ...)
		for len(list) > 0 && !b.loop {
			x := list[len(list)-1]
			list = list[:len(list)-1]
			if x == b {
				b.loop = true
			}
			if seen[x.index] != b {
				seen[x.index] = b
				list = append(list, x.succ...)
			}
		}
	}
}

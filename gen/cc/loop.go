package cc

// findLoops marks the blocks that can be reached from themselves.
func (fn *function) findLoops() {
	for _, b := range fn.blocks {
		seen := map[*block]bool{}
		list := append([]*block(nil), b.succ...)
		for len(list) > 0 && !b.loop {
			x := list[len(list)-1]
			list = list[:len(list)-1]
			if x == b {
				b.loop = true
			}
			if !seen[x] {
				seen[x] = true
				list = append(list, x.succ...)
			}
		}
	}
}

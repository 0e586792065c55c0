package cc

import "slices"

// handlers lists functions that the runtime's trap entry calls (sw/crt0.S).
var handlers = []string{"trap_handler"}

// interrupting is why a function holds no zero-overhead loops.
const interrupting = "the function interrupts others, whose loops it would break"

// quieten keeps zero-overhead loops out of functions that handle traps, and of those of the
// file that they call: there is one set of loop registers, and the code that was interrupted
// may be using it. A function that returns with mret is marked already.
func quieten(fns []*function) {
	named := map[string]*function{}
	var list []*function
	for _, fn := range fns {
		named[fn.name] = fn
		if slices.Contains(handlers, fn.name) {
			fn.quiet = interrupting
		}
		if fn.quiet == interrupting {
			list = append(list, fn)
		}
	}
	for len(list) > 0 {
		fn := list[len(list)-1]
		list = list[:len(list)-1]
		for _, b := range fn.blocks {
			for _, in := range b.insns {
				if f := named[in.target]; f != nil && f.quiet != interrupting {
					f.quiet = interrupting
					list = append(list, f)
				}
			}
		}
	}
}

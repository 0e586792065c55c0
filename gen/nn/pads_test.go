package nn

import "testing"

// TestFoldPads folds a padding that only convolutions read, and leaves those that
// something else reads, that pad channels, or that are an output.
func TestFoldPads(t *testing.T) {
	space := [][2]int{{0, 0}, {1, 2}, {3, 4}, {0, 0}}
	for _, c := range []struct {
		name  string
		pads  [][2]int
		other Op   // what else reads the padded tensor
		out   bool // it is an output of the network
		folds bool
	}{
		{"two convolutions", space, Depthwise, false, true},
		{"a pool too", space, MaxPool, false, false},
		{"channels", [][2]int{{0, 0}, {1, 1}, {1, 1}, {0, 1}}, Depthwise, false, false},
		{"batches", [][2]int{{1, 0}, {1, 1}, {1, 1}, {0, 0}}, Depthwise, false, false},
		{"an output", space, Depthwise, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, padded, w := &Tensor{Name: "x"}, &Tensor{Name: "padded"}, &Tensor{Name: "w"}
			pad := &Node{Op: Pad, In: []*Tensor{x}, Out: []*Tensor{padded}, Params: Params{Pads: c.pads}}
			conv := &Node{Op: Conv, In: []*Tensor{padded, w}, Params: Params{Window: Window{Before: [2]int{1, 0}}}}
			g := &Graph{Nodes: []*Node{pad, conv, {Op: c.other, In: []*Tensor{padded, w}}}}
			if c.out {
				g.Outputs = []*Tensor{padded}
			}
			FoldPads(g)
			if folded := len(g.Nodes) == 2; folded != c.folds {
				t.Fatalf("folded: %v", folded)
			}
			if !c.folds {
				if conv.In[0] != padded || conv.Window.Before != [2]int{1, 0} {
					t.Errorf("the convolution has changed: %+v", conv)
				}
				return
			}
			for _, n := range g.Nodes {
				if n.In[0] != x || n.In[1] != w {
					t.Errorf("%s reads %v", n.Op, n.In)
				}
			}
			if b, a := conv.Window.Before, conv.Window.After; b != [2]int{2, 3} || a != [2]int{2, 4} {
				t.Errorf("the window has padding %v and %v", b, a)
			}
		})
	}
	// Weights that are padded stay so.
	x, w, padded := &Tensor{Name: "x"}, &Tensor{Name: "w"}, &Tensor{Name: "padded"}
	g := &Graph{Nodes: []*Node{{Op: Pad, In: []*Tensor{w}, Out: []*Tensor{padded}, Params: Params{Pads: space}}, {Op: Conv, In: []*Tensor{x, padded}}}}
	if FoldPads(g); len(g.Nodes) != 2 {
		t.Error("a padding of weights is folded")
	}
}

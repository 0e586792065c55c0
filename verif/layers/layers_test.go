package layers

import "testing"

// TestCompare finds the first difference and counts all.
func TestCompare(t *testing.T) {
	l := &Layer{Name: "conv"}
	for name, tt := range map[string]struct {
		element int
		want    []byte
		got     []byte
		first   int // -1: equal
		count   int
		text    string
	}{
		"equal":       {1, []byte{1, 2, 3}, []byte{1, 2, 3}, -1, 0, ""},
		"unjudged":    {1, nil, []byte{1}, -1, 0, ""},
		"one":         {1, []byte{1, 2, 3}, []byte{1, 254, 3}, 1, 1, `layer conv: element 1 of "y" is -2, golden 2; 1 elements of it differ`},
		"two":         {1, []byte{1, 2, 3}, []byte{0, 2, 0}, 0, 2, `layer conv: element 0 of "y" is 0, golden 1; 2 elements of it differ`},
		"words":       {4, []byte{1, 0, 0, 0, 2, 0, 0, 0}, []byte{1, 0, 0, 0, 2, 0, 0, 1}, 1, 1, `layer conv: element 1 of "y" is 0x01000002, golden 0x00000002; 1 elements of it differ`},
		"too short":   {1, []byte{1, 2}, []byte{1}, 1, 1, `layer conv: element 1 of "y" is missing, golden 2; 1 elements of it differ`},
		"too long":    {1, []byte{1}, []byte{1, 2}, 1, 1, `layer conv: "y" has more than its 1 elements`},
		"no elements": {0, []byte{1}, []byte{2}, 0, 1, `layer conv: element 0 of "y" is 2, golden 1; 1 elements of it differ`},
	} {
		m := Compare(l, &Tensor{Name: "y", Element: tt.element, Want: tt.want}, tt.got)
		if (m == nil) != (tt.first < 0) {
			t.Errorf("%s: %v", name, m)
		} else if m != nil && (m.Element != tt.first || m.Count != tt.count || m.Error() != tt.text) {
			t.Errorf("%s: element %d, %d differ: %s", name, m.Element, m.Count, m)
		}
	}
}

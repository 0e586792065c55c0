package cover

import "fmt"

// Hits is what has been covered, one byte an item, to be kept and added to another
// model of the same machine later. It means nothing for any other machine.
func (c *Model) Hits() []byte {
	var out []byte
	for _, g := range c.groups {
		out = append(out, g.hit...)
	}
	return out
}

// Add adds what another model's Hits say.
func (c *Model) Add(hits []byte) error {
	n := 0
	for _, g := range c.groups {
		n += len(g.hit)
	}
	if len(hits) != n {
		return fmt.Errorf("coverage of another machine: %d items, want %d", len(hits), n)
	}
	for _, g := range c.groups {
		for i := range g.hit {
			g.hit[i] |= hits[0]
			hits = hits[1:]
		}
	}
	return nil
}

package cover

import (
	"fmt"
	"math/bits"
	"strings"
)

// Summary is the state of a model, for the report.
type Summary struct {
	Groups []Group `json:"groups"`
}

// Group is one kind of thing to cover.
type Group struct {
	Name      string         `json:"name"`
	Total     int            `json:"total"`
	Covered   int            `json:"covered"`
	By        map[string]int `json:"by_judge"` // items that each judge has hit
	Uncovered []Uncovered    `json:"uncovered,omitempty"`
}

// Uncovered is an item that no judge has hit.
type Uncovered struct {
	Item string `json:"item"`
	Why  string `json:"why,omitempty"` // if it is known why
}

// Summary says what is covered so far.
func (c *Model) Summary() Summary {
	var out Summary
	for _, g := range c.groups {
		if len(g.items) == 0 {
			continue
		}
		s := Group{Name: g.name, Total: len(g.items), By: map[string]int{}}
		for i, hit := range g.hit {
			if hit == 0 {
				s.Uncovered = append(s.Uncovered, Uncovered{g.items[i].name, g.items[i].why})
				continue
			}
			s.Covered++
			for rest := hit; rest != 0; rest &= rest - 1 {
				s.By[Judge(bits.TrailingZeros8(rest)).String()]++
			}
		}
		out.Groups = append(out.Groups, s)
	}
	return out
}

// Covered is the items covered and all there are.
func (s Summary) Covered() (covered, total int) {
	for _, g := range s.Groups {
		covered, total = covered+g.Covered, total+g.Total
	}
	return covered, total
}

// shown bounds the uncovered items of a group that Markdown lists.
const shown = 12

// Markdown is the summary as a table, with what is left uncovered below it.
func (s Summary) Markdown() string {
	var b strings.Builder
	b.WriteString("| covered | all |")
	for j := range judges {
		fmt.Fprintf(&b, " %s |", j)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", int(judges)) + "\n")
	for _, g := range s.Groups {
		fmt.Fprintf(&b, "| %s | %d of %d |", g.Name, g.Covered, g.Total)
		for j := range judges {
			fmt.Fprintf(&b, " %d |", g.By[j.String()])
		}
		b.WriteByte('\n')
	}
	for _, g := range s.Groups {
		if len(g.Uncovered) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\nNot covered of %s:\n", g.Name)
		for i, u := range g.Uncovered {
			if i == shown {
				fmt.Fprintf(&b, "- and %d more\n", len(g.Uncovered)-i)
				break
			}
			why := ""
			if u.Why != "" {
				why = " (" + u.Why + ")"
			}
			fmt.Fprintf(&b, "- %s%s\n", u.Item, why)
		}
	}
	return b.String()
}

package mutate

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"path"
)

// Explanation says why a mutant may survive that no proof shows to be equivalent.
type Explanation struct {
	File   string `json:"file"`   // base name
	Before string `json:"before"` // as in Mutant
	After  string `json:"after"`
	Reason string `json:"reason"`
}

//go:embed survivors.json
var survivors []byte

// Explained lists the explanations that are shipped: of mutants of the core, and of
// the designs that it is run with.
func Explained() ([]Explanation, error) {
	var out []Explanation
	if err := json.Unmarshal(survivors, &out); err != nil {
		return nil, fmt.Errorf("survivors.json: %w", err)
	}
	return out, nil
}

func (e *Explanation) of(m *Mutant) bool {
	return e.File == path.Base(m.File) && e.Before == m.Before && e.After == m.After
}

// reason finds the explanation of a mutant, "" if there is none.
func reason(list []Explanation, m *Mutant) string {
	for i := range list {
		if list[i].of(m) {
			return list[i].Reason
		}
	}
	return ""
}

// stale lists the explanations of files of the design that belong to none of its
// mutants.
func stale(list []Explanation, all []*Mutant) []Explanation {
	files := map[string]bool{}
	for _, m := range all {
		files[path.Base(m.File)] = true
	}
	var out []Explanation
next:
	for i := range list {
		if !files[list[i].File] {
			continue
		}
		for _, m := range all {
			if list[i].of(m) {
				continue next
			}
		}
		out = append(out, list[i])
	}
	return out
}

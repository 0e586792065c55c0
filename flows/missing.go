package flows

import (
	"fmt"
	"slices"
	"strings"
)

// MissingTool is one tool that is absent or too old, and why we think so.
type MissingTool struct {
	Tool
	Reason string
}

// MissingToolError says which tools are missing and how to get them. The
// command turns it into exit code 3.
type MissingToolError struct {
	Missing []MissingTool
}

// Error names every tool and ends with the one command that installs them.
func (e *MissingToolError) Error() string {
	var b strings.Builder
	var packages []string
	for _, m := range e.Missing {
		fmt.Fprintf(&b, "missing tool %s: %s (%s)\n", m.Name, m.Reason, m.Purpose)
		if m.Package != "" && !slices.Contains(packages, m.Package) {
			packages = append(packages, m.Package)
		}
	}
	if len(packages) == 0 {
		b.WriteString("no Debian package has it; install it from its vendor")
	} else {
		fmt.Fprintf(&b, "install with: apt-get install %s", strings.Join(packages, " "))
	}
	return b.String()
}

// Missing checks the tools of all the given steps and returns nil or a
// *MissingToolError that lists every one that is absent or too old.
func Missing(steps ...string) error {
	return missing(tools, steps)
}

func missing(table []Tool, steps []string) error {
	var e MissingToolError
	for _, t := range table {
		if !slices.ContainsFunc(t.Steps, func(s string) bool { return slices.Contains(steps, s) }) {
			continue
		}
		if _, err := t.Find(); err != nil {
			e.Missing = append(e.Missing, MissingTool{Tool: t, Reason: err.Error()})
		}
	}
	if len(e.Missing) == 0 {
		return nil
	}
	return &e
}

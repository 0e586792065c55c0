// Package flowtest lets tests depend on external tools. Where a tool is missing
// the test is skipped, except in CI, where everything that can run has to.
package flowtest

import (
	"os"
	"os/exec"
	"testing"

	"marvelgen/flows"
)

// Need stops the test unless every program is there, by its name in the tool
// table or as a command.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		_, err := exec.LookPath(p)
		if _, listed := flows.ByName(p); listed {
			_, err = flows.MustFind(p)
		}
		Missing(t, err)
	}
}

// Steps stops the test unless the tools of all the build steps are there.
func Steps(t testing.TB, steps ...string) {
	t.Helper()
	Missing(t, flows.Missing(steps...))
}

// Missing stops the test if err says that a tool is not there.
func Missing(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("in CI every tool has to be there: %v", err)
	default:
		t.Skip(err)
	}
}

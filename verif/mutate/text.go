package mutate

import (
	"fmt"
	"strings"
)

// Text is the result for people: the rate, who killed how many, kinds, survivors.
func (r *Result) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d of %d mutants killed, %.1f %% (seed %d, of %d possible; %d more are proven to be equivalent, %d do not compile; %.0f s)\n",
		r.Design, r.Killed, r.Mutants, 100*r.Rate(), r.Seed, r.Possible, r.Equivalent, r.Rejected, r.Seconds)
	fmt.Fprintf(&b, "\n  %-16s %7s %8s\n", "judge", "killed", "seconds")
	for _, j := range r.Judges {
		fmt.Fprintf(&b, "  %-16s %7d %8.1f\n", j.Judge, j.Killed, j.Seconds)
	}
	fmt.Fprintf(&b, "\n  %-16s %7s %8s %11s\n", "kind", "killed", "mutants", "equivalent")
	for _, k := range r.Kinds {
		fmt.Fprintf(&b, "  %-16s %7d %8d %11d\n", k.Kind, k.Killed, k.Mutants, k.Equivalent)
	}
	for _, f := range r.Survivors {
		reason := f.Reason
		if reason == "" {
			reason = "NOT EXPLAINED"
		}
		fmt.Fprintf(&b, "\n  survives: %s\n    %s\n", f.Mutant, reason)
	}
	return b.String()
}

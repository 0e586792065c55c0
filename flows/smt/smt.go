// Package smt asks SMT solvers whether a script of SMT-LIB 2 (QF_BV) has a model.
package smt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"marvelgen/flows"
)

// Solver is one decision procedure.
type Solver struct {
	Name string // as flows.Tools has it
	// args is the command line for a script, which is to give up after so many seconds.
	args func(script string, seconds int) []string
	// Equations: the solver knows no define-fun; definitions are given as constants
	// and equations.
	Equations bool
}

// Solvers are independent of each other in code and origin, most able first.
var Solvers = []Solver{
	{Name: "z3", args: func(s string, n int) []string { return []string{"-smt2", fmt.Sprintf("-T:%d", n), s} }},
	{Name: "cvc5", args: func(s string, n int) []string {
		return []string{"--lang=smt2", fmt.Sprintf("--tlimit=%d", 1000*n), s}
	}},
	{Name: "boolector", Equations: true, args: func(s string, n int) []string {
		return []string{"--smt2", "-m", "-t", fmt.Sprint(n), s}
	}},
}

// ByName finds a solver.
func ByName(name string) (Solver, bool) {
	for _, s := range Solvers {
		if s.Name == name {
			return s, true
		}
	}
	return Solver{}, false
}

// Answer is what a solver says of a script.
type Answer string

// Answers. Unknown covers a solver that gave up and one that ran out of time.
const (
	Sat     Answer = "sat"
	Unsat   Answer = "unsat"
	Unknown Answer = "unknown"
)

// Result is one question answered.
type Result struct {
	Solver  string
	Answer  Answer
	Seconds float64
	Output  string // all the solver printed: the model, if the script asks for one
}

// Solve asks the solver about the script at path, for at most limit. A
// solver that prints anything but an answer first is an error; one that is not
// installed is a *flows.MissingError.
func Solve(ctx context.Context, s Solver, path string, limit time.Duration) (Result, error) {
	exe, err := flows.MustFind(s.Name)
	if err != nil {
		return Result{}, err
	}
	start := time.Now()
	// The solver's own limit ends it in an orderly way; ours is for one that does not keep it.
	hard, cancel := context.WithTimeout(ctx, limit+5*time.Second)
	defer cancel()
	out, err := flows.Run(hard, flows.Cmd{Path: exe, Args: s.args(filepath.Base(path), max(1, int(limit.Seconds()))), Dir: filepath.Dir(path)})
	r := Result{Solver: s.Name, Answer: Unknown, Seconds: time.Since(start).Seconds(), Output: out}
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	first, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	switch first = strings.TrimSpace(first); {
	case first == string(Sat), first == string(Unsat): // a model may be asked of unsat, which is an error to some
		r.Answer = Answer(first)
	case first == "unknown", first == "timeout", first == "", strings.Contains(first, "interrupted"), errors.Is(err, context.DeadlineExceeded):
	default:
		return r, fmt.Errorf("%s does not understand %s: %s", s.Name, filepath.Base(path), first)
	}
	return r, nil
}

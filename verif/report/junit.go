package report

import (
	"bytes"
	"fmt"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"marvelgen/verif/formal"
)

// JUnit is the report as JUnit XML, which CI systems show: a suite for the spec
// and one for each design, a case for each step and each proof. A proof that is
// open is skipped, with its reason; it fails the report only where the build asked
// for all proofs, by the step it belongs to.
func (r *Report) JUnit() ([]byte, error) {
	all := junit.Testsuites{Name: "marvelgen " + r.Spec.Name}
	all.AddSuite(suite(r.Spec.Name, r.Steps))
	for i := range r.Designs {
		d := &r.Designs[i]
		s := suite(r.Spec.Name+"."+d.Name, d.Steps)
		for _, u := range d.Units {
			for _, p := range u.Proofs {
				c := testcase(s.Name+".units."+u.Name, p.Name, p.Seconds)
				outcome(&c, p.Status == formal.Proven, p.Status == formal.Failed, p.Says, p.Detail)
				s.AddTestcase(c)
			}
		}
		for _, p := range d.Core {
			c := testcase(s.Name+".core."+p.Kind, p.Name, p.Seconds)
			outcome(&c, p.Proven, p.Failed, p.Status+": "+p.Says, p.Detail)
			s.AddTestcase(c)
		}
		if d.Mutation != nil {
			for _, f := range d.Mutation.Survivors {
				c := testcase(s.Name+".mutants", f.Mutant.String(), 0)
				outcome(&c, false, f.Reason == "", "survives: "+f.Reason, "")
				s.AddTestcase(c)
			}
		}
		all.AddSuite(s)
	}
	var b bytes.Buffer
	if err := all.WriteXML(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func suite(name string, list []Step) junit.Testsuite {
	s := junit.Testsuite{Name: name}
	for _, st := range list {
		c := testcase(name, st.Name, st.Seconds)
		switch st.Status {
		case "failed":
			c.Failure = &junit.Result{Message: firstLine(st.Error), Data: st.Error}
		case "skipped":
			c.Skipped = &junit.Result{Message: "a step that it needs failed"}
		}
		s.AddTestcase(c)
	}
	return s
}

func testcase(class, name string, seconds float64) junit.Testcase {
	return junit.Testcase{Classname: class, Name: name, Time: fmt.Sprintf("%.3f", seconds)}
}

func outcome(c *junit.Testcase, passed, failed bool, says, detail string) {
	switch {
	case passed:
	case failed:
		c.Failure = &junit.Result{Message: says, Data: detail}
	default:
		c.Skipped = &junit.Result{Message: says}
	}
}

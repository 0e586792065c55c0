package pass_test

import (
	"fmt"
	"math"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"marvelgen/gen/isa"
	"marvelgen/gen/pass"
	"marvelgen/gen/spec"
	"marvelgen/verif/bound"
)

// quarter approximates exp(-x) for x from 0 to 4 by 16 entries, in 2^-8.
const quarter = `extension "t" {
}
table "falling" {
  bits   = 9
  values = [for k in range(16) : round(256 * exp(-k / 4))]
}
instruction "fall" {
  summary  = "x"
  assembly = "mv.fall rd, rs1, imm"
  encoding {
    format = "I"
    opcode = "custom-0"
    funct3 = 0
  }
  write {
    rd = shr(falling[bits(rs1, 5, 2)], bits(imm, 3, 0))
  }
  accuracy {
    from     = 0
    to       = 60
    step     = 4
    given    = { rs1 = i, imm = %s }
    function = %s
    result   = rd / 256
    %s
  }
}
`

func accuracyOf(t *testing.T, src string) (*isa.Spec, []isa.Problem) {
	t.Helper()
	s, problems := spec.Parse("t.hcl", []byte(src))
	for _, p := range problems {
		t.Fatal(p)
	}
	return s, pass.CheckAccuracy(s)
}

// TestAccuracy measures what half a unit in the last place makes, and refuses what is
// beyond a bound or no number.
func TestAccuracy(t *testing.T) {
	s, problems := accuracyOf(t, fmt.Sprintf(quarter, "0", "exp(-i / 16)", "error = 0.00196"))
	for _, p := range problems {
		t.Error(p)
	}
	a := s.Exts[0].Accuracy[0]
	worst := 0.
	for k := range 16 {
		v := math.Exp(-float64(k) / 4)
		worst = max(worst, math.Abs(math.Round(256*v)/256-v))
	}
	if a.Points != 16 || math.Abs(a.Worst-worst) > 1e-15 {
		t.Errorf("%d points, error %g, want 16 and %g", a.Points, a.Worst, worst)
	}
	if want := "rd / 256 is exp(-i / 16) for rs1 = i, imm = 0, i from 0 to 60 in steps of 4: error at most 0.00196, measured"; !strings.HasPrefix(a.String(), want) {
		t.Errorf("%s", a)
	}
	for name, c := range map[string]struct{ shift, function, bound, want string }{
		"bound":     {"0", "exp(-i / 16)", "error = 0.0001", "the error is 0.00"},
		"relative":  {"0", "exp(-i / 16)", "relative = 0.001", "at most 0.001 is allowed"},
		"infinite":  {"0", "1 / i", "error = 1", "where i is 0, 1 / i is +Inf"},
		"zero":      {"0", "i - i", "relative = 1", "where i is 0, i - i is 0"},
		"fraction":  {"i / 8", "exp(-i / 16)", "error = 1", "imm = i / 8 is 0.5 where i is 4"},
		"immediate": {"100 * i", "exp(-i / 16)", "error = 1", "imm: "},
		"operand":   {"1", "exp(-i / 16)", "error = 0.1", "where i is 0, rs1 = 0, imm = 1, exp(-i / 16) is 1 and rd / 256 is 0.5"},
	} {
		_, problems := accuracyOf(t, fmt.Sprintf(quarter, c.shift, c.function, c.bound))
		if len(problems) != 1 || !strings.Contains(problems[0].Detail, c.want) || problems[0].Pos.Line != 18 {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// TestAccuracyIsBounded: a spec with more to try than any needs is refused at once.
func TestAccuracyIsBounded(t *testing.T) {
	src := fmt.Sprintf(quarter, "0", "exp(-i / 16)"+strings.Repeat(" + 0 * i", 40), "error = 1")
	block := src[strings.Index(src, "  accuracy"):]
	block = strings.Replace(strings.TrimSuffix(block, "}\n"), "to       = 60\n    step     = 4", "to       = 1048575", 1)
	start := bound.CPU()
	_, problems := accuracyOf(t, strings.TrimSuffix(src, "}\n")+strings.Repeat(block, 30)+"}\n")
	if len(problems) == 0 || problems[0].Summary != "Too many points" || bound.CPU()-start > 20*time.Second {
		t.Errorf("%s, %d problems: %v", bound.CPU()-start, len(problems), problems[:min(1, len(problems))])
	}
}

// TestAccuracyFindsWrongEntries damages each table of the shipped spec in one entry.
func TestAccuracyFindsWrongEntries(t *testing.T) {
	const file = "../../specs/transformer.hcl"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, problems := spec.Parse(file, src)
	if problems = append(problems, pass.CheckAccuracy(s)...); len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, x := range s.Exts {
		for _, a := range x.Accuracy {
			if a.Worst > a.Bound || a.Points < 200 {
				t.Errorf("%s: %s", x.Name, a)
			}
			if a.Worst < a.Bound/3 {
				t.Errorf("%s: the bound is no tight one: %s", x.Name, a)
			}
		}
	}
	for _, table := range s.Tables {
		if !strings.HasSuffix(table.Name, "_at") && !strings.HasSuffix(table.Name, "_step") {
			continue
		}
		for _, k := range []int{1, len(table.Values) / 2, len(table.Values) - 2} {
			right := table.Values[k]
			one := &isa.Spec{Tables: s.Tables}
			for _, x := range s.Exts {
				if strings.HasPrefix(table.Name, x.Name+"_") {
					one.Exts = append(one.Exts, x)
				}
			}
			table.Values[k] = new(big.Int).Xor(right, big.NewInt(32))
			if len(pass.CheckAccuracy(one)) == 0 {
				t.Errorf("entry %d of %s may be %s in place of %s", k, table.Name, table.Values[k], right)
			}
			table.Values[k] = right
		}
	}
}

package emit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWholeProduct wants the core's product where its operands are signed as the
// meaning takes them, and a multiplier where funct3 makes them unsigned.
func TestWholeProduct(t *testing.T) {
	for _, c := range []struct {
		funct3   int
		value    string
		borrowed bool
	}{
		{0, "asr(s32(rs1) * s32(rs2), 30)", true},
		{5, "bits(s32(rs2) * s32(rs1), 57, 40)", true},
		{2, "asr(s32(rs1) * s32(rs2), 30)", false},
		{7, "asr(s32(rs1) * s32(rs2), 30)", false},
		{0, "asr(rs1 * rs2, 30)", false},
		{0, "asr(s32(rs1) * s32(rs1), 30)", false},
	} {
		file := filepath.Join(t.TempDir(), "product.hcl")
		text := fmt.Sprintf(`extension "product" {
  summary = "One product"
}

instruction "high" {
  summary  = "Part of a product"
  assembly = "mv.high rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-0"
    funct3 = %d
    funct7 = 0
  }
  write {
    rd = %s
  }
}

design "one" {
  summary      = "all of it"
  instructions = ["high"]
}
`, c.funct3, c.value)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, f := range files(t, last(t, file)) {
			if strings.HasSuffix(f.Path, "/product_one_high.v") {
				v := string(f.Data)
				if own := strings.Contains(v, " * $signed") || strings.Contains(v, "} * "); own == c.borrowed || strings.Contains(v, "w_whole_i") != c.borrowed {
					t.Errorf("funct3 %d, %s: multiplies %v", c.funct3, c.value, own)
				}
			}
		}
	}
}

package tflite

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	flatbuffers "github.com/google/flatbuffers/go"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite/schema"
	"marvelgen/verif/bound"
)

// everything is one model with all operators, small enough for a fuzzer.
func everything() []byte {
	n := newNet()
	for _, c := range operatorCases {
		c.build(n)
	}
	return n.bytes()
}

// try imports a file that may be damaged. Whatever comes of it must be a graph
// that passes its check or a located error.
func try(t *testing.T, data []byte) bool {
	g, err := Import("f.tflite", data)
	if err == nil {
		if err := g.Check(); err != nil {
			t.Errorf("accepted, but: %v", err)
		}
		return true
	}
	var located *nn.Error
	if !errors.As(err, &located) || !strings.HasPrefix(err.Error(), "f.tflite: ") {
		t.Errorf("not located: %v", err)
	}
	return false
}

// TestEveryByte damages each byte of a model in several ways.
func TestEveryByte(t *testing.T) {
	good := everything()
	if !try(t, good) {
		t.Fatal("the model itself is refused")
	}
	accepted, refused := 0, 0
	for i := range good {
		for _, flip := range []byte{0x01, 0x04, 0x80, 0xff} {
			bad := slices.Clone(good)
			bad[i] ^= flip
			if try(t, bad) {
				accepted++
			} else {
				refused++
			}
		}
	}
	t.Logf("%d bytes, %d damages accepted, %d refused", len(good), accepted, refused)
	if accepted < 100 || refused < 1000 {
		t.Error("the damage does not tell files apart")
	}
}

func TestEveryLength(t *testing.T) {
	good := everything()
	for n := range good {
		if try(t, good[:n:n]) && n < len(good)-4 { // the last are a zero and padding
			t.Errorf("accepted %d of %d bytes", n, len(good))
		}
	}
}

// TestDamagedModels damages real models at seeded places.
func TestDamagedModels(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(models(t), "*.tflite"))
	r := rand.New(rand.NewPCG(1, 2))
	for _, file := range files {
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for range 300 {
			bad := slices.Clone(good)
			for range 1 + r.IntN(4) {
				bad[r.IntN(len(bad))] ^= byte(1 << r.IntN(8))
			}
			try(t, bad[:len(bad)-r.IntN(2)*r.IntN(len(bad))])
		}
	}
}

// TestVerifyIsNeeded shows that the runtime alone panics on what verify refuses.
func TestVerifyIsNeeded(t *testing.T) {
	good := everything()
	panics := 0
	for n := 8; n < len(good); n += 7 {
		if verify(good[:n:n]) == nil {
			continue
		}
		func() {
			defer func() {
				if recover() != nil {
					panics++
				}
			}()
			schema.GetRootAsModel(good[:n:n], 0).UnPack()
		}()
	}
	if panics < 100 {
		t.Errorf("%d panics", panics)
	}
}

// TestSharedTables builds a small file that unfolds to 10^12 tensors: one tensor
// stands a thousand times in one vector, which is that of a thousand graphs.
func TestSharedTables(t *testing.T) {
	b := flatbuffers.NewBuilder(1024)
	repeat := func(o flatbuffers.UOffsetT) flatbuffers.UOffsetT {
		b.StartVector(4, 1000, 4)
		for range 1000 {
			b.PrependUOffsetT(o)
		}
		return b.EndVector(1000)
	}
	tensors := repeat((&schema.TensorT{Shape: []int32{1}}).Pack(b))
	schema.SubGraphStart(b)
	schema.SubGraphAddTensors(b, tensors)
	graphs := repeat(schema.SubGraphEnd(b))
	schema.ModelStart(b)
	schema.ModelAddVersion(b, 3)
	schema.ModelAddSubgraphs(b, graphs)
	b.FinishWithFileIdentifier(schema.ModelEnd(b), []byte("TFL3"))
	bound.Check(t, 5*time.Second, 1<<24, func() {
		_, err := Import("f.tflite", b.FinishedBytes())
		if err == nil || !strings.Contains(err.Error(), "more tables than a file of") {
			t.Error(err)
		}
	})
}

// TestLayouts compares what the verifier knows with the schema, field by field.
func TestLayouts(t *testing.T) {
	text, err := os.ReadFile("schema.fbs")
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string]string{}
	for _, m := range regexp.MustCompile(`(?s)table (\w+) \{(.*?)\n\}`).FindAllStringSubmatch(string(text), -1) {
		bodies[m[1]] = m[2]
	}
	line := regexp.MustCompile(`\w+:(\[?\w+\]?)[^(\n]*\(id: (\d+)(, deprecated)?`)
	var build func(table string) layout
	build = func(table string) layout {
		var l layout
		for _, m := range line.FindAllStringSubmatch(bodies[table], -1) {
			id, _ := strconv.Atoi(m[2])
			f := field{}
			switch typ := strings.Trim(m[1], "[]"); {
			case m[3] != "":
			case bodies[typ] != "" && typ != m[1]:
				f = tables(build(typ))
			case bodies[typ] != "":
				f = field{kind: child, of: build(typ)}
			case typ == "BuiltinOptions":
				l = append(l, i8)
				f = field{kind: choice}
			case m[1] == "string":
				f = field{kind: vector, size: 1}
			default:
				f = field{kind: number, size: map[string]int64{"byte": 1, "ubyte": 1, "bool": 1, "TensorType": 1, "Padding": 1, "Activation": 1,
					"int": 4, "uint": 4, "float": 4, "BuiltinOperator": 4, "long": 8, "ulong": 8}[typ]}
				if typ != m[1] {
					f.kind = vector
				}
			}
			if l = append(l, f); len(l) != id+1 {
				t.Fatalf("%s: field %d stands at %d", table, id, len(l)-1)
			}
		}
		return l
	}
	same := func(table string, have layout) {
		if want := build(table); !equal(have, want) {
			t.Errorf("%s: the verifier knows %+v, the schema says %+v", table, have, want)
		}
	}
	same("Model", modelLayout)
	for typ, l := range optionLayouts {
		same(typ.String(), l)
	}
	if len(optionLayouts) != len(schema.EnumNamesBuiltinOptions)-1 {
		t.Errorf("%d options verified of %d", len(optionLayouts), len(schema.EnumNamesBuiltinOptions)-1)
	}
	if equal(layout{i8}, layout{i32}) {
		t.Error("the comparison does not tell fields apart")
	}
}

func equal(a, b layout) bool {
	return slices.EqualFunc(a, b, func(x, y field) bool { return x.kind == y.kind && x.size == y.size && equal(x.of, y.of) })
}

// FuzzImport looks for panics, hangs and allocations beyond what a file of that
// size may cost.
func FuzzImport(f *testing.F) {
	f.Add(convNet().bytes())
	for _, c := range operatorCases {
		n := newNet()
		c.build(n)
		f.Add(n.bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		bound.Check(t, 5*time.Second, 1<<22+256*uint64(len(data)), func() { try(t, data) })
	})
}

// FuzzPatches damages a model with all operators at places and in ways that the
// fuzzer chooses: three bytes each, where and what. Most files still hang
// together, so it reaches deeper than FuzzImport.
func FuzzPatches(f *testing.F) {
	good := everything()
	f.Add([]byte{})
	f.Add([]byte{0x10, 0x20, 1, 0x02, 0x03, 0xff})
	f.Fuzz(func(t *testing.T, patches []byte) {
		bad := slices.Clone(good)
		for ; len(patches) >= 3; patches = patches[3:] {
			bad[(int(patches[0])<<8|int(patches[1]))%len(bad)] ^= patches[2]
		}
		bound.Check(t, 5*time.Second, 1<<22+256*uint64(len(bad)), func() { try(t, bad) })
	})
}

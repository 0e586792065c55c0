package network

import (
	"fmt"
	"math"
	"os"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/onnx"
	"marvelgen/gen/nn/samples"
)

// ReadSamples is samples.Read, and takes ONNX tensors (.pb) too.
func ReadSamples(file string, t *nn.Tensor, o samples.Options) (samples.Samples, error) {
	return samples.Read(file, t, withTensors(o))
}

func withTensors(o samples.Options) samples.Options {
	o.Decode = map[string]func([]byte) (*nn.Tensor, error){".pb": onnx.ReadTensor}
	return o
}

// Expected is what a file says that one sample's outputs should be.
type Expected struct {
	bytes []byte    // of all outputs; or
	real  []float32 // numbers of the only output, in the graph's order
	exact bool      // the numbers are elements of the output's type
}

// ReadExpected reads what at least n samples should give: an array for the only output,
// or else raw bytes of all outputs.
func (m *Model) ReadExpected(file string, n int) ([]Expected, error) {
	var all []Expected
	if o := withTensors(samples.Options{}); o.IsArray(file) {
		if len(m.Graph.Outputs) != 1 {
			return nil, fmt.Errorf("%s: the network has %d outputs, an array holds one: use .bin", file, len(m.Graph.Outputs))
		}
		real, own, err := samples.ReadReal(file, m.Graph.Outputs[0], o)
		if err != nil {
			return nil, err
		}
		for _, r := range real {
			all = append(all, Expected{real: r, exact: own})
		}
		if len(all) < n {
			return nil, fmt.Errorf("%s has %d samples, %d are needed", file, len(all), n)
		}
		return all, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	each := m.C.Memory.OutputBytes
	if len(data)%each != 0 || len(data) < n*each {
		return nil, fmt.Errorf("%s has %d bytes; %d samples of %d bytes are needed", file, len(data), n, each)
	}
	for ; len(data) > 0; data = data[each:] {
		all = append(all, Expected{bytes: data[:each]})
	}
	return all, nil
}

// floatShare is by how much of the largest one float outputs may be off.
const floatShare = 1e-4

// Unexpected compares outputs with what they should be. Bytes, and elements of the
// output's own integer type, must be equal. Real numbers must be within one quantisation
// step of the output, beside what float32 rounds them by; those of a float output
// within 1e-4 of the largest. The difference comes back, or nil.
func (m *Model) Unexpected(want Expected, got []byte) error {
	if want.real == nil {
		for _, t := range m.Graph.Outputs {
			n := t.Bytes()
			if d := compareOutput("expected output", t, want.bytes[:n], got[:n]); d != nil {
				return d
			}
			want.bytes, got = want.bytes[n:], got[n:]
		}
		return nil
	}
	values, err := m.Values(got)
	if err != nil {
		return err
	}
	t := m.Graph.Outputs[0]
	allowed := 0.
	switch {
	case t.Type == nn.Float32:
		allowed = floatShare * largest(want.real)
	case t.Quant != nil && !want.exact:
		allowed = float64(t.Quant.Scale[0])
	}
	return apart(t, golden.Real(t, values[0]), want.real, allowed)
}

// apart says where numbers differ by more than is allowed.
func apart(t *nn.Tensor, got, want []float32, allowed float64) error {
	first, count, most := -1, 0, 0.
	for i, w := range want {
		miss := math.Abs(float64(got[i]) - float64(w))
		if got[i] == w || miss <= allowed+1e-6*math.Abs(float64(w)) && !math.IsInf(float64(w), 0) {
			continue
		}
		if count++; first < 0 {
			first = i
		}
		most = max(most, miss)
	}
	if first < 0 {
		return nil
	}
	unit := ""
	if t.Quant != nil {
		unit = fmt.Sprintf(" (%.2f quantisation steps)", most/float64(t.Quant.Scale[0]))
	}
	return fmt.Errorf("expected output: element %d of %q is %v, expected %v; %d elements are off by more than %.4g, at most by %.4g%s",
		first, t.Name, got[first], want[first], count, allowed, most, unit)
}

// largest is the largest magnitude that is finite.
func largest(v []float32) float64 {
	top := 0.
	for _, x := range v {
		if a := math.Abs(float64(x)); !math.IsInf(a, 0) {
			top = max(top, a)
		}
	}
	return top
}

package onnx

import (
	"fmt"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/onnx/schema"
)

// ReadTensor reads a file that holds one tensor, as the inputs and outputs of ONNX's
// test data do (input_0.pb). The tensor has data of float32, uint8, int8, int32 or
// int64, in the file's order of dimensions, which there may be none of, and of which
// some may be 0; float64 is rounded to float32. It keeps no part of the file. Errors are
// *nn.Error, without the file's name, which it does not know.
func ReadTensor(data []byte) (*nn.Tensor, error) {
	p := new(schema.Tensor)
	if err := unmarshal(data, p); err != nil {
		return nil, &nn.Error{Problem: fmt.Sprintf("damaged, or no ONNX tensor: %v", err)}
	}
	bad := func(problem string) error {
		e := &nn.Error{Problem: problem}
		if p.Name != "" {
			e.Tensor = label(p.Name)
		}
		return e
	}
	switch p.DataType {
	case 0:
		return nil, bad("damaged, or no ONNX tensor: its elements have no type")
	case typeBool:
		return nil, bad("elements of bool are no numbers")
	}
	a, err := (&reader{budget: maxExpanded + 2*len(data)}).unpack(p)
	if err != nil {
		return nil, bad(err.Error())
	}
	t := &nn.Tensor{Name: nn.Printable(p.Name), Shape: a.shape}
	switch a.typ {
	case typeFloat:
		t.Type, t.F32 = nn.Float32, a.f
	case typeUint8:
		t.Type, t.U8 = nn.UInt8, a.b
	case typeInt8:
		t.Type, t.I8 = nn.Int8, make([]int8, len(a.b))
		for i, v := range a.b {
			t.I8[i] = int8(v)
		}
	case typeInt32:
		t.Type, t.I32 = nn.Int32, make([]int32, len(a.i))
		for i, v := range a.i {
			t.I32[i] = int32(v)
		}
	case typeInt64:
		t.Type, t.I64 = nn.Int64, a.i
	}
	return t, nil
}

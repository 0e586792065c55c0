package onnx

import (
	"math"

	"marvelgen/gen/nn"
)

const dynamic = ": its scales are known at run time only; quantise statically, with QuantizeLinear and DequantizeLinear"

// operators are those of the format that the importer reads, by name. They are set
// at start, since some of them refer to the table.
var operators map[string]kinds

func init() {
	operators = map[string]kinds{
		"Conv":               {2, 3, byChannel, conv, nil, ""},
		"ConvTranspose":      {2, 3, byChannel, convTranspose, nil, ""},
		"Gemm":               {2, 3, fileOrder, gemm, nil, ""},
		"MatMul":             {2, 2, fileOrder, matMul, nil, ""},
		"AveragePool":        {1, 1, byChannel, averagePool, nil, ""},
		"MaxPool":            {1, 1, byChannel, maxPool, nil, ""},
		"GlobalAveragePool":  {1, 1, byChannel, globalAverage, nil, ""},
		"GlobalMaxPool":      {1, 1, byChannel, globalMax, nil, ""},
		"BatchNormalization": {5, 5, byChannel, batchNorm, nil, ""},
		"Resize":             {1, 4, byChannel, resize, nil, ""},
		"Upsample":           {1, 2, byChannel, resize, nil, ""},
		"ReduceMean":         {1, 2, fileOrder, reduceMean, nil, ""},

		"Add":         {2, 2, anyOrder, add, foldAdd, ""},
		"Sub":         {2, 2, anyOrder, sub, foldSub, ""},
		"Mul":         {2, 2, anyOrder, mul, foldMul, ""},
		"Div":         {2, 2, anyOrder, div, foldDiv, ""},
		"Sum":         {1, maxEdges, anyOrder, sum, foldAdd, ""},
		"Relu":        {1, 1, anyOrder, unary(nn.Relu), foldUnary(func(x float64) float64 { return max(x, 0) }), ""},
		"LeakyRelu":   {1, 1, anyOrder, unary(nn.LeakyRelu), nil, ""},
		"HardSwish":   {1, 1, anyOrder, unary(nn.HardSwish), nil, ""},
		"Sigmoid":     {1, 1, anyOrder, unary(nn.Sigmoid), nil, ""},
		"Tanh":        {1, 1, anyOrder, unary(nn.Tanh), nil, ""},
		"HardSigmoid": {1, 1, anyOrder, hardSigmoid, nil, ""},
		"Clip":        {1, 3, anyOrder, clip, nil, ""},
		"Softmax":     {1, 1, fileOrder, softmax, nil, ""},

		"LayerNormalization": {2, 3, fileOrder, layerNorm, nil, ""},
		"Gelu":               {1, 1, anyOrder, gelu, nil, ""},
		"Gather":             {2, 2, fileOrder, gather, foldGather, ""},
		"Where":              {3, 3, fileOrder, where, foldWhere, ""},

		microsoft + ".Gelu":                   {1, 1, anyOrder, biasGelu, nil, ""},
		microsoft + ".BiasGelu":               {2, 2, anyOrder, biasGelu, nil, ""},
		microsoft + ".FastGelu":               {1, 2, anyOrder, fastGelu, nil, ""},
		microsoft + ".FusedMatMul":            {2, 2, fileOrder, fusedMatMul, nil, ""},
		microsoft + ".SkipLayerNormalization": {3, 5, fileOrder, skipLayerNorm, nil, ""},

		// Parts of layer normalisation and of GELU.
		"Erf":        {1, 1, anyOrder, piecewise(opErf), foldUnary(math.Erf), ""},
		"Sqrt":       {1, 1, anyOrder, piecewise(opSqrt), foldUnary(math.Sqrt), ""},
		"Pow":        {2, 2, anyOrder, pow, foldPower, ""},
		"Reciprocal": {1, 1, anyOrder, reciprocal, foldUnary(func(x float64) float64 { return 1 / x }), ""},

		"QuantizeLinear":   {2, 3, anyOrder, quantize, foldQuantize, ""},
		"DequantizeLinear": {2, 3, anyOrder, dequantize, foldDequantize, ""},

		"Identity":  {1, 1, anyOrder, pass, foldPass, ""},
		"Dropout":   {1, 3, anyOrder, dropout, nil, ""},
		"Cast":      {1, 1, anyOrder, cast, foldCast, ""},
		"Reshape":   {1, 2, fileOrder, reshape, foldReshape, ""},
		"Flatten":   {1, 1, fileOrder, reshape, foldReshape, ""},
		"Squeeze":   {1, 2, fileOrder, reshape, foldReshape, ""},
		"Unsqueeze": {1, 2, fileOrder, reshape, foldReshape, ""},
		"Transpose": {1, 1, fileOrder, transpose, foldTranspose, ""},
		"Expand":    {2, 2, fileOrder, expand, foldExpand, ""},
		"Concat":    {1, maxEdges, anyOrder, concat, foldConcat, ""},
		"Split":     {1, 2, anyOrder, split, nil, ""},
		"Slice":     {1, 5, anyOrder, slice, foldSlice, ""},
		"Pad":       {1, 4, anyOrder, pad, nil, ""},

		// On constants only.
		"Constant":        {0, 0, fileOrder, unfolded, constant, ""},
		"ConstantOfShape": {1, 1, fileOrder, unfolded, constantOfShape, ""},
		"Shape":           {1, 1, fileOrder, shapeOf, nil, ""},
		"Size":            {1, 1, fileOrder, sizeOf, nil, ""},
		"Range":           {3, 3, fileOrder, unfolded, foldRange, ""},
		"ReduceProd":      {1, 2, fileOrder, unfolded, foldProduct, ""},
		"Min":             {1, maxEdges, fileOrder, unfolded, foldMin, ""},
		"Max":             {1, maxEdges, fileOrder, unfolded, foldMax, ""},
		"Neg":             {1, 1, fileOrder, unfolded, foldNeg, ""},
		"Floor":           {1, 1, fileOrder, unfolded, foldUnary(math.Floor), ""},
		"Ceil":            {1, 1, fileOrder, unfolded, foldUnary(math.Ceil), ""},
		"Exp":             {1, 1, fileOrder, unfolded, foldUnary(math.Exp), ""},

		"Equal":          {2, 2, fileOrder, mask, foldCompare(func(a, b float64) bool { return a == b }), ""},
		"Less":           {2, 2, fileOrder, mask, foldCompare(func(a, b float64) bool { return a < b }), ""},
		"LessOrEqual":    {2, 2, fileOrder, mask, foldCompare(func(a, b float64) bool { return a <= b }), ""},
		"Greater":        {2, 2, fileOrder, mask, foldCompare(func(a, b float64) bool { return a > b }), ""},
		"GreaterOrEqual": {2, 2, fileOrder, mask, foldCompare(func(a, b float64) bool { return a >= b }), ""},
		"Not":            {1, 1, fileOrder, mask, foldNot, ""},
		"Trilu":          {1, 2, fileOrder, mask, foldTrilu, ""},

		"MatMulInteger":         {why: dynamic},
		"ConvInteger":           {why: dynamic},
		"DynamicQuantizeLinear": {why: dynamic},
	}
}

// unfolded is an operator that is supported on constants only.
func unfolded(o *op) error {
	return o.errorf("operator %s is supported on constants only", o.title())
}

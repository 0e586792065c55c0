// Package specs holds the shipped specs: the base ISA, the extensions, the C
// programs that they run, and a network.
package specs

import "embed"

// FS holds isa/*.hcl, the extensions *.hcl and programs/*.
//
//go:embed *.hcl isa/*.hcl programs/*
var FS embed.FS

// LeNet5 is a TensorFlow Lite model, trained and quantised here: networks/README.md
// has the recipe. It takes the pixels of MNIST less 128 and gives probabilities.
//
//go:embed networks/lenet5.tflite
var LeNet5 []byte

// Digit is an image for it, 28x28 in ASCII PGM (P2): a 3.
//
//go:embed networks/digit.pgm
var Digit []byte

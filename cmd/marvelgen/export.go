package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/gen/nn/tflite"
)

func exportCommand() *cobra.Command {
	var output string
	var c network.Calibration
	cmd := &cobra.Command{
		Use:   "export MODEL -o FILE.tflite",
		Short: "Write a network as an int8 TensorFlow Lite model, for other tools",
		Long: "Writes the network that run executes: of one in floats, its quantised form. Other compilers, as TVM, take it from there;\n" +
			"marvelgen run --tvm compares what they make of it.",
		Example: "  marvelgen export zoo:mobilenetv2 -o mobilenetv2.tflite",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !network.IsModel(args[0]) {
				return &build.UsageError{Message: args[0] + ": " + network.Kinds}
			}
			g, _, err := network.Import(cmd.Context(), args[0], c)
			if err != nil {
				return err
			}
			data, err := tflite.Write(g)
			if err != nil {
				return err
			}
			if err := writeWhole(output, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
				return err
			}
			fmt.Printf("%s: %d bytes\n", output, len(data))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVarP(&output, "output", "o", "", "file to write")
	_ = cmd.MarkFlagRequired("output")
	f.StringVar(&c.File, "calibrate", "", "network in floats: file of inputs to quantise it by (default: random)")
	f.Uint64Var(&c.Seed, "seed", 1, "seed of random inputs")
	return cmd
}

package random

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"marvelgen/flows/flowtest"
)

func qemu(t *testing.T) Options {
	flowtest.Need(t, "qemu")
	path, err := exec.LookPath("qemu-system-riscv32")
	if err != nil {
		t.Fatal(err)
	}
	n, _ := strconv.ParseInt(os.Getenv("RANDOM_INSTRUCTIONS"), 10, 64)
	return Options{Machine: machine(t, marvel, "v0", 0), QEMU: path, Instructions: max(n, 60_000), Seed: 1, Dir: t.TempDir(), Replay: "replay"}
}

func TestAgainstQEMU(t *testing.T) {
	o := qemu(t)
	start := time.Now()
	res, err := AgainstQEMU(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v, %.0f instructions/s", res, float64(res.Instructions)/time.Since(start).Seconds())
	if res.Traps == 0 {
		t.Errorf("%+v", res)
	}
}

// TestQEMUBites gives either side a bug.
func TestQEMUBites(t *testing.T) {
	for name, change := range map[string]func(o *Options){
		"the simulator has another instruction": func(o *Options) { o.Machine = swapped(t, o.Machine, "sra", "srl") },
		"QEMU's log is patched: another cause": func(o *Options) {
			o.patch = func(d *dump) {
				if d.csr[2] == 3 {
					d.csr[2] = 11
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := qemu(t)
			change(&o)
			_, err := AgainstQEMU(context.Background(), o)
			var f *Failure
			if !errors.As(err, &f) {
				t.Fatalf("not found: %v", err)
			}
			t.Logf("%d instructions", f.Program.Len())
			if f.Program.Len() > short {
				t.Error(f)
			}
		})
	}
}

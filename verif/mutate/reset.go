package mutate

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"

	"marvelgen/flows"
	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/verif/cosim"
	"marvelgen/verif/iss"
)

// The first run of restart.S is busy from cycle 160 on, in a loop of some 100
// cycles without wait states, and looprestart.S in two of at most 20 instructions:
// the moments of the resets are spread over their phases.
const (
	restartFrom  = 400
	restartStep  = 7
	restartTimes = 30
)

// restart cuts a program off by a reset, at one moment after the other, and wants
// the second run to be content with what it finds, and to print nothing.
func restart(ctx context.Context, s *Subject, image []byte, waits bool) (string, error) {
	bin, result := filepath.Join(s.Dir, "restart.bin"), filepath.Join(s.Dir, "restart.json")
	if err := os.WriteFile(bin, image, 0o644); err != nil {
		return "", err
	}
	for i := range restartTimes {
		at := fmt.Sprint(restartFrom + i*restartStep)
		args := []string{"--image", bin, "--ram", "65536", "--reset-at", at, "--max-cycles", "20000", "--result", result}
		if waits {
			args = append(args, "--waits", at)
		}
		_ = os.Remove(result)
		printed, err := flows.Run(ctx, flows.Cmd{Path: s.Model, Args: args})
		if err == nil && printed != "" {
			return fmt.Sprintf("reset in cycle %s: prints %q", at, printed), nil
		}
		if why, err2 := Verdict(ctx, err); why != "" || err2 != nil {
			var out cosim.Outcome
			if b, err := os.ReadFile(result); err == nil && json.Unmarshal(b, &out) == nil {
				why = fmt.Sprintf("reset in cycle %s: exit code %d after %d cycles", at, out.ExitCode, out.Cycles)
			}
			return why, err2
		}
	}
	return "", nil
}

// loopSetups finds words that set up loops of level 1 and of level 0 as
// looprestart.S wants them; ok is false if the design has no such instructions.
func loopSetups(m *isa.Machine) (words [2]uint32, ok bool) {
	draw := rand.New(rand.NewPCG(13, 14))
	const pc = iss.RAMBase
	var found [2]bool
	for i := range 300_000 {
		least := int64(16) // many trips, to be met in them
		if i > 200_000 {
			least = 2
		}
		for _, p := range m.Exts {
			ins := p.Instruction
			if ins.Loop == nil {
				continue
			}
			env := &loopEnv{ins, ins.Encoding.Match}
			for _, f := range ins.Encoding.Fields {
				for _, piece := range f.Pieces { // few bits: near ends, small counts
					env.word |= draw.Uint32() & draw.Uint32() & draw.Uint32() & (1<<(piece.Hi-piece.Lo+1) - 1) << piece.Lo
				}
			}
			v := sem.EvalAll(env, ins.Loop.Level, ins.Loop.Count, ins.Loop.End)
			level, count, end := v[0].Int64(), v[1].Int64(), uint32(v[2].Int64())
			if level < 0 || level > 1 || found[level] || count < least || count > 60 || end < pc+8 || end > pc+64 || end%4 != 0 {
				continue
			}
			words[level], found[level] = env.word, true
			if found[0] && found[1] {
				return words, true
			}
		}
	}
	return words, false
}

// busiest is a word of the custom instruction that writes most registers, with
// registers of x4 to x19 as operands; a nop if there is none without an access.
func busiest(m *isa.Machine) uint32 {
	draw := rand.New(rand.NewPCG(15, 16))
	word, most := uint32(0x13), 0
	for _, p := range m.Exts {
		ins := p.Instruction
		n := 0
		for _, w := range ins.Writes {
			if w.Kind == isa.DestField || w.Kind == isa.DestFixed {
				n++
			}
		}
		if n <= most || ins.Loop != nil || ins.Store != nil || ins.Load != nil {
			continue
		}
		word, most = ins.Encoding.Match, n
		next := uint32(4)
		for _, f := range ins.Encoding.Fields {
			for _, piece := range f.Pieces {
				bits := draw.Uint32()
				if f.Kind == isa.Register {
					bits, next = next, next+5
				}
				word |= bits & (1<<(piece.Hi-piece.Lo+1) - 1) << piece.Lo
			}
		}
	}
	return word
}

// loopEnv gives the operands of a word, with 5 in every register.
type loopEnv struct {
	ins  *isa.Instruction
	word uint32
}

func (e *loopEnv) Input(name string) *big.Int {
	switch f := e.ins.Encoding.Field(name); {
	case name == "pc":
		return big.NewInt(iss.RAMBase)
	case f != nil && f.Kind == isa.Immediate:
		return big.NewInt(f.Extract(e.word))
	}
	return big.NewInt(5)
}

func (e *loopEnv) Element(string, int) *big.Int { return new(big.Int) }

// cold makes programs that execute each custom instruction with whatever the
// registers, the pinned ones too, and private state hold after a reset. Stores and
// loop set-ups are left out; loads, of whatever is at the address, come alone.
func cold(m *isa.Machine) []program {
	var plain []uint32
	var lists [][]uint32 // of the words of each program
	draw := rand.New(rand.NewPCG(11, 12))
	var lui, sw *isa.Instruction
	for _, ins := range m.Base {
		switch ins.Name {
		case "lui":
			lui = ins
		case "sw":
			sw = ins
		}
	}
	if lui == nil || sw == nil {
		return nil
	}
	for range 3 {
		for _, p := range m.Exts {
			ins := p.Instruction
			if ins.Loop != nil || ins.Store != nil {
				continue
			}
			word := ins.Encoding.Match
			for _, f := range ins.Encoding.Fields {
				for _, piece := range f.Pieces {
					word |= draw.Uint32() & (1<<(piece.Hi-piece.Lo+1) - 1) << piece.Lo
				}
			}
			if ins.Load != nil {
				lists = append(lists, []uint32{word})
			} else {
				plain = append(plain, word)
			}
		}
	}
	if len(plain) > 0 {
		lists = append(lists, plain)
	}
	var out []program
	for _, words := range lists {
		// The exit: lui x31, 0x10000; sw x0, 4(x31)
		words = append(words, lui.Encoding.Match|31<<7|0x10000<<12, sw.Encoding.Match|31<<15|4<<7)
		image := make([]byte, 4*len(words))
		for i, w := range words {
			binary.LittleEndian.PutUint32(image[4*i:], w)
		}
		out = append(out, scrambled(image)...)
	}
	return out
}

// scrambled runs an image with random contents of the registers before the reset.
func scrambled(image []byte) []program {
	var out []program
	// What a flip-flop holds before the reset may be written to a register at its
	// first edge, and the simulator does not know of it: such seeds are dropped.
	for seed := range 6 {
		out = append(out, program{name: "cold start", try: true, run: func() (cosim.Run, error) {
			return cosim.Run{Image: &iss.Image{Entry: iss.RAMBase, Segments: []iss.Segment{{Addr: iss.RAMBase, Data: image}}}, RAM: 65536, Limit: 10_000,
				ExtraArgs: []string{"--scramble", fmt.Sprint(seed)}}, nil
		}})
	}
	return out
}

package cost

import "marvelgen/gen/nn"

// plane is four channels of outputs as the kernels see them: rows of windows, and the
// bytes from a word, a row, a window or a row of windows to the next one's.
type plane struct {
	rows, row       int // of a window, and the words of each
	step, skip, hop int
	line            int
	out             [2]int
	channels, gap   int // bytes from a window's results to the next one's, and so many more behind a row's last
	store           int // instructions that a result takes: 1 as a word, 4 as halves, 8 as bytes
}

// view is how a layer reads its input.
type view struct {
	plane
	gathered, copied, depthwise bool
	wide, pitch                 int // bytes of a pixel and of a row
	phases                      int // places of a word that windows begin at in turn; 0 where pixels are whole words
	band, bands                 int // rows of outputs that find room, and how often that is done
	window                      nn.Window
	in, size                    [2]int // height and width of input and output
	channels, outs              int    // of both
}

// Room inside the unit and for a part of the input, and the limits of counters; as in
// the kernels.
const (
	entries    = 2048
	inputBytes = 1 << 20
	most       = 4095
	pitches    = 1<<20 - 1
)

// span is the bytes of words that length bytes from byte `from` of one on lie in.
func span(from, length int) int { return (from&3 + length + 3) &^ 3 }

// storing is the instructions that store four results.
func storing(outs int) int {
	switch {
	case outs%4 == 0:
		return 1
	case outs%2 == 0:
		return 4
	}
	return 8
}

// look chooses as the kernels do how a layer reads its input; nil if they leave it to
// portable C.
func look(w nn.Window, in, out []int, depthwise bool) *view {
	v := &view{depthwise: depthwise, window: w, in: [2]int{in[1], in[2]}, size: [2]int{out[1], out[2]}, channels: in[3], outs: out[3]}
	ch, kh, kw := v.channels, w.Kernel[0], w.Kernel[1]
	if w.Dilation[0] > 1 || w.Dilation[1] > 1 || in[0] != 1 || v.outs < 4 || depthwise && ch%4 != 0 {
		return nil
	}
	groups := (v.outs + 3) / 4
	line := (kw*ch + 3) / 4
	v.store = storing(v.outs)
	v.wide = (ch + 3) &^ 3
	v.rows, v.row, v.step = kh, kw*v.wide/4, 4
	if depthwise {
		v.row, v.step = kw, ch
	}
	found := hasKernel(v.rows, v.row, v.store)
	if v.wide != ch {
		v.choosePhases(w.Stride[1]*ch, kw*ch)
	}
	gather := kh*(29+8*kw*ch) - 8*v.wide*w.Stride[0]*w.Stride[1]
	if !depthwise && v.phases == 0 && (!found || v.wide != ch && (max(4, kh*kw*v.wide/4)-max(4, kh*line))*groups > gather) && hasKernel(1, kh*line, v.store) {
		v.gathered, found = true, true
		v.rows, v.row = 1, kh*line
	}
	if !found && v.phases == 0 || v.rows*v.row > entries || v.size[1] > most || v.phases > 0 && v.size[0] > most || v.outs > pitches/4 {
		return nil
	}
	if !v.place() {
		return nil
	}
	v.bands = (v.size[0] + v.band - 1) / v.band
	return v
}

// choosePhases lets windows begin at several places of a word where that is less work
// than to make pixels whole words.
func (v *view) choosePhases(hop, length int) {
	phases, words := 1, 0
	switch {
	case hop&1 != 0:
		phases = 4
	case hop&2 != 0:
		phases = 2
	}
	for f := range phases {
		row := span(f*hop, length) / 4
		if words += row; !hasKernel(v.rows, row, v.store) {
			return
		}
	}
	if words <= v.row*phases {
		v.phases, v.wide, v.row = phases, v.channels, 1+(length+2)/4
	}
}

// place says where windows lie; false if not even a row of outputs finds room.
func (v *view) place() bool {
	w := &v.window
	cols, rows := (v.size[1]-1)*w.Stride[1]+w.Kernel[1], (v.size[0]-1)*w.Stride[0]+w.Kernel[0]
	fit := v.size[0]
	if v.gathered {
		v.line, v.hop, v.copied = v.size[1]*v.row*4, 4, true
		fit = inputBytes / v.line
	} else {
		v.copied = v.channels%4 != 0 || w.Before != [2]int{} || rows > v.in[0] || cols > v.in[1]
		v.pitch = v.in[1] * v.wide
		if v.copied {
			v.pitch = (cols*v.wide + 3) &^ 3
			fit = (inputBytes/v.pitch-w.Kernel[0])/w.Stride[0] + 1
		}
		v.line = w.Stride[0] * v.pitch
		v.hop = w.Stride[1]*v.wide - (w.Kernel[0]-1)*v.pitch - (v.row-1)*v.step
	}
	v.skip = v.pitch - (v.row-1)*v.step
	v.band = min(fit, v.size[0])
	return v.band > 0
}

// across is the bytes from a window to the next.
func (p *plane) across() int { return p.hop + p.inside() }

// inside is the bytes from a window's first word to its last.
func (p *plane) inside() int { return (p.rows-1)*p.skip + (p.row-1)*p.rows*p.step }

// turn lets a plane go down its longer side where that pays.
func (p *plane) turn() {
	times := 12
	if p.gap != 0 {
		times = 1
	}
	window, across, rows, pitch := p.inside(), p.across(), p.out[0], p.out[1]*p.channels+p.gap
	if rows <= times*p.out[1] && (p.gap == 0 || p.out[1] != 1) || rows > most || pitch > pitches {
		return
	}
	p.hop, p.line = p.line-window, across
	p.gap, p.channels = p.channels-rows*pitch, pitch
	p.out = [2]int{p.out[1], rows}
}

// planeOf is the plane of so many rows of outputs.
func (v *view) planeOf(rows int) plane {
	s := v.plane
	s.out, s.channels = [2]int{rows, v.size[1]}, v.outs
	if v.phases > 0 {
		return s
	}
	if v.line == s.out[1]*s.across() && rows*s.out[1] <= most {
		s.out = [2]int{1, rows * s.out[1]} // one row behind another
	}
	s.turn()
	return s
}

// phase is the plane of one phase of all.
func (v *view) phase(all plane, f int) plane {
	s := all
	length, at := v.window.Kernel[1]*v.channels, f*v.window.Stride[1]*v.channels
	s.row = span(at, length) / 4
	s.skip = v.pitch - (s.row-1)*4
	s.hop = v.phases*v.window.Stride[1]*v.channels - (s.rows-1)*v.pitch - (s.row-1)*4
	s.out[1] = (v.size[1] - f + v.phases - 1) / v.phases
	s.gap = (v.size[1] - s.out[1]*v.phases) * s.channels
	s.channels *= v.phases
	s.turn()
	return s
}

// trips counts what the loop of a plane does: how often it goes round, and the rows
// that it leaves to the core's own loops.
func (p *plane) trips() (loops, rows int) {
	lag := 2
	if p.long() || p.rows*p.row > 7 {
		lag = 1
	}
	late, n, left := lag, p.out[1], p.out[0]
	for {
		m, at := n, 1
		if late > 0 {
			m = min(late, n)
		}
		if !p.long() && n == p.out[1] && late == 0 && p.gap == 0 {
			at = min(left, most)
		}
		loops++
		rows += at
		left -= at - 1
		n -= m
		late = max(late-m, 0)
		if n > 0 {
			continue
		}
		if left--; left == 0 {
			return loops, rows
		}
		if n = p.out[1]; p.gap != 0 {
			late = lag
		}
	}
}

// long reports whether the window's rows are a loop.
func (p *plane) long() bool { return !unrolled(p.rows, p.row, p.store) }

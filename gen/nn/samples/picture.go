package samples

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // decoders
	_ "image/png"
	"io"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// maxSide bounds a picture's width and height.
const maxSide = 1 << 14

// picture reads one picture of exactly the input's size, grey for one channel and
// in colour for three.
func picture(data []byte, ext string, t *nn.Tensor, o Options) (Samples, error) {
	n := len(t.Shape)
	if n != 4 || t.Shape[0] != 1 || t.Shape[3] != 1 && t.Shape[3] != 3 {
		return Samples{}, fmt.Errorf("a picture does not fit the network's input %q of shape %v: use a .bin or .npy file", t.Name, t.Shape)
	}
	img, err := decode(data, ext)
	if err != nil {
		return Samples{}, err
	}
	height, width, channels := t.Shape[1], t.Shape[2], t.Shape[3]
	if b := img.Bounds(); b.Dx() != width || b.Dy() != height {
		return Samples{}, fmt.Errorf("the picture is %dx%d; the network's input %q wants %dx%d: resize it first", b.Dx(), b.Dy(), t.Name, width, height)
	}
	grey := image.NewGray(image.Rect(0, 0, width, height))
	var pixels []float64
	for y := range height {
		for x := range width {
			c := img.At(img.Bounds().Min.X+x, img.Bounds().Min.Y+y)
			g := color.GrayModel.Convert(c).(color.Gray)
			grey.SetGray(x, y, g)
			if channels == 1 {
				pixels = append(pixels, float64(g.Y))
				continue
			}
			rgb := color.NRGBAModel.Convert(c).(color.NRGBA)
			pixels = append(pixels, float64(rgb.R), float64(rgb.G), float64(rgb.B))
		}
	}
	v, err := o.pixels(t, pixels)
	return Samples{Values: []golden.Value{v}, Picture: grey}, err
}

// pixels turns pixels from 0 to 255 into elements.
func (o Options) pixels(t *nn.Tensor, p []float64) (golden.Value, error) {
	switch {
	case o.Std != 0:
		for i := range p {
			p[i] = (p[i] - o.Mean) / o.Std
		}
	case t.Type == nn.Float32:
		for i := range p {
			p[i] /= 255
		}
	default: // the whole range of the integers
		v := golden.NewValue(t.Type, len(p))
		for i, x := range p {
			switch t.Type {
			case nn.Int8:
				v.I8[i] = int8(int(x) - 128)
			case nn.UInt8:
				v.U8[i] = uint8(x)
			default:
				return v, fmt.Errorf("a picture does not fit the input %q, which is %s", t.Name, t.Type)
			}
		}
		return v, nil
	}
	return Quantise(t, p)
}

func decode(data []byte, ext string) (image.Image, error) {
	if ext == ".pgm" {
		return decodePGM(data)
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err == nil && (c.Width > maxSide || c.Height > maxSide) {
		return nil, fmt.Errorf("a picture of %dx%d; each side has at most %d pixels", c.Width, c.Height, maxSide)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("no picture that can be read: %w", err)
	}
	return img, nil
}

// decodePGM reads a portable grey map, in text (P2) or bytes (P5).
func decodePGM(data []byte) (image.Image, error) {
	r := bufio.NewReader(bytes.NewReader(data))
	magic, err := word(r)
	if err != nil || magic != "P2" && magic != "P5" {
		return nil, errors.New("no portable grey map: it begins neither with P2 nor with P5")
	}
	var head [3]int // width, height, white
	for i := range head {
		if head[i], err = number(r); err != nil {
			return nil, err
		}
	}
	width, height, white := head[0], head[1], head[2]
	if width < 1 || height < 1 || width > maxSide || height > maxSide || white < 1 || white > 255 {
		return nil, fmt.Errorf("a grey map of %dx%d with white %d; sides are 1 to %d, white at most 255", width, height, white, maxSide)
	}
	if len(data) < width*height { // each pixel takes a byte at least
		return nil, fmt.Errorf("damaged: %d bytes for %dx%d pixels", len(data), width, height)
	}
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		v := 0
		if magic == "P2" {
			v, err = number(r)
		} else {
			var b byte
			b, err = r.ReadByte()
			v = int(b)
		}
		if err != nil || v > white {
			return nil, fmt.Errorf("damaged: pixel %d is missing or brighter than white", i)
		}
		img.Pix[i] = uint8((v*255 + white/2) / white)
	}
	return img, nil
}

// word is the next word; comments reach from # to the end of the line. One white
// space behind it is consumed.
func word(r *bufio.Reader) (string, error) {
	var w []byte
	for {
		b, err := r.ReadByte()
		switch {
		case err == io.EOF && len(w) > 0:
			return string(w), nil
		case err != nil:
			return "", err
		case b == '#':
			if _, err := r.ReadString('\n'); err != nil {
				return "", err
			}
		case b == ' ' || b == '\t' || b == '\n' || b == '\r':
			if len(w) > 0 {
				return string(w), nil
			}
		default:
			if w = append(w, b); len(w) > 16 {
				return "", errors.New("damaged: a word of more than 16 characters")
			}
		}
	}
}

func number(r *bufio.Reader) (int, error) {
	w, err := word(r)
	if err != nil {
		return 0, errors.New("damaged: the file ends early")
	}
	n := 0
	for _, c := range []byte(w) {
		if c < '0' || c > '9' || n > 1<<20 {
			return 0, fmt.Errorf("damaged: %q is no number", w)
		}
		n = 10*n + int(c-'0')
	}
	return n, nil
}

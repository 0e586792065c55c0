package iss

// A small encoder of WebAssembly, core specification 2.0, section 5 (binary
// format): as much of it as translated code needs.

// Instructions.
const (
	wUnreachable = 0x00
	wBlock       = 0x02
	wLoop        = 0x03
	wIf          = 0x04
	wEnd         = 0x0b
	wBr          = 0x0c
	wBrIf        = 0x0d
	wDrop        = 0x1a
	wSelect      = 0x1b
	wLocalGet    = 0x20
	wLocalSet    = 0x21
	wI32Load     = 0x28
	wI64Load     = 0x29
	wI32Load8S   = 0x2c
	wI32Load8U   = 0x2d
	wI32Load16S  = 0x2e
	wI32Load16U  = 0x2f
	wI32Store    = 0x36
	wI64Store    = 0x37
	wI32Store8   = 0x3a
	wI32Store16  = 0x3b
	wI32Const    = 0x41
	wI64Const    = 0x42
	wI32Eqz      = 0x45
	wI32Eq       = 0x46
	wI32Ne       = 0x47
	wI32LtS      = 0x48
	wI32LtU      = 0x49
	wI32GeS      = 0x4e
	wI32GeU      = 0x4f
	wI64Eq       = 0x51
	wI64Ne       = 0x52
	wI64LtS      = 0x53
	wI64LtU      = 0x54
	wI64GeU      = 0x5a
	wI32Add      = 0x6a
	wI32Sub      = 0x6b
	wI32Mul      = 0x6c
	wI32DivU     = 0x6e
	wI32RemU     = 0x70
	wI32And      = 0x71
	wI32Or       = 0x72
	wI32Xor      = 0x73
	wI32Shl      = 0x74
	wI32ShrS     = 0x75
	wI32ShrU     = 0x76
	wI32Rotl     = 0x77
	wI64Add      = 0x7c
	wI64Sub      = 0x7d
	wI64Mul      = 0x7e
	wI64DivS     = 0x7f
	wI64RemS     = 0x81
	wI64And      = 0x83
	wI64Or       = 0x84
	wI64Xor      = 0x85
	wI64Shl      = 0x86
	wI64ShrS     = 0x87
	wI64ShrU     = 0x88
	wI32Wrap     = 0xa7
	wI64ExtendS  = 0xac
	wI64ExtendU  = 0xad
	wI32Extend8  = 0xc0
	wI32Extend16 = 0xc1
)

// Types.
const (
	wI32   = 0x7f
	wI64   = 0x7e
	wEmpty = 0x40
	wFunc  = 0x60
)

const wasmPage = 1 << 16

// code is a sequence of instructions, or any other part of a module.
type code []byte

func (c *code) op(ops ...byte) { *c = append(*c, ops...) }

func (c *code) uleb(v uint64) {
	for ; v >= 0x80; v >>= 7 {
		*c = append(*c, byte(v)|0x80)
	}
	*c = append(*c, byte(v))
}

func (c *code) sleb(v int64) {
	for ; v < -64 || v > 63; v >>= 7 {
		*c = append(*c, byte(v)|0x80)
	}
	*c = append(*c, byte(v)&0x7f)
}

func (c *code) i32(v uint32) { c.op(wI32Const); c.sleb(int64(int32(v))) }
func (c *code) i64(v uint64) { c.op(wI64Const); c.sleb(int64(v)) }

func (c *code) get(local uint32) { c.op(wLocalGet); c.uleb(uint64(local)) }
func (c *code) set(local uint32) { c.op(wLocalSet); c.uleb(uint64(local)) }

// mem is a load or a store at a constant distance from the address on the stack.
func (c *code) mem(op byte, offset uint32) { c.op(op, 0); c.uleb(uint64(offset)) }

// section appends a section, or a function body: its length and its content.
func (c *code) section(id int, content code) {
	if id >= 0 {
		c.op(byte(id))
	}
	c.uleb(uint64(len(content)))
	*c = append(*c, content...)
}

// limits are a memory's: a fixed number of pages.
func (c *code) limits(pages int) {
	c.op(1)
	c.uleb(uint64(pages))
	c.uleb(uint64(pages))
}

var wasmHeader = code{0, 'a', 's', 'm', 1, 0, 0, 0}

// memoryModule exports a memory as "m".
func memoryModule(pages int) code {
	m := append(code{}, wasmHeader...)
	memory := code{1}
	memory.limits(pages)
	m.section(5, memory)
	m.section(7, code{1, 1, 'm', 2, 0})
	return m
}

// functionModule has one function of one i64 to two, exported as "f", in the
// memory "m" of the module "m".
func functionModule(pages int, locals []byte, body code) code {
	m := append(code{}, wasmHeader...)
	m.section(1, code{1, wFunc, 1, wI64, 2, wI64, wI64})
	memory := code{1, 1, 'm', 1, 'm', 2}
	memory.limits(pages)
	m.section(2, memory)
	m.section(3, code{1, 0})
	m.section(7, code{1, 1, 'f', 0, 0})
	var f, all code
	f.uleb(uint64(len(locals)))
	for _, t := range locals {
		f.op(1, t)
	}
	all.uleb(1)
	all.section(-1, append(f, body...))
	m.section(10, all)
	return m
}

# Design paper of transformer.hcl with tables of other sizes, with and without linear
# interpolation: area against error and cycles. Written by
#   go test ./gen/spec -run TestTablesSpec -update
extension "tables" {
  summary = "Sizes of the tables of design paper"
}

use "transformer.hcl" {
  instructions = ["tofixed", "tofloat"]
}

table "exp_32_at" {
  bits   = 15
  values = [for k in range(32) : round(32768 * (pow(2, (k + 0.5) / 32) - 1))]
}

instruction "exp_32" {
  summary  = "As exp of transformer.hcl, by the nearest of 32 entries"
  assembly = "mv.exp32 rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 0
    funct7 = 1
  }
  let {
    t = s32(s32(rs1) * s32(rs2))
    n = asr(t, 26)
    k = bits(t, 25, 21)
    y = exp_32_at[k]
  }
  write {
    rd = n < -15 ? 0 : shr(or(32768, bits(y, 14, 0)), bits(0 - n, 3, 0))
  }
  accuracy {
    from     = -65536
    to       = 0
    given    = { rs1 = i, rs2 = 23637 }
    function = exp(i / 4096)
    result   = rd / 32768
    error    = 0.011
  }
}

table "recip_32_at" {
  bits   = 16
  values = [for k in range(32) : round(65536 * (2 / (1 + (k + 0.5) / 32) - 1))]
}

instruction "recip_32" {
  summary  = "As recip of transformer.hcl, by the nearest of 32 entries"
  assembly = "mv.recip32 rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 1
    funct7 = 1
    fixed  = { "24:20" = 0 }
  }
  let {
    e = bits(253 - bits(rs1, 30, 23), 7, 0)
    k = bits(rs1, 22, 18)
    y = recip_32_at[k]
  }
  write {
    rd = or(and(rs1, "0x80000000"), or(shl(e, 23), shl(bits(y, 15, 0), 7)))
  }
  accuracy {
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 64 * i + i % 64 }
    function = 1 / float32(rs1)
    result   = float32(rd)
    relative = 0.0155
  }
}

table "rsqrt_32_at" {
  bits   = 16
  values = [for k in range(32) : round(65536 * (2 / sqrt(k < 16 ? 2 + (k + 0.5) / 8 : (k + 0.5) / 16) - 1))]
}

instruction "rsqrt_32" {
  summary  = "As rsqrt of transformer.hcl, by the nearest of 32 entries"
  assembly = "mv.rsqrt32 rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 2
    funct7 = 1
    fixed  = { "24:20" = 0 }
  }
  let {
    e = shr(380 - bits(rs1, 30, 23), 1)
    k = bits(rs1, 23, 19)
    y = rsqrt_32_at[k]
  }
  write {
    rd = or(shl(e, 23), shl(bits(y, 15, 0), 7))
  }
  accuracy {
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 128 * i + i % 128 }
    function = 1 / sqrt(float32(rs1))
    result   = float32(rd)
    relative = 0.0155
  }
}

table "gelu_32_at" {
  bits   = 10
  values = [for k in range(32) : k == 31 ? 0 : round(2048 * (k + 0.5) / 8 * (1 - erf((k + 0.5) / 8 / sqrt(2))))]
}

instruction "gelu_32" {
  summary  = "As gelu of transformer.hcl, by the nearest of 32 entries"
  assembly = "mv.gelu32 rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 3
    funct7 = 1
    fixed  = { "24:20" = 0 }
  }
  let {
    x = s16(rs1)
    a = x < 0 ? not(x) : x
    k = bits(a, 14, 14) ? 31 : bits(a, 13, 9)
    y = gelu_32_at[k]
  }
  write {
    rd = (x < 0 ? 0 : x) - bits(y, 9, 0)
  }
  accuracy {
    from     = -32768
    to       = 32767
    given    = { rs1 = i }
    function = i / 8192 * (1 + erf(i / 4096 / sqrt(2)))
    result   = s32(rd) / 4096
    error    = 0.03
  }
}

table "exp_64_at" {
  bits   = 15
  values = [for k in range(64) : round(32768 * (pow(2, (k + 0.5) / 64) - 1))]
}

instruction "exp_64" {
  summary  = "As exp of transformer.hcl, by the nearest of 64 entries"
  assembly = "mv.exp64 rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 0
    funct7 = 2
  }
  let {
    t = s32(s32(rs1) * s32(rs2))
    n = asr(t, 26)
    k = bits(t, 25, 20)
    y = exp_64_at[k]
  }
  write {
    rd = n < -15 ? 0 : shr(or(32768, bits(y, 14, 0)), bits(0 - n, 3, 0))
  }
  accuracy {
    from     = -65536
    to       = 0
    given    = { rs1 = i, rs2 = 23637 }
    function = exp(i / 4096)
    result   = rd / 32768
    error    = 0.0055
  }
}

table "recip_64_at" {
  bits   = 16
  values = [for k in range(64) : round(65536 * (2 / (1 + (k + 0.5) / 64) - 1))]
}

instruction "recip_64" {
  summary  = "As recip of transformer.hcl, by the nearest of 64 entries"
  assembly = "mv.recip64 rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 1
    funct7 = 2
    fixed  = { "24:20" = 0 }
  }
  let {
    e = bits(253 - bits(rs1, 30, 23), 7, 0)
    k = bits(rs1, 22, 17)
    y = recip_64_at[k]
  }
  write {
    rd = or(and(rs1, "0x80000000"), or(shl(e, 23), shl(bits(y, 15, 0), 7)))
  }
  accuracy {
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 64 * i + i % 64 }
    function = 1 / float32(rs1)
    result   = float32(rd)
    relative = 0.0078
  }
}

table "rsqrt_64_at" {
  bits   = 16
  values = [for k in range(64) : round(65536 * (2 / sqrt(k < 32 ? 2 + (k + 0.5) / 16 : (k + 0.5) / 32) - 1))]
}

instruction "rsqrt_64" {
  summary  = "As rsqrt of transformer.hcl, by the nearest of 64 entries"
  assembly = "mv.rsqrt64 rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 2
    funct7 = 2
    fixed  = { "24:20" = 0 }
  }
  let {
    e = shr(380 - bits(rs1, 30, 23), 1)
    k = bits(rs1, 23, 18)
    y = rsqrt_64_at[k]
  }
  write {
    rd = or(shl(e, 23), shl(bits(y, 15, 0), 7))
  }
  accuracy {
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 128 * i + i % 128 }
    function = 1 / sqrt(float32(rs1))
    result   = float32(rd)
    relative = 0.0078
  }
}

table "gelu_64_at" {
  bits   = 10
  values = [for k in range(64) : k == 63 ? 0 : round(2048 * (k + 0.5) / 16 * (1 - erf((k + 0.5) / 16 / sqrt(2))))]
}

instruction "gelu_64" {
  summary  = "As gelu of transformer.hcl, by the nearest of 64 entries"
  assembly = "mv.gelu64 rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 3
    funct7 = 2
    fixed  = { "24:20" = 0 }
  }
  let {
    x = s16(rs1)
    a = x < 0 ? not(x) : x
    k = bits(a, 14, 14) ? 63 : bits(a, 13, 8)
    y = gelu_64_at[k]
  }
  write {
    rd = (x < 0 ? 0 : x) - bits(y, 9, 0)
  }
  accuracy {
    from     = -32768
    to       = 32767
    given    = { rs1 = i }
    function = i / 8192 * (1 + erf(i / 4096 / sqrt(2)))
    result   = s32(rd) / 4096
    error    = 0.0152
  }
}

table "exp_128_at" {
  bits   = 15
  values = [for k in range(128) : round(32768 * (pow(2, (k + 0.5) / 128) - 1))]
}

instruction "exp_128" {
  summary  = "As exp of transformer.hcl, by the nearest of 128 entries"
  assembly = "mv.exp128 rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 0
    funct7 = 3
  }
  let {
    t = s32(s32(rs1) * s32(rs2))
    n = asr(t, 26)
    k = bits(t, 25, 19)
    y = exp_128_at[k]
  }
  write {
    rd = n < -15 ? 0 : shr(or(32768, bits(y, 14, 0)), bits(0 - n, 3, 0))
  }
  accuracy {
    from     = -65536
    to       = 0
    given    = { rs1 = i, rs2 = 23637 }
    function = exp(i / 4096)
    result   = rd / 32768
    error    = 0.0028
  }
}

table "recip_128_at" {
  bits   = 16
  values = [for k in range(128) : round(65536 * (2 / (1 + (k + 0.5) / 128) - 1))]
}

instruction "recip_128" {
  summary  = "As recip of transformer.hcl, by the nearest of 128 entries"
  assembly = "mv.recip128 rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 1
    funct7 = 3
    fixed  = { "24:20" = 0 }
  }
  let {
    e = bits(253 - bits(rs1, 30, 23), 7, 0)
    k = bits(rs1, 22, 16)
    y = recip_128_at[k]
  }
  write {
    rd = or(and(rs1, "0x80000000"), or(shl(e, 23), shl(bits(y, 15, 0), 7)))
  }
  accuracy {
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 64 * i + i % 64 }
    function = 1 / float32(rs1)
    result   = float32(rd)
    relative = 0.0039
  }
}

table "rsqrt_128_at" {
  bits   = 16
  values = [for k in range(128) : round(65536 * (2 / sqrt(k < 64 ? 2 + (k + 0.5) / 32 : (k + 0.5) / 64) - 1))]
}

instruction "rsqrt_128" {
  summary  = "As rsqrt of transformer.hcl, by the nearest of 128 entries"
  assembly = "mv.rsqrt128 rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 2
    funct7 = 3
    fixed  = { "24:20" = 0 }
  }
  let {
    e = shr(380 - bits(rs1, 30, 23), 1)
    k = bits(rs1, 23, 17)
    y = rsqrt_128_at[k]
  }
  write {
    rd = or(shl(e, 23), shl(bits(y, 15, 0), 7))
  }
  accuracy {
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 128 * i + i % 128 }
    function = 1 / sqrt(float32(rs1))
    result   = float32(rd)
    relative = 0.0039
  }
}

table "gelu_128_at" {
  bits   = 10
  values = [for k in range(128) : k == 127 ? 0 : round(2048 * (k + 0.5) / 32 * (1 - erf((k + 0.5) / 32 / sqrt(2))))]
}

instruction "gelu_128" {
  summary  = "As gelu of transformer.hcl, by the nearest of 128 entries"
  assembly = "mv.gelu128 rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 3
    funct7 = 3
    fixed  = { "24:20" = 0 }
  }
  let {
    x = s16(rs1)
    a = x < 0 ? not(x) : x
    k = bits(a, 14, 14) ? 127 : bits(a, 13, 7)
    y = gelu_128_at[k]
  }
  write {
    rd = (x < 0 ? 0 : x) - bits(y, 9, 0)
  }
  accuracy {
    from     = -32768
    to       = 32767
    given    = { rs1 = i }
    function = i / 8192 * (1 + erf(i / 4096 / sqrt(2)))
    result   = s32(rd) / 4096
    error    = 0.0079
  }
}

table "exp_32l_at" {
  bits   = 15
  values = [for k in range(32) : round(32768 * (pow(2, (k) / 32) - 1))]
}

table "exp_32l_step" {
  bits   = 11
  values = [for k in range(32) : round(32768 * (pow(2, (k + 1) / 32) - 1)) - round(32768 * (pow(2, (k) / 32) - 1))]
}

instruction "exp_32l" {
  summary  = "As exp of transformer.hcl, by 32 entries and lines between them"
  assembly = "mv.exp32l rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 0
    funct7 = 4
  }
  let {
    t = s32(s32(rs1) * s32(rs2))
    n = asr(t, 26)
    k = bits(t, 25, 21)
    y = exp_32l_at[k] + shr(exp_32l_step[k] * bits(t, 20, 13), 8)
  }
  write {
    rd = n < -15 ? 0 : shr(or(32768, bits(y, 14, 0)), bits(0 - n, 3, 0))
  }
  accuracy {
    from     = -65536
    to       = 0
    given    = { rs1 = i, rs2 = 23637 }
    function = exp(i / 4096)
    result   = rd / 32768
    error    = 0.00011
  }
}

table "recip_32l_at" {
  bits   = 16
  values = [for k in range(32) : (k == 0 ? 65535 : round(65536 * (2 / (1 + (k) / 32) - 1)))]
}

table "recip_32l_step" {
  bits   = 12
  values = [for k in range(32) : (k == 0 ? 65535 : round(65536 * (2 / (1 + (k) / 32) - 1))) - round(65536 * (2 / (1 + (k + 1) / 32) - 1))]
}

instruction "recip_32l" {
  summary  = "As recip of transformer.hcl, by 32 entries and lines between them"
  assembly = "mv.recip32l rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 1
    funct7 = 4
    fixed  = { "24:20" = 0 }
  }
  let {
    e = bits(253 - bits(rs1, 30, 23), 7, 0)
    k = bits(rs1, 22, 18)
    y = recip_32l_at[k] - shr(recip_32l_step[k] * bits(rs1, 17, 10), 8)
  }
  write {
    rd = or(and(rs1, "0x80000000"), or(shl(e, 23), shl(bits(y, 15, 0), 7)))
  }
  accuracy {
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 64 * i + i % 64 }
    function = 1 / float32(rs1)
    result   = float32(rd)
    relative = 0.00037
  }
}

table "rsqrt_32l_at" {
  bits   = 16
  values = [for k in range(32) : (k == 16 ? 65535 : round(65536 * (2 / sqrt(k < 16 ? 2 + (k) / 8 : (k) / 16) - 1)))]
}

table "rsqrt_32l_step" {
  bits   = 12
  values = [for k in range(32) : (k == 16 ? 65535 : round(65536 * (2 / sqrt(k < 16 ? 2 + (k) / 8 : (k) / 16) - 1))) - round(65536 * (2 / sqrt(k < 16 ? 2 + (k + 1) / 8 : (k + 1) / 16) - 1))]
}

instruction "rsqrt_32l" {
  summary  = "As rsqrt of transformer.hcl, by 32 entries and lines between them"
  assembly = "mv.rsqrt32l rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 2
    funct7 = 4
    fixed  = { "24:20" = 0 }
  }
  let {
    e = shr(380 - bits(rs1, 30, 23), 1)
    k = bits(rs1, 23, 19)
    y = rsqrt_32l_at[k] - shr(rsqrt_32l_step[k] * bits(rs1, 18, 11), 8)
  }
  write {
    rd = or(shl(e, 23), shl(bits(y, 15, 0), 7))
  }
  accuracy {
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 128 * i + i % 128 }
    function = 1 / sqrt(float32(rs1))
    result   = float32(rd)
    relative = 0.00048
  }
}

table "gelu_32l_at" {
  bits   = 10
  values = [for k in range(32) : k == 31 ? 0 : round(2048 * (k) / 8 * (1 - erf((k) / 8 / sqrt(2))))]
}

table "gelu_32l_step" {
  bits   = 9
  signed = true
  values = [for k in range(32) : k == 31 ? 0 : round(2048 * (k + 1) / 8 * (1 - erf((k + 1) / 8 / sqrt(2)))) - round(2048 * (k) / 8 * (1 - erf((k) / 8 / sqrt(2))))]
}

instruction "gelu_32l" {
  summary  = "As gelu of transformer.hcl, by 32 entries and lines between them"
  assembly = "mv.gelu32l rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 3
    funct7 = 4
    fixed  = { "24:20" = 0 }
  }
  let {
    x = s16(rs1)
    a = x < 0 ? not(x) : x
    k = bits(a, 14, 14) ? 31 : bits(a, 13, 9)
    y = gelu_32l_at[k] + asr(gelu_32l_step[k] * bits(a, 8, 0), 9)
  }
  write {
    rd = (x < 0 ? 0 : x) - bits(y, 9, 0)
  }
  accuracy {
    from     = -32768
    to       = 32767
    given    = { rs1 = i }
    function = i / 8192 * (1 + erf(i / 4096 / sqrt(2)))
    result   = s32(rd) / 4096
    error    = 0.0019
  }
}

table "exp_64l_at" {
  bits   = 15
  values = [for k in range(64) : round(32768 * (pow(2, (k) / 64) - 1))]
}

table "exp_64l_step" {
  bits   = 11
  values = [for k in range(64) : round(32768 * (pow(2, (k + 1) / 64) - 1)) - round(32768 * (pow(2, (k) / 64) - 1))]
}

instruction "exp_64l" {
  summary  = "As exp of transformer.hcl, by 64 entries and lines between them"
  assembly = "mv.exp64l rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 0
    funct7 = 5
  }
  let {
    t = s32(s32(rs1) * s32(rs2))
    n = asr(t, 26)
    k = bits(t, 25, 20)
    y = exp_64l_at[k] + shr(exp_64l_step[k] * bits(t, 19, 12), 8)
  }
  write {
    rd = n < -15 ? 0 : shr(or(32768, bits(y, 14, 0)), bits(0 - n, 3, 0))
  }
  accuracy {
    from     = -65536
    to       = 0
    given    = { rs1 = i, rs2 = 23637 }
    function = exp(i / 4096)
    result   = rd / 32768
    error    = 0.00007
  }
}

table "recip_64l_at" {
  bits   = 16
  values = [for k in range(64) : (k == 0 ? 65535 : round(65536 * (2 / (1 + (k) / 64) - 1)))]
}

table "recip_64l_step" {
  bits   = 12
  values = [for k in range(64) : (k == 0 ? 65535 : round(65536 * (2 / (1 + (k) / 64) - 1))) - round(65536 * (2 / (1 + (k + 1) / 64) - 1))]
}

instruction "recip_64l" {
  summary  = "As recip of transformer.hcl, by 64 entries and lines between them"
  assembly = "mv.recip64l rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 1
    funct7 = 5
    fixed  = { "24:20" = 0 }
  }
  let {
    e = bits(253 - bits(rs1, 30, 23), 7, 0)
    k = bits(rs1, 22, 17)
    y = recip_64l_at[k] - shr(recip_64l_step[k] * bits(rs1, 16, 9), 8)
  }
  write {
    rd = or(and(rs1, "0x80000000"), or(shl(e, 23), shl(bits(y, 15, 0), 7)))
  }
  accuracy {
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 64 * i + i % 64 }
    function = 1 / float32(rs1)
    result   = float32(rd)
    relative = 0.00013
  }
}

table "rsqrt_64l_at" {
  bits   = 16
  values = [for k in range(64) : (k == 32 ? 65535 : round(65536 * (2 / sqrt(k < 32 ? 2 + (k) / 16 : (k) / 32) - 1)))]
}

table "rsqrt_64l_step" {
  bits   = 12
  values = [for k in range(64) : (k == 32 ? 65535 : round(65536 * (2 / sqrt(k < 32 ? 2 + (k) / 16 : (k) / 32) - 1))) - round(65536 * (2 / sqrt(k < 32 ? 2 + (k + 1) / 16 : (k + 1) / 32) - 1))]
}

instruction "rsqrt_64l" {
  summary  = "As rsqrt of transformer.hcl, by 64 entries and lines between them"
  assembly = "mv.rsqrt64l rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 2
    funct7 = 5
    fixed  = { "24:20" = 0 }
  }
  let {
    e = shr(380 - bits(rs1, 30, 23), 1)
    k = bits(rs1, 23, 18)
    y = rsqrt_64l_at[k] - shr(rsqrt_64l_step[k] * bits(rs1, 17, 10), 8)
  }
  write {
    rd = or(shl(e, 23), shl(bits(y, 15, 0), 7))
  }
  accuracy {
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 128 * i + i % 128 }
    function = 1 / sqrt(float32(rs1))
    result   = float32(rd)
    relative = 0.00017
  }
}

table "gelu_64l_at" {
  bits   = 10
  values = [for k in range(64) : k == 63 ? 0 : round(2048 * (k) / 16 * (1 - erf((k) / 16 / sqrt(2))))]
}

table "gelu_64l_step" {
  bits   = 9
  signed = true
  values = [for k in range(64) : k == 63 ? 0 : round(2048 * (k + 1) / 16 * (1 - erf((k + 1) / 16 / sqrt(2)))) - round(2048 * (k) / 16 * (1 - erf((k) / 16 / sqrt(2))))]
}

instruction "gelu_64l" {
  summary  = "As gelu of transformer.hcl, by 64 entries and lines between them"
  assembly = "mv.gelu64l rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 3
    funct7 = 5
    fixed  = { "24:20" = 0 }
  }
  let {
    x = s16(rs1)
    a = x < 0 ? not(x) : x
    k = bits(a, 14, 14) ? 63 : bits(a, 13, 8)
    y = gelu_64l_at[k] + asr(gelu_64l_step[k] * bits(a, 7, 0), 8)
  }
  write {
    rd = (x < 0 ? 0 : x) - bits(y, 9, 0)
  }
  accuracy {
    from     = -32768
    to       = 32767
    given    = { rs1 = i }
    function = i / 8192 * (1 + erf(i / 4096 / sqrt(2)))
    result   = s32(rd) / 4096
    error    = 0.00071
  }
}

table "exp_128l_at" {
  bits   = 15
  values = [for k in range(128) : round(32768 * (pow(2, (k) / 128) - 1))]
}

table "exp_128l_step" {
  bits   = 11
  values = [for k in range(128) : round(32768 * (pow(2, (k + 1) / 128) - 1)) - round(32768 * (pow(2, (k) / 128) - 1))]
}

instruction "exp_128l" {
  summary  = "As exp of transformer.hcl, by 128 entries and lines between them"
  assembly = "mv.exp128l rd, rs1, rs2"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 0
    funct7 = 6
  }
  let {
    t = s32(s32(rs1) * s32(rs2))
    n = asr(t, 26)
    k = bits(t, 25, 19)
    y = exp_128l_at[k] + shr(exp_128l_step[k] * bits(t, 18, 11), 8)
  }
  write {
    rd = n < -15 ? 0 : shr(or(32768, bits(y, 14, 0)), bits(0 - n, 3, 0))
  }
  accuracy {
    from     = -65536
    to       = 0
    given    = { rs1 = i, rs2 = 23637 }
    function = exp(i / 4096)
    result   = rd / 32768
    error    = 0.00005
  }
}

table "recip_128l_at" {
  bits   = 16
  values = [for k in range(128) : (k == 0 ? 65535 : round(65536 * (2 / (1 + (k) / 128) - 1)))]
}

table "recip_128l_step" {
  bits   = 12
  values = [for k in range(128) : (k == 0 ? 65535 : round(65536 * (2 / (1 + (k) / 128) - 1))) - round(65536 * (2 / (1 + (k + 1) / 128) - 1))]
}

instruction "recip_128l" {
  summary  = "As recip of transformer.hcl, by 128 entries and lines between them"
  assembly = "mv.recip128l rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 1
    funct7 = 6
    fixed  = { "24:20" = 0 }
  }
  let {
    e = bits(253 - bits(rs1, 30, 23), 7, 0)
    k = bits(rs1, 22, 16)
    y = recip_128l_at[k] - shr(recip_128l_step[k] * bits(rs1, 15, 8), 8)
  }
  write {
    rd = or(and(rs1, "0x80000000"), or(shl(e, 23), shl(bits(y, 15, 0), 7)))
  }
  accuracy {
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 64 * i + i % 64 }
    function = 1 / float32(rs1)
    result   = float32(rd)
    relative = 0.000053
  }
}

table "rsqrt_128l_at" {
  bits   = 16
  values = [for k in range(128) : (k == 64 ? 65535 : round(65536 * (2 / sqrt(k < 64 ? 2 + (k) / 32 : (k) / 64) - 1)))]
}

table "rsqrt_128l_step" {
  bits   = 12
  values = [for k in range(128) : (k == 64 ? 65535 : round(65536 * (2 / sqrt(k < 64 ? 2 + (k) / 32 : (k) / 64) - 1))) - round(65536 * (2 / sqrt(k < 64 ? 2 + (k + 1) / 32 : (k + 1) / 64) - 1))]
}

instruction "rsqrt_128l" {
  summary  = "As rsqrt of transformer.hcl, by 128 entries and lines between them"
  assembly = "mv.rsqrt128l rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 2
    funct7 = 6
    fixed  = { "24:20" = 0 }
  }
  let {
    e = shr(380 - bits(rs1, 30, 23), 1)
    k = bits(rs1, 23, 17)
    y = rsqrt_128l_at[k] - shr(rsqrt_128l_step[k] * bits(rs1, 16, 9), 8)
  }
  write {
    rd = or(shl(e, 23), shl(bits(y, 15, 0), 7))
  }
  accuracy {
    from     = 0
    to       = 131071
    given    = { rs1 = "0x3f800000" + 128 * i + i % 128 }
    function = 1 / sqrt(float32(rs1))
    result   = float32(rd)
    relative = 0.000062
  }
}

table "gelu_128l_at" {
  bits   = 10
  values = [for k in range(128) : k == 127 ? 0 : round(2048 * (k) / 32 * (1 - erf((k) / 32 / sqrt(2))))]
}

table "gelu_128l_step" {
  bits   = 9
  signed = true
  values = [for k in range(128) : k == 127 ? 0 : round(2048 * (k + 1) / 32 * (1 - erf((k + 1) / 32 / sqrt(2)))) - round(2048 * (k) / 32 * (1 - erf((k) / 32 / sqrt(2))))]
}

instruction "gelu_128l" {
  summary  = "As gelu of transformer.hcl, by 128 entries and lines between them"
  assembly = "mv.gelu128l rd, rs1"
  encoding {
    format = "R"
    opcode = "custom-3"
    funct3 = 3
    funct7 = 6
    fixed  = { "24:20" = 0 }
  }
  let {
    x = s16(rs1)
    a = x < 0 ? not(x) : x
    k = bits(a, 14, 14) ? 127 : bits(a, 13, 7)
    y = gelu_128l_at[k] + asr(gelu_128l_step[k] * bits(a, 6, 0), 7)
  }
  write {
    rd = (x < 0 ? 0 : x) - bits(y, 9, 0)
  }
  accuracy {
    from     = -32768
    to       = 32767
    given    = { rs1 = i }
    function = i / 8192 * (1 + erf(i / 4096 / sqrt(2)))
    result   = s32(rd) / 4096
    error    = 0.00051
  }
}

design "base" {
  summary      = "The core alone"
  instructions = []
}

design "t32" {
  summary      = "the nearest of 32 entries"
  instructions = ["exp_32", "recip_32", "rsqrt_32", "gelu_32", "tofixed", "tofloat"]
  kernels      = ["networks/paper/tables/t32.h", "networks/paper/fixed.h", "networks/paper/products.h", "networks/paper/functions.h"]
  arithmetic   = "float32"
}

design "t64" {
  summary      = "the nearest of 64 entries"
  instructions = ["exp_64", "recip_64", "rsqrt_64", "gelu_64", "tofixed", "tofloat"]
  kernels      = ["networks/paper/tables/t64.h", "networks/paper/fixed.h", "networks/paper/products.h", "networks/paper/functions.h"]
  arithmetic   = "float32"
}

design "t128" {
  summary      = "the nearest of 128 entries"
  instructions = ["exp_128", "recip_128", "rsqrt_128", "gelu_128", "tofixed", "tofloat"]
  kernels      = ["networks/paper/tables/t128.h", "networks/paper/fixed.h", "networks/paper/products.h", "networks/paper/functions.h"]
  arithmetic   = "float32"
}

design "t32l" {
  summary      = "32 entries and lines between them"
  instructions = ["exp_32l", "recip_32l", "rsqrt_32l", "gelu_32l", "tofixed", "tofloat"]
  kernels      = ["networks/paper/tables/t32l.h", "networks/paper/fixed.h", "networks/paper/products.h", "networks/paper/functions.h"]
  arithmetic   = "float32"
}

design "t64l" {
  summary      = "64 entries and lines between them"
  instructions = ["exp_64l", "recip_64l", "rsqrt_64l", "gelu_64l", "tofixed", "tofloat"]
  kernels      = ["networks/paper/tables/t64l.h", "networks/paper/fixed.h", "networks/paper/products.h", "networks/paper/functions.h"]
  arithmetic   = "float32"
}

design "t128l" {
  summary      = "128 entries and lines between them"
  instructions = ["exp_128l", "recip_128l", "rsqrt_128l", "gelu_128l", "tofixed", "tofloat"]
  kernels      = ["networks/paper/tables/t128l.h", "networks/paper/fixed.h", "networks/paper/products.h", "networks/paper/functions.h"]
  arithmetic   = "float32"
}

unit "exponential_32" {
  instructions = ["exp_32"]
  apart        = true
}

unit "exponential_64" {
  instructions = ["exp_64"]
  apart        = true
}

unit "exponential_128" {
  instructions = ["exp_128"]
  apart        = true
}

unit "exponential_32l" {
  instructions = ["exp_32l"]
  apart        = true
}

unit "exponential_64l" {
  instructions = ["exp_64l"]
  apart        = true
}

unit "exponential_128l" {
  instructions = ["exp_128l"]
  apart        = true
}

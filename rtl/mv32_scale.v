// Product with its register, rounded and shifted right:
//   out <= floor(((a + d) * b + (ROUND ? 2^(SHIFT-1) : 0)) / 2^SHIFT)
// a and d are signed, their sum taken modulo 2^27, and b unsigned; out takes the low BITS bits.
// This file is the meaning and fits any device; ultrascale/mv32_scale.v names the slices.
`default_nettype none

module mv32_scale #(
  parameter B = 32,                    // bits of b, 18 to 34
  parameter SHIFT = 31,                // 18 or more
  parameter ROUND = 1,
  parameter BITS = 27                  // at most 27 + B - SHIFT
) (
  input  wire            clk_i,
  input  wire            rst_ni,
  input  wire            en_i,
  input  wire [26:0]     a_i,
  input  wire [26:0]     d_i,
  input  wire [B-1:0]    b_i,
  output reg  [BITS-1:0] out_o
);

  localparam W = 27 + B;
  localparam [W-1:0] HALF = ROUND != 0 ? {{(W-1){1'b0}}, 1'b1} << (SHIFT - 1) : {W{1'b0}};

  wire [26:0] ad = a_i + d_i;
  wire [W-1:0] product = $signed({{B{ad[26]}}, ad}) * $signed({27'd0, b_i});
  wire [W-1:0] rounded = product + HALF;

  always @(posedge clk_i) begin
    if (!rst_ni) out_o <= {BITS{1'b0}};
    else if (en_i) out_o <= rounded[SHIFT +: BITS];
  end

  // What rounding leaves, and bits that the caller has no use for
  wire unused = &{1'b0, rounded};

endmodule

`default_nettype wire

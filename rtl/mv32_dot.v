// Sum of products with its register, as a column of DSP slices holds it:
//   sum <= (keep ? sum : 0) + (mul ? (a + d) * b of all terms : 0) + (add ? c : 0)
// Operands are signed; a + d is taken modulo 2^A, the sum modulo 2^BITS.
// This file is the meaning and fits any device; ultrascale/mv32_dot.v names the slices.
`default_nettype none

module mv32_dot #(
  parameter TERMS = 1,
  parameter A = 27,                    // bits of a and d, 2 to 27, and 27 where d is used
  parameter B = 18,                    // bits of b, 2 to 18
  parameter BITS = 48                  // of the sum, more than A + B and 48 at most
) (
  input  wire               clk_i,
  input  wire               rst_ni,
  input  wire               en_i,
  input  wire               keep_i,
  input  wire               mul_i,
  input  wire               add_i,
  input  wire [A*TERMS-1:0] a_i,       // term 0 lowest
  input  wire [A*TERMS-1:0] d_i,
  input  wire [B*TERMS-1:0] b_i,
  input  wire [BITS-1:0]    c_i,
  output reg  [BITS-1:0]    sum_o
);

  wire [BITS*TERMS-1:0] terms;
  reg  [BITS-1:0] sum;
  integer i;

  genvar k;
  generate
    for (k = 0; k < TERMS; k = k + 1) begin : g_term
      wire [A-1:0] ad = a_i[A*k +: A] + d_i[A*k +: A];
      wire [B-1:0] b = b_i[B*k +: B] & {B{mul_i}};
      wire [A+B-1:0] product = $signed({{B{ad[A-1]}}, ad}) * $signed({{A{b[B-1]}}, b});
      assign terms[BITS*k +: BITS] = {{(BITS-A-B){product[A+B-1]}}, product};
    end
  endgenerate

  // One sum with nothing to select on its way, so that synthesis ends it in a single carry chain.
  always @* begin
    sum = (sum_o & {BITS{keep_i}}) + (c_i & {BITS{add_i}});
    for (i = 0; i < TERMS; i = i + 1) sum = sum + terms[BITS*i +: BITS];
  end

  always @(posedge clk_i) begin
    if (!rst_ni) sum_o <= {BITS{1'b0}};
    else if (en_i) sum_o <= sum;
  end

endmodule

`default_nettype wire

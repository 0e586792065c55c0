// Multiplier: 33 x 33 bits signed, registered once at the edge from stage X to stage W.
`default_nettype none

module mv32_mul (
  input  wire        clk_i,
  input  wire        en_i,        // stage X moves on
  input  wire [1:0]  funct3_i,    // 0 mul, 1 mulh, 2 mulhsu, 3 mulhu
  input  wire [31:0] a_i,
  input  wire [31:0] b_i,
  output wire [31:0] low_o,       // in stage W
  output wire [31:0] high_o
);

  wire a_signed = funct3_i != 2'd3;
  wire b_signed = ~funct3_i[1];
  wire signed [32:0] a = {a_signed & a_i[31], a_i};
  wire signed [32:0] b = {b_signed & b_i[31], b_i};

  reg signed [65:0] product_q;
  always @(posedge clk_i) if (en_i) product_q <= a * b;

  assign low_o = product_q[31:0];
  assign high_o = product_q[63:32];
  wire unused_top = &{1'b0, product_q[65:64]};

endmodule

`default_nettype wire

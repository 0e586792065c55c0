// Multiplier: 33 x 33 bits signed, registered once at the edge from stage X to stage W.
//
// With RISCV_FORMAL_ALTOPS it computes what riscv-formal puts in the place of products, so that proofs of the core need
// not multiply; this file is proven by itself.
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

`ifdef RISCV_FORMAL_ALTOPS
  wire [31:0] sum = a_i + b_i;
  reg  [31:0] low_q;
  reg  [31:0] high_q;
  always @(posedge clk_i) if (en_i) begin
    low_q <= sum ^ 32'h5876_063e;
    case (funct3_i)
      2'd2:    high_q <= (a_i - b_i) ^ 32'hecfb_e137;
      2'd3:    high_q <= sum ^ 32'h949c_e5e8;
      default: high_q <= sum ^ 32'hf658_3fb7;
    endcase
  end
  assign low_o = low_q;
  assign high_o = high_q;
`else
  wire a_signed = funct3_i != 2'd3;
  wire b_signed = ~funct3_i[1];
  wire signed [15:0] a_high = {a_signed & a_i[31], a_i[31:17]};
  wire signed [15:0] b_high = {b_signed & b_i[31], b_i[31:17]};
  wire signed [17:0] a_low = {1'b0, a_i[16:0]};
  wire signed [17:0] b_low = {1'b0, b_i[16:0]};

  // The outer products do not overlap; the inner ones are added between them.
  wire signed [31:0] high = a_high * b_high;
  wire signed [33:0] cross_a = a_high * b_low;
  wire signed [33:0] cross_b = a_low * b_high;
  wire signed [35:0] low = a_low * b_low;
  wire signed [34:0] inner = cross_a + cross_b;
  wire signed [48:0] upper = {high, low[33:17]};

  reg [65:0] product_q;
  always @(posedge clk_i) if (en_i) begin
    product_q[16:0] <= low[16:0];
    product_q[65:17] <= upper + {{14{inner[34]}}, inner};
  end

  assign low_o = product_q[31:0];
  assign high_o = product_q[63:32];
  wire unused_top = &{1'b0, product_q[65:64], low[35:34]};
`endif

endmodule

`default_nettype wire

// One of each: logic, registers, a distributed RAM, a block RAM, a multiplier.
`default_nettype none
module sample (
  input  wire        clk_i,
  input  wire        we_i,
  input  wire [4:0]  addr_i,
  input  wire [9:0]  far_i,
  input  wire [15:0] a_i,
  input  wire [15:0] b_i,
  output reg  [31:0] product_o,
  output wire [15:0] near_o,
  output reg  [31:0] far_o,
  output reg  [15:0] sum_o
);
  reg [15:0] near_q [0:31];
  reg [31:0] far_q [0:1023];
  assign near_o = near_q[addr_i];
  always @(posedge clk_i) begin
    if (we_i) near_q[addr_i] <= a_i;
    if (we_i) far_q[far_i] <= {a_i, b_i};
    far_o <= far_q[far_i];
    product_o <= a_i * b_i;
    sum_o <= a_i + b_i ^ {16{~we_i}};
  end
endmodule
`default_nettype wire

// mv32_dot in a column of UltraScale DSP slices, one a term (AMD UG579). The first
// slice takes c, each passes its sum on to the next, the last one keeps it.
`default_nettype none

module mv32_dot #(
  parameter TERMS = 1,
  parameter A = 27,
  parameter B = 18,
  parameter BITS = 48
) (
  input  wire               clk_i,
  input  wire               rst_ni,
  input  wire               en_i,
  input  wire               keep_i,
  input  wire               mul_i,
  input  wire               add_i,
  input  wire [A*TERMS-1:0] a_i,
  input  wire [A*TERMS-1:0] d_i,
  input  wire [B*TERMS-1:0] b_i,
  input  wire [BITS-1:0]    c_i,
  output wire [BITS-1:0]    sum_o
);

  wire [48*(TERMS+1)-1:0] cascade;     // what a slice takes from the one before it
  wire [48*TERMS-1:0] sums;
  assign cascade[47:0] = 48'd0;
  assign sum_o = sums[48*(TERMS-1) +: BITS];

  genvar k;
  generate
    for (k = 0; k < TERMS; k = k + 1) begin : g_term
      // What the slice adds up:  W: 01 its former sum   Z: 011 c, 001 the cascade   Y and X: 01 and 01 the product
      wire [1:0] w = {1'b0, (k == TERMS-1) & keep_i};
      wire [2:0] z = k == 0 ? {1'b0, {2{add_i}}} : 3'b001;
      wire [3:0] yx = {1'b0, mul_i, 1'b0, mul_i};
      DSP48E2 #(
        .AMULTSEL("AD"), .ACASCREG(0), .ADREG(0), .ALUMODEREG(0), .AREG(0), .BCASCREG(0), .BREG(0), .CARRYINREG(0),
        .CARRYINSELREG(0), .CREG(0), .DREG(0), .INMODEREG(0), .MREG(0), .OPMODEREG(0), .PREG(k == TERMS-1 ? 1 : 0)
      ) u_slice (
        .A({{(30-A){a_i[A*k+A-1]}}, a_i[A*k +: A]}),
        .D({{(28-A){d_i[A*k+A-1]}}, d_i[A*k +: A-1]}),
        .B({{(19-B){b_i[B*k+B-1]}}, b_i[B*k +: B-1]}),
        .C({{(49-BITS){c_i[BITS-1]}}, c_i[BITS-2:0]}),
        .PCIN(cascade[48*k +: 48]),
        .OPMODE({w, z, yx}),
        .INMODE(5'b00100),             // A + D
        .ALUMODE(4'b0000),             // a sum
        .CARRYIN(1'b0),
        .CARRYINSEL(3'b000),
        .CLK(clk_i),
        .CEP(en_i),
        .RSTP(~rst_ni),
        .P(sums[48*k +: 48]),
        .PCOUT(cascade[48*(k+1) +: 48])
      );
    end
  endgenerate

endmodule

`default_nettype wire

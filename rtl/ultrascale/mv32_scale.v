// mv32_scale in a column of two UltraScale DSP slices (AMD UG579): the low 17 bits of
// b in the first one, whose product the second takes shifted right by 17.
//   floor((ad * b + half) / 2^SHIFT) = floor((ad * high + floor(ad * low / 2^17) + half / 2^17) / 2^(SHIFT-17))
`default_nettype none

module mv32_scale #(
  parameter B = 32,
  parameter SHIFT = 31,
  parameter ROUND = 1,
  parameter BITS = 27
) (
  input  wire            clk_i,
  input  wire            rst_ni,
  input  wire            en_i,
  input  wire [26:0]     a_i,
  input  wire [26:0]     d_i,
  input  wire [B-1:0]    b_i,
  output wire [BITS-1:0] out_o
);

  wire [47:0] cascade, sum;
  assign out_o = sum[SHIFT-17 +: BITS];

  // What a slice adds up:  W: 10 the constant RND   Z: 101 the cascade, shifted   Y and X: 01 and 01 the product
  DSP48E2 #(
    .AMULTSEL("AD"), .ACASCREG(0), .ADREG(0), .ALUMODEREG(0), .AREG(0), .BCASCREG(0), .BREG(0), .CARRYINREG(0),
    .CARRYINSELREG(0), .CREG(0), .DREG(0), .INMODEREG(0), .MREG(0), .OPMODEREG(0), .PREG(0)
  ) u_low (
    .A({{3{a_i[26]}}, a_i}), .D(d_i), .B({1'b0, b_i[16:0]}), .C(48'd0), .PCIN(48'd0), .OPMODE(9'b00_000_01_01),
    .INMODE(5'b00100), .ALUMODE(4'b0000), .CARRYIN(1'b0), .CARRYINSEL(3'b000),
    .CLK(clk_i), .CEP(1'b0), .RSTP(1'b0), .PCOUT(cascade)
  );
  DSP48E2 #(
    .RND(ROUND != 0 ? 48'd1 << (SHIFT - 18) : 48'd0),
    .AMULTSEL("AD"), .ACASCREG(0), .ADREG(0), .ALUMODEREG(0), .AREG(0), .BCASCREG(0), .BREG(0), .CARRYINREG(0),
    .CARRYINSELREG(0), .CREG(0), .DREG(0), .INMODEREG(0), .MREG(0), .OPMODEREG(0), .PREG(1)
  ) u_high (
    .A({{3{a_i[26]}}, a_i}), .D(d_i), .B({{(35-B){1'b0}}, b_i[B-1:17]}), .C(48'd0), .PCIN(cascade), .OPMODE(9'b10_101_01_01),
    .INMODE(5'b00100), .ALUMODE(4'b0000), .CARRYIN(1'b0), .CARRYINSEL(3'b000),
    .CLK(clk_i), .CEP(en_i), .RSTP(~rst_ni), .P(sum)
  );

endmodule

`default_nettype wire

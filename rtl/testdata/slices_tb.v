// Holds the modules of ultrascale/ (here named with an _u behind) against the
// library's: equal outputs in every cycle, for operands at their limits and within.
`default_nettype none
`timescale 1ns/1ns

module compare_dot #(parameter TERMS = 1, A = 27, B = 18, BITS = 48) (input wire clk, input wire [31:0] seed, output reg [31:0] faults);
  reg rst_n, en, keep, mul, add;
  reg [A*TERMS-1:0] a, d;
  reg [B*TERMS-1:0] b;
  reg [BITS-1:0] c;
  wire [BITS-1:0] want, got;
  mv32_dot #(.TERMS(TERMS), .A(A), .B(B), .BITS(BITS)) meaning (clk, rst_n, en, keep, mul, add, a, d, b, c, want);
  mv32_dot_u #(.TERMS(TERMS), .A(A), .B(B), .BITS(BITS)) mapped (clk, rst_n, en, keep, mul, add, a, d, b, c, got);
  integer s, i;
  initial begin s = seed; rst_n = 0; faults = 0; end
  always @(negedge clk) begin
    if (want !== got) faults = faults + 1;
    rst_n = $random(s) % 64 != 0;
    {en, keep, mul, add} = $random(s);
    for (i = 0; i < TERMS; i = i + 1) begin
      a[A*i +: A] = $random(s) % 4 ? $random(s) : {1'b1, {(A-1){1'b0}}} - ($random(s) & 1);
      d[A*i +: A] = A == 27 ? $random(s) : 0; // narrower ones have no second term
      b[B*i +: B] = $random(s) % 4 ? $random(s) : {1'b1, {(B-1){1'b0}}} - ($random(s) & 1);
    end
    c = {$random(s), $random(s)};
  end
endmodule

module compare_scale #(parameter B = 32, SHIFT = 31, ROUND = 1, BITS = 27) (input wire clk, input wire [31:0] seed, output reg [31:0] faults);
  reg rst_n, en;
  reg [26:0] a, d;
  reg [B-1:0] b;
  wire [BITS-1:0] want, got;
  mv32_scale #(.B(B), .SHIFT(SHIFT), .ROUND(ROUND), .BITS(BITS)) meaning (clk, rst_n, en, a, d, b, want);
  mv32_scale_u #(.B(B), .SHIFT(SHIFT), .ROUND(ROUND), .BITS(BITS)) mapped (clk, rst_n, en, a, d, b, got);
  integer s;
  initial begin s = seed; rst_n = 0; faults = 0; end
  always @(negedge clk) begin
    if (want !== got) faults = faults + 1;
    rst_n = $random(s) % 64 != 0;
    en = $random(s);
    a = $random(s) % 4 ? $random(s) : 27'h4000000 - ($random(s) & 1);
    d = $random(s) % 4 ? $random(s) : -($random(s) & 1);
    b = $random(s) % 4 ? {$random(s), $random(s)} : -($random(s) & 1);
    if ($random(s) % 4 == 0) b[16:0] = 17'h1ffff; // its top bit is no sign
  end
endmodule

module slices_tb;
  reg clk = 0;
  wire [31:0] f0, f1, f2, f3, f4, f5, f6;
  compare_dot #(4, 8, 8, 32) dot0 (clk, 32'd1, f0);
  compare_dot #(1, 27, 18, 48) dot1 (clk, 32'd2, f1);
  compare_dot #(3, 27, 18, 47) dot2 (clk, 32'd3, f2);
  compare_dot #(2, 9, 2, 12) dot3 (clk, 32'd4, f3);
  compare_scale #(32, 31, 1, 27) scale0 (clk, 32'd5, f4);
  compare_scale #(34, 18, 1, 43) scale1 (clk, 32'd6, f5);
  compare_scale #(18, 20, 0, 5) scale2 (clk, 32'd7, f6);
  initial begin
    repeat (2000) #1 clk = ~clk;
    $display("faults: dot %0d %0d %0d %0d scale %0d %0d %0d", f0, f1, f2, f3, f4, f5, f6);
    $finish;
  end
endmodule

`default_nettype wire

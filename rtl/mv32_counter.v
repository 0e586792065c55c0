// 64-bit counter that software can load by halves.
`default_nettype none

module mv32_counter (
  input  wire        clk_i,
  input  wire        rst_ni,
  input  wire        count_i,
  input  wire        load_low_i,   // takes the place of counting in that cycle
  input  wire        load_high_i,
  input  wire [31:0] data_i,
  output reg  [63:0] value_q
);

  // Load and increment share one adder, so that each bit needs one LUT.
  wire        load = load_low_i | load_high_i;
  wire [63:0] base = {load_high_i ? data_i : value_q[63:32], load_low_i ? data_i : value_q[31:0]};

  always @(posedge clk_i) begin
    if (!rst_ni) value_q <= 64'd0;
    else value_q <= base + {63'd0, count_i & ~load};
  end

endmodule

`default_nettype wire

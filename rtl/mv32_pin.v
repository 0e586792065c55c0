// A pinned register: flip-flops that follow one register of the file and offer it as a further operand.
`default_nettype none

module mv32_pin #(
  parameter [4:0] REGISTER = 5'd0,   // which register; 0: none, the outputs are 0
  parameter WRITE2 = 0,              // 1: second result port
  parameter DIRECT = 0               // 1: result 3 is written here through direct_*
) (
  input  wire        clk_i,
  input  wire        rst_ni,

  // Writes at the end of this cycle
  input  wire        w1_en_i,
  input  wire [4:0]  w1_addr_i,
  input  wire [31:0] w1_data_i,
  input  wire        w2_en_i,
  input  wire [4:0]  w2_addr_i,
  input  wire [31:0] w2_data_i,
  input  wire        direct_en_i,
  input  wire [31:0] direct_data_i,

  output wire [31:0] x_value_o,      // for stage X, with the writes of this cycle
  output wire [31:0] w_value_o       // for stage W, without
);

  generate
    if (REGISTER != 5'd0) begin : g_pin
      wire hit1 = w1_en_i & w1_addr_i == REGISTER;
      wire hit2 = WRITE2 != 0 & w2_en_i & w2_addr_i == REGISTER;
      wire direct = DIRECT != 0 & direct_en_i;
      reg [31:0] value_q;
      wire [1:0] sel = direct ? 2'd3 : hit2 ? 2'd2 : {1'b0, hit1};
      mv32_mux #(.INPUTS((DIRECT != 0) ? 4 : (WRITE2 != 0) ? 3 : 2)) mux (
        .sel_i (sel),
        .in0_i (value_q),
        .in1_i (w1_data_i),
        .in2_i (w2_data_i),
        .in3_i (direct_data_i),
        .out_o (x_value_o)
      );
      always @(posedge clk_i) begin
        if (!rst_ni) value_q <= 32'd0;
        else value_q <= x_value_o;
      end
      assign w_value_o = value_q;
    end else begin : g_none
      assign x_value_o = 32'd0;
      assign w_value_o = 32'd0;
      wire unused = &{1'b0, clk_i, rst_ni, w1_en_i, w1_addr_i, w1_data_i};
    end
    if (REGISTER == 5'd0 | WRITE2 == 0) begin : g_no_write2
      wire unused_w2 = &{1'b0, w2_en_i, w2_addr_i, w2_data_i};
    end
    if (REGISTER == 5'd0 | DIRECT == 0) begin : g_no_direct
      wire unused_direct = &{1'b0, direct_en_i, direct_data_i};
    end
  endgenerate

endmodule

`default_nettype wire

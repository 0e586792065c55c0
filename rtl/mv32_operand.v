// One register operand of stage X: the register file's word unless a result in stage W is newer.
`default_nettype none

module mv32_operand #(
  parameter WRITE2 = 0,              // 1: second result port
  parameter [4:0] PIN_HOME = 5'd0    // register that lives only in flip-flops; 0: none
) (
  input  wire [4:0]  addr_i,
  input  wire [31:0] file_i,

  // Writes at the end of this cycle
  input  wire        w1_en_i,
  input  wire [4:0]  w1_addr_i,
  input  wire [31:0] w1_data_i,
  input  wire        w2_en_i,
  input  wire [4:0]  w2_addr_i,
  input  wire [31:0] w2_data_i,
  input  wire [31:0] pin_i,          // the register PIN_HOME, result 3 in stage W included

  output wire [31:0] data_o
);

  wire hit1 = w1_en_i & addr_i == w1_addr_i;
  wire hit2 = WRITE2 != 0 & w2_en_i & addr_i == w2_addr_i;
  wire home = PIN_HOME != 5'd0 & addr_i == PIN_HOME;

  // 0 file, 1 and 2 results in stage W, 3 the register that is not in the file
  wire [1:0] sel = home ? 2'd3 : hit2 ? 2'd2 : {1'b0, hit1};
  mv32_mux #(.INPUTS((PIN_HOME != 5'd0) ? 4 : (WRITE2 != 0) ? 3 : 2)) mux (
    .sel_i (sel),
    .in0_i (file_i),
    .in1_i (w1_data_i),
    .in2_i (w2_data_i),
    .in3_i (pin_i),
    .out_o (data_o)
  );

endmodule

`default_nettype wire

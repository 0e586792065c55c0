// One register operand of stage X: the register file's word unless a result in stage W is newer.
`default_nettype none

(* keep_hierarchy *)
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

  // Words that do not apply are 0: the file holds nothing for PIN_HOME.
  wire [31:0] word = hit2 ? w2_data_i : hit1 ? w1_data_i : file_i;
  assign data_o = home ? pin_i : word;

endmodule

`default_nettype wire

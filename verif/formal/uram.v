// Stands for rtl/mv32_uram.v where proofs look at the ports of a RAM: which element
// is read, which is written and with what. That the module keeps what is written
// to it, and shows what is read, is proven of the module itself, in rtl/.
`default_nettype none

module mv32_uram #(
  parameter WIDTH = 32,
  parameter WORDS = 512,
  parameter ADDR = 9
) (
  // All ports keep their names, also where two RAMs share a signal
  output wire [WIDTH*WORDS-1:0] f_words_o,
  input  wire             clk_i,
  (* keep *) input  wire             we_i,
  (* keep *) input  wire [ADDR-1:0]  waddr_i,
  (* keep *) input  wire [WIDTH-1:0] wdata_i,
  (* keep *) input  wire             re_i,
  (* keep *) input  wire [ADDR-1:0]  raddr_i,
  (* keep *) output reg  [WIDTH-1:0] rdata_o
);

  // Any element, that of raddr_i by assumption
  reg [WIDTH-1:0] word;
  always @(posedge clk_i) if (we_i) word <= wdata_i;
  always @(posedge clk_i) if (re_i) rdata_o <= word;
  assign f_words_o = {(WIDTH*WORDS){1'b0}};

endmodule

`default_nettype wire

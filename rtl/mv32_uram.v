// Private RAM of a unit: one write port and one read port, as block RAM has them.
// Data in the cycle after re, held while re is low. A read of the word that is being written gives the former one.
`default_nettype none

module mv32_uram #(
  parameter WIDTH = 32,
  parameter WORDS = 512,               // 2 or more
  parameter ADDR = 9                   // bits of an index of WORDS elements
) (
`ifdef FORMAL
  output wire [WIDTH*WORDS-1:0] f_words_o, // for proofs: all words, word 0 lowest
`endif
  input  wire             clk_i,
  input  wire             we_i,
  input  wire [ADDR-1:0]  waddr_i,
  input  wire [WIDTH-1:0] wdata_i,
  input  wire             re_i,
  input  wire [ADDR-1:0]  raddr_i,
  output reg  [WIDTH-1:0] rdata_o
);

  (* ram_style = "block" *) reg [WIDTH-1:0] words [0:WORDS-1];
  integer i;
  initial begin
    for (i = 0; i < WORDS; i = i + 1) words[i] = {WIDTH{1'b0}};
  end

  always @(posedge clk_i) if (we_i) words[waddr_i] <= wdata_i;
  always @(posedge clk_i) if (re_i) rdata_o <= words[raddr_i];

`ifdef FORMAL
  genvar k;
  generate
    for (k = 0; k < WORDS; k = k + 1) begin : g_view
      assign f_words_o[WIDTH*k +: WIDTH] = words[k];
    end
  endgenerate
`endif

endmodule

`default_nettype wire

// What proofs of units take for granted of mv32_uram: any word, k, holds what was
// written to it last, 0 at first, and is what is read when k is.
`default_nettype none

module uram_check (
  input wire clk, we, re,
  input wire [2:0] waddr, raddr, k_i,
  input wire [1:0] wdata
);
  localparam WORDS = 6;
  wire [2*WORDS-1:0] words;
  wire [1:0] rdata;
  mv32_uram #(.WIDTH(2), .WORDS(WORDS), .ADDR(3)) ram (.f_words_o(words), .clk_i(clk), .we_i(we), .waddr_i(waddr), .wdata_i(wdata),
    .re_i(re), .raddr_i(raddr), .rdata_o(rdata));

  reg [2:0] k;                         // chosen at power-up
  reg [1:0] model = 2'd0, shown;
  reg known = 1'b0, chosen = 1'b0;
  wire [2:0] now = chosen ? k : k_i;
  always @(posedge clk) begin
    chosen <= 1'b1;
    k <= now;
    if (we && waddr == now) model <= wdata;
    if (re) {known, shown} <= {raddr == now, model};
  end
  wire [11:0] at_k = words >> 2 * now;
  always @* if (now < WORDS) begin
    assert (at_k[1:0] == model);
    if (known) assert (rdata == shown);
  end
endmodule

`default_nettype wire

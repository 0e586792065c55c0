// Load data of stage W: shifted down to bit 0 and extended. What selects is prepared in stage X.
`default_nettype none

module mv32_load (
  input  wire        clk_i,
  input  wire        en_i,          // stage X moves on

  // Stage X
  input  wire [1:0]  size_i,        // 0 byte, 1 half-word, 2 word
  input  wire        unsigned_i,
  input  wire [1:0]  addr_i,        // low address bits

  // Stage W
  input  wire [31:0] w_rdata_i,
  output wire [31:0] w_data_o
`ifdef FORMAL
  ,
  output wire [6:0]  f_view_o       // see mv32_core
`endif
);

  reg [1:0] addr_q;
  reg [1:0] top_q;                  // byte that holds the sign
  reg       word_q;
  reg       byte_q;
  reg       signed_q;
  always @(posedge clk_i) if (en_i) begin
    addr_q   <= addr_i;
    top_q    <= {addr_i[1], addr_i[0] | size_i[0]};
    word_q   <= size_i[1];
    byte_q   <= size_i == 2'd0;
    signed_q <= ~unsigned_i;
  end

`ifdef FORMAL
  assign f_view_o = {addr_q, top_q, word_q, byte_q, signed_q};
`endif

  wire sign = top_q[1] ? (top_q[0] ? w_rdata_i[31] : w_rdata_i[23]) : (top_q[0] ? w_rdata_i[15] : w_rdata_i[7]);

  assign w_data_o[7:0] = addr_q[1] ? (addr_q[0] ? w_rdata_i[31:24] : w_rdata_i[23:16])
                                   : (addr_q[0] ? w_rdata_i[15:8] : w_rdata_i[7:0]);
  assign w_data_o[15:8] = byte_q ? {8{sign & signed_q}} : addr_q[1] ? w_rdata_i[31:24] : w_rdata_i[15:8];
  assign w_data_o[31:16] = word_q ? w_rdata_i[31:16] : {16{sign & signed_q}};

endmodule

`default_nettype wire

// Load data of stage W: shifted down to bit 0 and extended.
`default_nettype none

module mv32_load (
  input  wire [1:0]  size_i,        // 0 byte, 1 half-word, 2 word
  input  wire        unsigned_i,
  input  wire [1:0]  addr_i,        // low address bits
  input  wire [31:0] rdata_i,
  output wire [31:0] data_o
);

  wire half = size_i[0];
  wire word = size_i[1];

  wire [7:0] byte_data = addr_i[1] ? (addr_i[0] ? rdata_i[31:24] : rdata_i[23:16])
                                   : (addr_i[0] ? rdata_i[15:8] : rdata_i[7:0]);
  wire [7:0] upper = addr_i[1] ? rdata_i[31:24] : rdata_i[15:8];
  wire       fill = ~unsigned_i & (half ? upper[7] : byte_data[7]);

  assign data_o[7:0]   = byte_data;
  assign data_o[15:8]  = (half | word) ? upper : {8{fill}};
  assign data_o[31:16] = word ? rdata_i[31:16] : {16{fill}};

endmodule

`default_nettype wire

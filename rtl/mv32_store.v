// Data-port request of stage X: byte lanes, write data replication and alignment check.
`default_nettype none

module mv32_store (
  input  wire [1:0]  size_i,        // 0 byte, 1 half-word, 2 word
  input  wire [1:0]  addr_i,        // low address bits
  input  wire [31:0] data_i,
  output wire [3:0]  lanes_o,       // bytes that the access touches
  output wire [31:0] wdata_o,
  output wire        misaligned_o
);

  wire half = size_i[0];
  wire word = size_i[1];

  assign lanes_o[0] = ~addr_i[1] & ~addr_i[0] | word;
  assign lanes_o[1] = ~addr_i[1] & (addr_i[0] | half) | word;
  assign lanes_o[2] = addr_i[1] & ~addr_i[0] | word;
  assign lanes_o[3] = addr_i[1] & (addr_i[0] | half) | word;

  assign wdata_o[7:0]   = data_i[7:0];
  assign wdata_o[15:8]  = (half | word) ? data_i[15:8] : data_i[7:0];
  assign wdata_o[23:16] = word ? data_i[23:16] : data_i[7:0];
  assign wdata_o[31:24] = word ? data_i[31:24] : half ? data_i[15:8] : data_i[7:0];

  assign misaligned_o = (half & addr_i[0]) | (word & (|addr_i));

endmodule

`default_nettype wire

// True dual-port block RAM: port A reads (instructions), port B reads and writes by bytes (data).
// Data in the cycle after en, held while en is low. Port B returns the former word on a write.
`default_nettype none

module mv32_ram #(
  parameter WORDS = 16384,           // a power of two
  parameter INIT = ""                // $readmemh file of 32-bit words; empty: not initialised
) (
  input  wire        clk_i,

  input  wire        a_en_i,
  input  wire [31:0] a_addr_i,       // byte addresses; bits beyond the size are ignored
  output reg  [31:0] a_rdata_o,

  input  wire        b_en_i,
  input  wire [3:0]  b_we_i,
  input  wire [31:0] b_addr_i,
  input  wire [31:0] b_wdata_i,
  output reg  [31:0] b_rdata_o
);

  localparam BITS = $clog2(WORDS);

  reg [31:0] mem [0:WORDS-1];
  generate
    if (INIT != "") begin : g_init
      initial $readmemh(INIT, mem);
    end
  endgenerate

  wire [BITS-1:0] a_word = a_addr_i[BITS+1:2];
  wire [BITS-1:0] b_word = b_addr_i[BITS+1:2];

  always @(posedge clk_i) if (a_en_i) a_rdata_o <= mem[a_word];

  always @(posedge clk_i) if (b_en_i) begin
    if (b_we_i[0]) mem[b_word][7:0]   <= b_wdata_i[7:0];
    if (b_we_i[1]) mem[b_word][15:8]  <= b_wdata_i[15:8];
    if (b_we_i[2]) mem[b_word][23:16] <= b_wdata_i[23:16];
    if (b_we_i[3]) mem[b_word][31:24] <= b_wdata_i[31:24];
    b_rdata_o <= mem[b_word];
  end

  wire unused = &{1'b0, a_addr_i[31:BITS+2], a_addr_i[1:0], b_addr_i[31:BITS+2], b_addr_i[1:0]};

endmodule

`default_nettype wire

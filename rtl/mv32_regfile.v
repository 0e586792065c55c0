// Register file of mv32: 32 registers of 32 bits in distributed RAM, read asynchronously in stage X.
//
// With one write port it is a plain memory. With two, each port owns a bank and a register's value is the XOR of
// its words in both banks: a port writes its value XORed with the other bank's word. Reading then needs no
// live-value table, only one more LUT input in the operand multiplexer behind it.
// Both ports must not write the same register in one cycle (mv32_wb gives the higher-numbered result precedence).
`default_nettype none

module mv32_regfile #(
  parameter READ3 = 0,  // 1: third read port; otherwise rs3_data_o is 0
  parameter WRITE2 = 0  // 1: second write port; otherwise the w2_* inputs are ignored
) (
  input  wire        clk_i,

  // Read ports
  input  wire [4:0]  rs1_addr_i,
  input  wire [4:0]  rs2_addr_i,
  input  wire [4:0]  rs3_addr_i,
  output wire [31:0] rs1_data_o,
  output wire [31:0] rs2_data_o,
  output wire [31:0] rs3_data_o,

  // Write ports; never enabled for register 0, which stays as initialised
  input  wire        w1_en_i,
  input  wire [4:0]  w1_addr_i,
  input  wire [31:0] w1_data_i,
  input  wire        w2_en_i,
  input  wire [4:0]  w2_addr_i,
  input  wire [31:0] w2_data_i
`ifdef FORMAL
  ,
  input  wire [4:0]  f_index_i,
  output wire [31:0] f_data_o,
  output wire [31:0] f_zero_o     // what register 0 holds
`endif
);

  reg [31:0] bank1_q [0:31];
  integer i;
  initial for (i = 0; i < 32; i = i + 1) bank1_q[i] = 32'd0;

  generate
    if (WRITE2 != 0) begin : g_write2
      reg [31:0] bank2_q [0:31];
      integer j;
      initial for (j = 0; j < 32; j = j + 1) bank2_q[j] = 32'd0;

      wire [31:0] w1_other = bank2_q[w1_addr_i];
      wire [31:0] w2_other = bank1_q[w2_addr_i];
      always @(posedge clk_i) if (w1_en_i) bank1_q[w1_addr_i] <= w1_data_i ^ w1_other;
      always @(posedge clk_i) if (w2_en_i) bank2_q[w2_addr_i] <= w2_data_i ^ w2_other;

      assign rs1_data_o = bank1_q[rs1_addr_i] ^ bank2_q[rs1_addr_i];
      assign rs2_data_o = bank1_q[rs2_addr_i] ^ bank2_q[rs2_addr_i];
      assign rs3_data_o = (READ3 != 0) ? bank1_q[rs3_addr_i] ^ bank2_q[rs3_addr_i] : 32'd0;
    end else begin : g_write1
      always @(posedge clk_i) if (w1_en_i) bank1_q[w1_addr_i] <= w1_data_i;

      assign rs1_data_o = bank1_q[rs1_addr_i];
      assign rs2_data_o = bank1_q[rs2_addr_i];
      assign rs3_data_o = (READ3 != 0) ? bank1_q[rs3_addr_i] : 32'd0;
      wire unused_w2 = &{1'b0, w2_en_i, w2_addr_i, w2_data_i};
    end
`ifdef FORMAL
    if (WRITE2 != 0) begin : g_formal2
      assign f_data_o = bank1_q[f_index_i] ^ g_write2.bank2_q[f_index_i];
      assign f_zero_o = bank1_q[0] ^ g_write2.bank2_q[0];
    end else begin : g_formal1
      assign f_data_o = bank1_q[f_index_i];
      assign f_zero_o = bank1_q[0];
    end
`endif
    if (READ3 == 0) begin : g_no_read3
      wire unused_rs3 = &{1'b0, rs3_addr_i};
    end
  endgenerate

endmodule

`default_nettype wire

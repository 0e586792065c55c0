// Register operands of stage X: the file, bypasses from stage W, and pinned registers.
`default_nettype none

module mv32_registers #(
  parameter READ3 = 0,               // 1: third operand; otherwise rs3_o is 0
  parameter WRITE2 = 0,              // 1: second write port
  parameter DIRECT = 0,              // 1: w3 writes PIN0 directly, which then lives in flip-flops only
  parameter [4:0] PIN0 = 5'd0,       // pinned registers, 0: none
  parameter [4:0] PIN1 = 5'd0,
  parameter [4:0] PIN2 = 5'd0
) (
  input  wire        clk_i,
  input  wire        rst_ni,

  input  wire [4:0]  rs1_addr_i,
  input  wire [4:0]  rs2_addr_i,
  input  wire [4:0]  rs3_addr_i,
  output wire [31:0] rs1_o,
  output wire [31:0] rs2_o,
  output wire [31:0] rs3_o,
  output wire [31:0] x_pin0_o,       // with the writes of this cycle
  output wire [31:0] x_pin1_o,
  output wire [31:0] x_pin2_o,
  output wire [31:0] w_pin0_o,       // without

  // Writes at the end of this cycle
  input  wire        w1_en_i,
  input  wire [4:0]  w1_addr_i,
  input  wire [31:0] w1_data_i,
  input  wire        w2_en_i,
  input  wire [4:0]  w2_addr_i,
  input  wire [31:0] w2_data_i,
  input  wire        w3_en_i,
  input  wire [31:0] w3_data_i
`ifdef FORMAL
  ,
  input  wire [4:0]  f_index_i,
  output wire [31:0] f_data_o,       // register f_index_i
  output wire [31:0] f_zero_o,       // what register 0 holds
  output wire [95:0] f_pins_o        // PIN2, PIN1, PIN0
`endif
);

  localparam [4:0] HOME = (DIRECT != 0) ? PIN0 : 5'd0;

  wire [31:0] file1;
  wire [31:0] file2;
  wire [31:0] file3;
  mv32_regfile #(.READ3(READ3), .WRITE2(WRITE2)) regfile (
    .clk_i      (clk_i),
    .rs1_addr_i (rs1_addr_i),
    .rs2_addr_i (rs2_addr_i),
    .rs3_addr_i (rs3_addr_i),
    .rs1_data_o (file1),
    .rs2_data_o (file2),
    .rs3_data_o (file3),
    .w1_en_i    (w1_en_i),
    .w1_addr_i  (w1_addr_i),
    .w1_data_i  (w1_data_i),
    .w2_en_i    (w2_en_i),
    .w2_addr_i  (w2_addr_i),
    .w2_data_i  (w2_data_i)
`ifdef FORMAL
    ,
    .f_index_i  (f_index_i),
    .f_data_o   (f_file),
    .f_zero_o   (f_zero_o)
`endif
  );
`ifdef FORMAL
  wire [31:0] f_file;
  assign f_data_o = (HOME != 5'd0 & f_index_i == HOME) ? w_pin0_o : f_file;
  assign f_pins_o = {unused_w_pin2, unused_w_pin1, w_pin0_o};
`endif

  mv32_operand #(.WRITE2(WRITE2), .PIN_HOME(HOME)) operand1 (
    .addr_i    (rs1_addr_i),
    .file_i    (file1),
    .w1_en_i   (w1_en_i),
    .w1_addr_i (w1_addr_i),
    .w1_data_i (w1_data_i),
    .w2_en_i   (w2_en_i),
    .w2_addr_i (w2_addr_i),
    .w2_data_i (w2_data_i),
    .pin_i     (x_pin0_o),
    .data_o    (rs1_o)
  );
  mv32_operand #(.WRITE2(WRITE2), .PIN_HOME(HOME)) operand2 (
    .addr_i    (rs2_addr_i),
    .file_i    (file2),
    .w1_en_i   (w1_en_i),
    .w1_addr_i (w1_addr_i),
    .w1_data_i (w1_data_i),
    .w2_en_i   (w2_en_i),
    .w2_addr_i (w2_addr_i),
    .w2_data_i (w2_data_i),
    .pin_i     (x_pin0_o),
    .data_o    (rs2_o)
  );
  generate
    if (READ3 != 0) begin : g_read3
      mv32_operand #(.WRITE2(WRITE2), .PIN_HOME(HOME)) operand3 (
        .addr_i    (rs3_addr_i),
        .file_i    (file3),
        .w1_en_i   (w1_en_i),
        .w1_addr_i (w1_addr_i),
        .w1_data_i (w1_data_i),
        .w2_en_i   (w2_en_i),
        .w2_addr_i (w2_addr_i),
        .w2_data_i (w2_data_i),
        .pin_i     (x_pin0_o),
        .data_o    (rs3_o)
      );
    end else begin : g_no_read3
      assign rs3_o = 32'd0;
      wire unused_file3 = &{1'b0, file3};
    end
  endgenerate

  wire [31:0] unused_w_pin1;
  wire [31:0] unused_w_pin2;
  mv32_pin #(.REGISTER(PIN0), .WRITE2(WRITE2), .DIRECT(DIRECT)) pin0 (
    .clk_i         (clk_i),
    .rst_ni        (rst_ni),
    .w1_en_i       (w1_en_i),
    .w1_addr_i     (w1_addr_i),
    .w1_data_i     (w1_data_i),
    .w2_en_i       (w2_en_i),
    .w2_addr_i     (w2_addr_i),
    .w2_data_i     (w2_data_i),
    .direct_en_i   (w3_en_i),
    .direct_data_i (w3_data_i),
    .x_value_o     (x_pin0_o),
    .w_value_o     (w_pin0_o)
  );
  mv32_pin #(.REGISTER(PIN1), .WRITE2(WRITE2)) pin1 (
    .clk_i         (clk_i),
    .rst_ni        (rst_ni),
    .w1_en_i       (w1_en_i),
    .w1_addr_i     (w1_addr_i),
    .w1_data_i     (w1_data_i),
    .w2_en_i       (w2_en_i),
    .w2_addr_i     (w2_addr_i),
    .w2_data_i     (w2_data_i),
    .direct_en_i   (1'b0),
    .direct_data_i (32'd0),
    .x_value_o     (x_pin1_o),
    .w_value_o     (unused_w_pin1)
  );
  mv32_pin #(.REGISTER(PIN2), .WRITE2(WRITE2)) pin2 (
    .clk_i         (clk_i),
    .rst_ni        (rst_ni),
    .w1_en_i       (w1_en_i),
    .w1_addr_i     (w1_addr_i),
    .w1_data_i     (w1_data_i),
    .w2_en_i       (w2_en_i),
    .w2_addr_i     (w2_addr_i),
    .w2_data_i     (w2_data_i),
    .direct_en_i   (1'b0),
    .direct_data_i (32'd0),
    .x_value_o     (x_pin2_o),
    .w_value_o     (unused_w_pin2)
  );

endmodule

`default_nettype wire

// Simulation top of the core's own tests: core, test extension, bus and timer; memories are outside.
// The parameters choose the socket options under test.
`default_nettype none

module mv32_tb #(
  parameter        EXT = 0,
  parameter        EXT_RS3 = 0,
  parameter        EXT_RESULTS = 1,
  parameter        EXT_WPORTS = 1,
  parameter [4:0]  EXT_PIN0 = 5'd0,
  parameter [4:0]  EXT_PIN1 = 5'd0,
  parameter [4:0]  EXT_PIN2 = 5'd0,
  parameter        EXT_MEM = 0,
  parameter        LOOPS = 0
) (
  input  wire        clk_i,
  input  wire        rst_ni,

  output wire        imem_en_o,
  output wire [31:0] imem_addr_o,
  input  wire [31:0] imem_rdata_i,
  input  wire        imem_wait_i,

  output wire        ram_en_o,
  output wire [3:0]  ram_we_o,
  output wire [31:0] ram_addr_o,
  output wire [31:0] ram_wdata_o,
  input  wire [31:0] ram_rdata_i,
  input  wire        dmem_wait_i,

  input  wire        irq_external_i,

  output wire        console_valid_o,
  output wire [7:0]  console_data_o,
  output wire        exit_valid_o,
  output wire [31:0] exit_code_o,
  output wire        roi_valid_o,
  output wire        roi_value_o
`ifdef RISCV_FORMAL
  ,
  output wire         rvfi_valid,
  output wire [63:0]  rvfi_order,
  output wire [31:0]  rvfi_insn,
  output wire         rvfi_trap,
  output wire         rvfi_halt,
  output wire         rvfi_intr,
  output wire [1:0]   rvfi_mode,
  output wire [1:0]   rvfi_ixl,
  output wire [4:0]   rvfi_rs1_addr,
  output wire [4:0]   rvfi_rs2_addr,
  output wire [4:0]   rvfi_rs3_addr,
  output wire [31:0]  rvfi_rs1_rdata,
  output wire [31:0]  rvfi_rs2_rdata,
  output wire [31:0]  rvfi_rs3_rdata,
  output wire [4:0]   rvfi_rd_addr,
  output wire [4:0]   rvfi_rd2_addr,
  output wire [4:0]   rvfi_rd3_addr,
  output wire [31:0]  rvfi_rd_wdata,
  output wire [31:0]  rvfi_rd2_wdata,
  output wire [31:0]  rvfi_rd3_wdata,
  output wire [31:0]  rvfi_pc_rdata,
  output wire [31:0]  rvfi_pc_wdata,
  output wire [31:0]  rvfi_mem_addr,
  output wire [3:0]   rvfi_mem_rmask,
  output wire [3:0]   rvfi_mem_wmask,
  output wire [31:0]  rvfi_mem_rdata,
  output wire [31:0]  rvfi_mem_wdata
`endif
);

  wire        dmem_en;
  wire [3:0]  dmem_we;
  wire [31:0] dmem_addr;
  wire [31:0] dmem_wdata;
  wire [31:0] dmem_rdata;
  wire        timer_en;
  wire        timer_we;
  wire        timer_mtime_sel;
  wire        timer_high_sel;
  wire [31:0] timer_wdata;
  wire [31:0] timer_rdata;
  wire        irq_timer;
  wire [63:0] mtime;

  wire [31:0]  ext_d_instr;
  wire         ext_x_valid;
  wire         ext_x_commit;
  wire [31:0]  ext_x_instr;
  wire [31:0]  ext_x_pc;
  wire [31:0]  ext_x_rs1;
  wire [31:0]  ext_x_rs2;
  wire [31:0]  ext_x_rs3;
  wire [31:0]  ext_x_pin0;
  wire [31:0]  ext_x_pin1;
  wire [31:0]  ext_x_pin2;
  wire         ext_w_valid;
  wire         ext_w_commit;
  wire [31:0]  ext_w_rdata;
  wire [31:0]  ext_w_pin0;
  wire [31:0]  ext_w_product;
  wire [31:0]  ext_w_high;
  wire         ext_d_claim;
  wire [4:0]   ext_d_rs3;
  wire [2:0]   ext_d_we;
  wire [4:0]   ext_d_rd;
  wire [4:0]   ext_d_rd2;
  wire         ext_d_load;
  wire         ext_d_store;
  wire [1:0]   ext_d_size;
  wire         ext_d_unsigned;
  wire         ext_d_loop;
  wire         ext_x_stall;
  wire [31:0]  ext_x_addr;
  wire [31:0]  ext_x_wdata;
  wire         ext_x_loop_level;
  wire [31:0]  ext_x_loop_count;
  wire [31:0]  ext_x_loop_end;
  wire [31:0]  ext_w_result;
  wire [31:0]  ext_w_result2;
  wire [31:0]  ext_w_result3;

  mv32_core #(
    .EXT(EXT), .EXT_RS3(EXT_RS3), .EXT_RESULTS(EXT_RESULTS), .EXT_WPORTS(EXT_WPORTS),
    .EXT_PIN0(EXT_PIN0), .EXT_PIN1(EXT_PIN1), .EXT_PIN2(EXT_PIN2), .EXT_MEM(EXT_MEM), .LOOPS(LOOPS)
  ) core (
    .clk_i              (clk_i),
    .rst_ni             (rst_ni),
    .imem_en_o          (imem_en_o),
    .imem_addr_o        (imem_addr_o),
    .imem_rdata_i       (imem_rdata_i),
    .imem_wait_i        (imem_wait_i),
    .dmem_en_o          (dmem_en),
    .dmem_we_o          (dmem_we),
    .dmem_addr_o        (dmem_addr),
    .dmem_wdata_o       (dmem_wdata),
    .dmem_rdata_i       (dmem_rdata),
    .dmem_wait_i        (dmem_wait_i),
    .irq_software_i     (1'b0),
    .irq_timer_i        (irq_timer),
    .irq_external_i     (irq_external_i),
    .mtime_i            (mtime),
    .ext_d_instr_o      (ext_d_instr),
    .ext_x_valid_o      (ext_x_valid),
    .ext_x_commit_o     (ext_x_commit),
    .ext_x_instr_o      (ext_x_instr),
    .ext_x_pc_o         (ext_x_pc),
    .ext_x_rs1_o        (ext_x_rs1),
    .ext_x_rs2_o        (ext_x_rs2),
    .ext_x_rs3_o        (ext_x_rs3),
    .ext_x_pin0_o       (ext_x_pin0),
    .ext_x_pin1_o       (ext_x_pin1),
    .ext_x_pin2_o       (ext_x_pin2),
    .ext_w_valid_o      (ext_w_valid),
    .ext_w_commit_o     (ext_w_commit),
    .ext_w_rdata_o      (ext_w_rdata),
    .ext_w_pin0_o       (ext_w_pin0),
    .ext_w_product_o    (ext_w_product),
    .ext_w_high_o       (ext_w_high),
    .ext_d_claim_i      (ext_d_claim),
    .ext_d_rs3_i        (ext_d_rs3),
    .ext_d_we_i         (ext_d_we),
    .ext_d_rd_i         (ext_d_rd),
    .ext_d_rd2_i        (ext_d_rd2),
    .ext_d_load_i       (ext_d_load),
    .ext_d_store_i      (ext_d_store),
    .ext_d_size_i       (ext_d_size),
    .ext_d_unsigned_i   (ext_d_unsigned),
    .ext_d_loop_i       (ext_d_loop),
    .ext_x_stall_i      (ext_x_stall),
    .ext_x_addr_i       (ext_x_addr),
    .ext_x_wdata_i      (ext_x_wdata),
    .ext_x_loop_level_i (ext_x_loop_level),
    .ext_x_loop_count_i (ext_x_loop_count),
    .ext_x_loop_end_i   (ext_x_loop_end),
    .ext_w_result_i     (ext_w_result),
    .ext_w_result2_i    (ext_w_result2),
    .ext_w_result3_i    (ext_w_result3)
`ifdef RISCV_FORMAL
    ,
    .rvfi_valid         (rvfi_valid),
    .rvfi_order         (rvfi_order),
    .rvfi_insn          (rvfi_insn),
    .rvfi_trap          (rvfi_trap),
    .rvfi_halt          (rvfi_halt),
    .rvfi_intr          (rvfi_intr),
    .rvfi_mode          (rvfi_mode),
    .rvfi_ixl           (rvfi_ixl),
    .rvfi_rs1_addr      (rvfi_rs1_addr),
    .rvfi_rs2_addr      (rvfi_rs2_addr),
    .rvfi_rs3_addr      (rvfi_rs3_addr),
    .rvfi_rs1_rdata     (rvfi_rs1_rdata),
    .rvfi_rs2_rdata     (rvfi_rs2_rdata),
    .rvfi_rs3_rdata     (rvfi_rs3_rdata),
    .rvfi_rd_addr       (rvfi_rd_addr),
    .rvfi_rd2_addr      (rvfi_rd2_addr),
    .rvfi_rd3_addr      (rvfi_rd3_addr),
    .rvfi_rd_wdata      (rvfi_rd_wdata),
    .rvfi_rd2_wdata     (rvfi_rd2_wdata),
    .rvfi_rd3_wdata     (rvfi_rd3_wdata),
    .rvfi_pc_rdata      (rvfi_pc_rdata),
    .rvfi_pc_wdata      (rvfi_pc_wdata),
    .rvfi_mem_addr      (rvfi_mem_addr),
    .rvfi_mem_rmask     (rvfi_mem_rmask),
    .rvfi_mem_wmask     (rvfi_mem_wmask),
    .rvfi_mem_rdata     (rvfi_mem_rdata),
    .rvfi_mem_wdata     (rvfi_mem_wdata)
`endif
  );

  mv32_bus bus (
    .clk_i             (clk_i),
    .rst_ni            (rst_ni),
    .dmem_en_i         (dmem_en),
    .dmem_we_i         (dmem_we),
    .dmem_addr_i       (dmem_addr),
    .dmem_wdata_i      (dmem_wdata),
    .dmem_rdata_o      (dmem_rdata),
    .ram_en_o          (ram_en_o),
    .ram_we_o          (ram_we_o),
    .ram_addr_o        (ram_addr_o),
    .ram_wdata_o       (ram_wdata_o),
    .ram_rdata_i       (ram_rdata_i),
    .timer_en_o        (timer_en),
    .timer_we_o        (timer_we),
    .timer_mtime_sel_o (timer_mtime_sel),
    .timer_high_sel_o  (timer_high_sel),
    .timer_wdata_o     (timer_wdata),
    .timer_rdata_i     (timer_rdata),
    .console_valid_o   (console_valid_o),
    .console_data_o    (console_data_o),
    .exit_valid_o      (exit_valid_o),
    .exit_code_o       (exit_code_o),
    .roi_valid_o       (roi_valid_o),
    .roi_value_o       (roi_value_o)
  );

  mv32_timer timer (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .en_i        (timer_en),
    .we_i        (timer_we),
    .mtime_sel_i (timer_mtime_sel),
    .high_sel_i  (timer_high_sel),
    .wdata_i     (timer_wdata),
    .rdata_o     (timer_rdata),
    .mtime_o     (mtime),
    .irq_o       (irq_timer)
  );

  generate
    if (EXT != 0) begin : g_ext
      mv32_test_ext ext (
        .clk_i              (clk_i),
        .rst_ni             (rst_ni),
        .ext_d_instr_i      (ext_d_instr),
        .ext_x_valid_i      (ext_x_valid),
        .ext_x_commit_i     (ext_x_commit),
        .ext_x_instr_i      (ext_x_instr),
        .ext_x_pc_i         (ext_x_pc),
        .ext_x_rs1_i        (ext_x_rs1),
        .ext_x_rs2_i        (ext_x_rs2),
        .ext_x_rs3_i        (ext_x_rs3),
        .ext_x_pin0_i       (ext_x_pin0),
        .ext_x_pin1_i       (ext_x_pin1),
        .ext_x_pin2_i       (ext_x_pin2),
        .ext_w_valid_i      (ext_w_valid),
        .ext_w_commit_i     (ext_w_commit),
        .ext_w_rdata_i      (ext_w_rdata),
        .ext_w_pin0_i       (ext_w_pin0),
        .ext_d_claim_o      (ext_d_claim),
        .ext_d_rs3_o        (ext_d_rs3),
        .ext_d_we_o         (ext_d_we),
        .ext_d_rd_o         (ext_d_rd),
        .ext_d_rd2_o        (ext_d_rd2),
        .ext_d_load_o       (ext_d_load),
        .ext_d_store_o      (ext_d_store),
        .ext_d_size_o       (ext_d_size),
        .ext_d_unsigned_o   (ext_d_unsigned),
        .ext_d_loop_o       (ext_d_loop),
        .ext_x_stall_o      (ext_x_stall),
        .ext_x_addr_o       (ext_x_addr),
        .ext_x_wdata_o      (ext_x_wdata),
        .ext_x_loop_level_o (ext_x_loop_level),
        .ext_x_loop_count_o (ext_x_loop_count),
        .ext_x_loop_end_o   (ext_x_loop_end),
        .ext_w_result_o     (ext_w_result),
        .ext_w_result2_o    (ext_w_result2),
        .ext_w_result3_o    (ext_w_result3)
      );
    end else begin : g_no_ext
      assign ext_d_claim = 1'd0;
      assign ext_d_rs3 = 5'd0;
      assign ext_d_we = 3'd0;
      assign ext_d_rd = 5'd0;
      assign ext_d_rd2 = 5'd0;
      assign ext_d_load = 1'd0;
      assign ext_d_store = 1'd0;
      assign ext_d_size = 2'd0;
      assign ext_d_unsigned = 1'd0;
      assign ext_d_loop = 1'd0;
      assign ext_x_stall = 1'd0;
      assign ext_x_addr = 32'd0;
      assign ext_x_wdata = 32'd0;
      assign ext_x_loop_level = 1'd0;
      assign ext_x_loop_count = 32'd0;
      assign ext_x_loop_end = 32'd0;
      assign ext_w_result = 32'd0;
      assign ext_w_result2 = 32'd0;
      assign ext_w_result3 = 32'd0;
      wire unused = &{1'b0, ext_d_instr, ext_x_valid, ext_x_commit, ext_x_instr, ext_x_pc, ext_x_rs1,
                       ext_x_rs2, ext_x_rs3, ext_x_pin0, ext_x_pin1, ext_x_pin2, ext_w_valid,
                       ext_w_commit, ext_w_rdata, ext_w_pin0};
    end
  endgenerate
  wire unused_product = &{1'b0, ext_w_product, ext_w_high};

endmodule

`default_nettype wire

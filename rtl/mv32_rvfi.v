// RVFI: what stage X knew of an instruction, kept until it leaves stage W, in the form of riscv-formal.
// Instantiated only where RISCV_FORMAL is defined. An instruction that traps is reported with rd 0.
`default_nettype none

module mv32_rvfi #(
  parameter RESULTS = 1,
  parameter [4:0] PIN0 = 5'd0
) (
  input  wire        clk_i,
  input  wire        rst_ni,

  // Stage X
  input  wire        x_go_i,
  input  wire        x_retire_i,     // instruction leaves X, trapping or not
  input  wire        x_irq_i,        // replaced by an interrupt
  input  wire        x_trap_i,
  input  wire [31:0] x_instr_i,
  input  wire [31:2] x_pc_i,
  input  wire [31:2] x_next_pc_i,
  input  wire [31:0] x_rs1_i,
  input  wire [31:0] x_rs2_i,
  input  wire [31:0] x_rs3_i,
  input  wire [4:0]  x_rs3_addr_i,
  input  wire [2:0]  x_we_i,
  input  wire [4:0]  x_rd_i,
  input  wire [4:0]  x_rd2_i,
  input  wire        x_load_i,
  input  wire        x_store_i,
  input  wire [3:0]  x_lanes_i,
  input  wire [31:2] x_addr_i,
  input  wire [31:0] x_wdata_i,

  // Stage W
  input  wire        w_done_i,
  input  wire [31:0] w_result1_i,
  input  wire [31:0] w_result2_i,
  input  wire [31:0] w_result3_i,
  input  wire [31:0] w_rdata_i,

  output wire        rvfi_valid,
  output wire [63:0] rvfi_order,
  output wire [31:0] rvfi_insn,
  output wire        rvfi_trap,
  output wire        rvfi_halt,
  output wire        rvfi_intr,
  output wire [1:0]  rvfi_mode,
  output wire [1:0]  rvfi_ixl,
  output wire [4:0]  rvfi_rs1_addr,
  output wire [4:0]  rvfi_rs2_addr,
  output wire [4:0]  rvfi_rs3_addr,
  output wire [31:0] rvfi_rs1_rdata,
  output wire [31:0] rvfi_rs2_rdata,
  output wire [31:0] rvfi_rs3_rdata,
  output wire [4:0]  rvfi_rd_addr,
  output wire [4:0]  rvfi_rd2_addr,
  output wire [4:0]  rvfi_rd3_addr,
  output wire [31:0] rvfi_rd_wdata,
  output wire [31:0] rvfi_rd2_wdata,
  output wire [31:0] rvfi_rd3_wdata,
  output wire [31:0] rvfi_pc_rdata,
  output wire [31:0] rvfi_pc_wdata,
  output wire [31:0] rvfi_mem_addr,
  output wire [3:0]  rvfi_mem_rmask,
  output wire [3:0]  rvfi_mem_wmask,
  output wire [31:0] rvfi_mem_rdata,
  output wire [31:0] rvfi_mem_wdata
`ifdef FORMAL
  ,
  output wire [14:0] f_view_o        // see mv32_core
`endif
);

  reg         valid_q;
  reg  [63:0] order_q;
  reg         intr_pending_q;        // the next instruction is the first of an interrupt handler
  reg         intr_q;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      order_q <= 64'd0;
      intr_pending_q <= 1'b0;
      intr_q <= 1'b0;
    end else begin
      if (w_done_i) valid_q <= x_retire_i;
      if (rvfi_valid) order_q <= order_q + 64'd1;
      if (x_irq_i) intr_pending_q <= 1'b1;
      else if (x_retire_i) intr_pending_q <= 1'b0;
      if (x_retire_i) intr_q <= intr_pending_q;
    end
  end

  reg         trap_q;
  reg  [31:0] instr_q;
  reg  [31:2] pc_q;
  reg  [31:2] next_pc_q;
  reg  [31:0] rs1_q;
  reg  [31:0] rs2_q;
  reg  [31:0] rs3_q;
  reg  [4:0]  rs3_addr_q;
  reg  [2:0]  we_q;
  reg  [4:0]  rd_q;
  reg  [4:0]  rd2_q;
  reg  [3:0]  rmask_q;
  reg  [3:0]  wmask_q;
  reg  [31:2] addr_q;
  reg  [31:0] wdata_q;
  wire        accesses = (x_load_i | x_store_i) & ~x_trap_i;
  always @(posedge clk_i) if (x_go_i) begin
    trap_q     <= x_trap_i;
    instr_q    <= x_instr_i;
    pc_q       <= x_pc_i;
    next_pc_q  <= x_next_pc_i;
    rs1_q      <= x_rs1_i;
    rs2_q      <= x_rs2_i;
    rs3_q      <= x_rs3_i;
    rs3_addr_q <= x_rs3_addr_i;
    we_q       <= x_we_i & {3{~x_trap_i}};
    rd_q       <= x_rd_i;
    rd2_q      <= x_rd2_i;
    rmask_q    <= x_lanes_i & {4{accesses & x_load_i}};
    wmask_q    <= x_lanes_i & {4{accesses & x_store_i}};
    addr_q     <= x_addr_i & {30{accesses}};
    wdata_q    <= x_wdata_i;
  end

`ifdef FORMAL
  assign f_view_o = {valid_q, intr_pending_q, we_q, rd_q, rd2_q};
`endif

  // What an instruction has in its register fields is reported as read whether it uses it or not.
  assign rvfi_valid = valid_q & w_done_i;
  assign rvfi_order = order_q;
  assign rvfi_insn = instr_q;
  assign rvfi_trap = trap_q;
  assign rvfi_halt = 1'b0;
  assign rvfi_intr = intr_q;
  assign rvfi_mode = 2'd3;
  assign rvfi_ixl = 2'd1;
  assign rvfi_rs1_addr = instr_q[19:15];
  assign rvfi_rs2_addr = instr_q[24:20];
  assign rvfi_rs3_addr = rs3_addr_q;
  assign rvfi_rs1_rdata = rs1_q;
  assign rvfi_rs2_rdata = rs2_q;
  assign rvfi_rs3_rdata = rs3_q & {32{|rs3_addr_q}};
  assign rvfi_rd_addr = we_q[0] ? rd_q : 5'd0;
  assign rvfi_rd2_addr = (RESULTS > 1 & we_q[1]) ? rd2_q : 5'd0;
  assign rvfi_rd3_addr = (RESULTS > 2 & we_q[2]) ? PIN0 : 5'd0;
  assign rvfi_rd_wdata = w_result1_i & {32{|rvfi_rd_addr}};
  assign rvfi_rd2_wdata = w_result2_i & {32{|rvfi_rd2_addr}};
  assign rvfi_rd3_wdata = w_result3_i & {32{|rvfi_rd3_addr}};
  assign rvfi_pc_rdata = {pc_q, 2'b00};
  assign rvfi_pc_wdata = {next_pc_q, 2'b00};
  assign rvfi_mem_addr = {addr_q, 2'b00};
  assign rvfi_mem_rmask = rmask_q;
  assign rvfi_mem_wmask = wmask_q;
  genvar i;
  generate
    for (i = 0; i < 4; i = i + 1) begin : g_lane
      assign rvfi_mem_rdata[8*i +: 8] = w_rdata_i[8*i +: 8] & {8{rmask_q[i]}};
      assign rvfi_mem_wdata[8*i +: 8] = wdata_q[8*i +: 8] & {8{wmask_q[i]}};
    end
  endgenerate

endmodule

`default_nettype wire

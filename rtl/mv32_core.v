// mv32: RV32IM + Zicsr in three stages, with a socket for custom instructions.
//
//   F  drives the instruction address (combinational; the memory answers in the next cycle)
//   D  decodes imem_rdata_i, predicts jumps, tests loop ends; its next address reaches the memory in the same cycle
//   X  reads registers (bypassed from W), computes, accesses data memory, redirects, traps; leaving X commits
//   W  load data, products, extension results; writes registers
//
// README.md beside this file has parameters, socket protocol and the cycles of every instruction.
`default_nettype none

module mv32_core #(
  parameter [31:0] RESET_PC = 32'h8000_0000,
  parameter        EXT = 0,             // 1: an extension is connected; 0: every ext_* input is ignored
  parameter        EXT_RS3 = 0,         // 1: third register operand
  parameter        EXT_RESULTS = 1,     // results per instruction, 1 to 3; 3 needs EXT_PIN0
  parameter        EXT_WPORTS = 1,      // results written per cycle, 1 to 3
  parameter [4:0]  EXT_PIN0 = 5'd0,     // registers offered as further operands; 0: none
  parameter [4:0]  EXT_PIN1 = 5'd0,
  parameter [4:0]  EXT_PIN2 = 5'd0,
  parameter        EXT_MEM = 0,         // 1: the extension loads and stores, 2: it only loads
  parameter        LOOPS = 0,           // levels of zero-overhead loops, 0 to 2
  parameter        LOOP_BITS = 32       // width of their counters, 3 to 32; set-ups give the low bits
) (
  input  wire        clk_i,
  input  wire        rst_ni,            // synchronous

  // Instruction memory: data in the cycle after en, held while en is low
  output wire        imem_en_o,
  output wire [31:0] imem_addr_o,
  input  wire [31:0] imem_rdata_i,
  input  wire        imem_wait_i,       // data not there yet: everything is held

  // Data memory: same protocol
  output wire        dmem_en_o,
  output wire [3:0]  dmem_we_o,
  output wire [31:0] dmem_addr_o,
  output wire [31:0] dmem_wdata_o,
  input  wire [31:0] dmem_rdata_i,
  input  wire        dmem_wait_i,

  // Interrupts (level) and time
  input  wire        irq_software_i,
  input  wire        irq_timer_i,
  input  wire        irq_external_i,
  input  wire [63:0] mtime_i,

  // Extension, stage D: decode of ext_d_instr_o
  output wire [31:0] ext_d_instr_o,
  input  wire        ext_d_claim_i,     // a legal instruction of the extension
  input  wire [4:0]  ext_d_rs3_i,
  input  wire [2:0]  ext_d_we_i,        // results it writes
  input  wire [4:0]  ext_d_rd_i,
  input  wire [4:0]  ext_d_rd2_i,
  input  wire        ext_d_load_i,
  input  wire        ext_d_store_i,
  input  wire [1:0]  ext_d_size_i,      // 0 byte, 1 half-word, 2 word
  input  wire        ext_d_unsigned_i,
  input  wire        ext_d_loop_i,      // sets up a loop; high for nothing else, claimed or not

  // Extension, stage X
  output wire        ext_x_valid_o,     // makes progress in this cycle, operands are good
  output wire        ext_x_commit_o,    // leaves X at the end of this cycle
  output wire [31:0] ext_x_instr_o,
  output wire [31:0] ext_x_pc_o,
  output wire [31:0] ext_x_rs1_o,
  output wire [31:0] ext_x_rs2_o,
  output wire [31:0] ext_x_rs3_o,
  output wire [31:0] ext_x_pin0_o,
  output wire [31:0] ext_x_pin1_o,
  output wire [31:0] ext_x_pin2_o,
  input  wire        ext_x_stall_i,     // stay in X
  input  wire [31:0] ext_x_addr_i,
  input  wire [31:0] ext_x_wdata_i,
  input  wire        ext_x_loop_level_i,
  input  wire [31:0] ext_x_loop_count_i,
  input  wire [31:0] ext_x_loop_end_i,  // address of the body's last instruction

  // Extension, stage W
  output wire        ext_w_valid_o,
  output wire        ext_w_commit_o,    // leaves W at the end of this cycle
  output wire [31:0] ext_w_rdata_o,
  output wire [31:0] ext_w_pin0_o,
  output wire [31:0] ext_w_product_o,   // low word of rs1 * rs2, whatever the instruction
  output wire [31:0] ext_w_high_o,      // high word, of signed numbers if funct3 is that of mul or mulh
  input  wire [31:0] ext_w_result_i,
  input  wire [31:0] ext_w_result2_i,
  input  wire [31:0] ext_w_result3_i
`ifdef RISCV_FORMAL
  ,
  // Retired instruction, in stage W. rd2 and rd3 are the further results of the extension, rs3 its third operand.
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
`endif
`ifdef FORMAL
  ,
  // What the invariants of the proof need to see (formal/core/mv32_invariants.v takes it apart)
  input  wire [4:0]  f_index_i,
  output wire [807:0] f_view_o
`endif
);

  // Without an extension, whatever the parameters say of it, nothing of it is there.
  localparam       RS3 = (EXT != 0) ? EXT_RS3 : 0;
  localparam       MEM = (EXT != 0) ? EXT_MEM : 0;
  localparam       RESULTS = (EXT != 0) ? EXT_RESULTS : 1;
  localparam       WPORTS = (EXT != 0) ? EXT_WPORTS : 1;
  localparam       WRITE2 = (RESULTS > 1 && WPORTS > 1) ? 1 : 0;
  localparam       DIRECT = (RESULTS > 2 && WPORTS > 2) ? 1 : 0;
  localparam [4:0] PIN0 = (EXT != 0) ? EXT_PIN0 : 5'd0;
  localparam [4:0] PIN1 = (EXT != 0) ? EXT_PIN1 : 5'd0;
  localparam [4:0] PIN2 = (EXT != 0) ? EXT_PIN2 : 5'd0;

  // Flow control: W first, then X, then D
  wire run = ~(imem_wait_i | dmem_wait_i);
  wire w_more;                          // W needs another cycle for further results
  wire w_done = run & ~w_more;
  wire x_busy;                          // X needs another cycle
  wire x_go = w_done & ~x_busy;         // what is in X moves to W, D to X

  // Stage D ------------------------------------------------------------------------------------------------
  wire [31:0] d_instr = imem_rdata_i;
  wire        d_valid;
  wire [31:2] d_pc;
  wire        d_taken;
  wire        d_claim = EXT != 0 & ext_d_claim_i;
  wire [1:0]  d_again;
  wire [1:0]  x_again;
  wire [31:2] start0;
  wire [31:2] start1;
  wire [1:0]  x_fetch_sel;
  wire        x_refetch;
  wire        x_redirect;
  wire [31:0] x_other;                  // pc + 4 or pc + immediate, whichever was not predicted
  wire [31:0] x_sum;
  wire [31:2] x_vector;

  mv32_fetch #(.RESET_PC(RESET_PC), .LOOPS(LOOPS)) fetch (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .en_i        (x_go),
    .addr_o      (imem_addr_o[31:2]),
    .d_instr_i   (d_instr),
    .d_valid_o   (d_valid),
    .d_pc_o      (d_pc),
    .d_taken_o   (d_taken),
    .d_again_i   (d_again),
    .start0_i    (start0),
    .start1_i    (start1),
    .x_refetch_i (x_refetch),
    .x_sel_i     (x_fetch_sel),
    .x_other_i   (x_other[31:2]),
    .x_jalr_i    (x_sum[31:2]),
    .x_vector_i  (x_vector)
  );
  assign imem_en_o = x_go;
  assign imem_addr_o[1:0] = 2'b00;
  assign ext_d_instr_o = d_instr;

  // Edge from D to X
  reg         x_valid_q;
  reg         x_claim_q;
  reg         x_taken_q;
  reg  [31:2] x_pc_q;
  reg  [31:0] x_instr_q;
  reg  [2:0]  x_ext_we_q;
  reg  [4:0]  x_rd_q;
  reg  [4:0]  x_rd2_q;
  reg  [4:0]  x_rs3_q;
  reg         x_ext_load_q;
  reg         x_ext_store_q;
  reg         x_ext_loop_q;
  reg  [1:0]  x_size_q;
  reg         x_unsigned_q;
  always @(posedge clk_i) begin
    if (!rst_ni) x_valid_q <= 1'b0;
    else if (x_go) x_valid_q <= d_valid & ~x_redirect;
  end
  always @(posedge clk_i) if (x_go) begin
    x_claim_q     <= d_claim;
    x_taken_q     <= d_taken;
    x_pc_q        <= d_pc;
    x_instr_q     <= d_instr;
    x_ext_we_q    <= ext_d_we_i;
    x_rd_q        <= d_claim ? ext_d_rd_i : d_instr[11:7];
    x_rd2_q       <= ext_d_rd2_i;
    x_rs3_q       <= ext_d_rs3_i;
    x_ext_load_q  <= d_claim & ext_d_load_i & MEM != 0;
    x_ext_store_q <= d_claim & ext_d_store_i & MEM == 1;
    x_ext_loop_q  <= d_claim & ext_d_loop_i & LOOPS != 0;
    x_size_q      <= d_claim ? ext_d_size_i : d_instr[13:12];
    x_unsigned_q  <= d_claim ? ext_d_unsigned_i : d_instr[14];
  end

  wire        x_legal, x_rd_we, x_is_shift, x_sub, x_use_imm, x_cmp_unsigned, x_shift_arith;
  wire        x_branch, x_jal, x_jalr, x_base_load, x_base_store, x_mul, x_div, x_csr;
  wire        x_ecall, x_ebreak, x_mret, x_fencei;
  wire [31:0] x_imm;
  wire [1:0]  x_result_sel;
  wire [2:0]  x_alu_op;
  mv32_decode decode (
    .clk_i          (clk_i),
    .en_i           (x_go),
    .instr_i        (d_instr),
    .legal_o        (x_legal),
    .imm_o          (x_imm),
    .rd_we_o        (x_rd_we),
    .result_sel_o   (x_result_sel),
    .alu_op_o       (x_alu_op),
    .alu_sub_o      (x_sub),
    .alu_imm_o      (x_use_imm),
    .cmp_unsigned_o (x_cmp_unsigned),
    .shift_o        (x_is_shift),
    .shift_arith_o  (x_shift_arith),
    .branch_o       (x_branch),
    .jal_o          (x_jal),
    .jalr_o         (x_jalr),
    .load_o         (x_base_load),
    .store_o        (x_base_store),
    .mul_o          (x_mul),
    .div_o          (x_div),
    .csr_o          (x_csr),
    .ecall_o        (x_ecall),
    .ebreak_o       (x_ebreak),
    .mret_o         (x_mret),
    .fencei_o       (x_fencei)
  );

  // Stage X ------------------------------------------------------------------------------------------------
  // An interrupt replaces an instruction only in its first cycle in X, so that a multi-cycle one is never cut off.
  reg         x_held_q;
  wire        irq_pending;
  wire [3:0]  irq_cause;
  wire        x_irq = x_valid_q & irq_pending & ~x_held_q;
  wire        x_live = x_valid_q & ~x_irq;
  always @(posedge clk_i) begin
    if (!rst_ni) x_held_q <= 1'b0;
    else if (w_done) x_held_q <= x_busy;
  end

  // Operands
  wire        w1_en, w2_en, w3_en;
  wire [4:0]  w1_addr, w2_addr;
  wire [31:0] w1_data, w2_data, w3_data;
  wire [31:0] x_rs1, x_rs2;
  mv32_registers #(
    .READ3(RS3), .WRITE2(WRITE2), .DIRECT(DIRECT), .PIN0(PIN0), .PIN1(PIN1), .PIN2(PIN2)
  ) registers (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .rs1_addr_i  (x_instr_q[19:15]),
    .rs2_addr_i  (x_instr_q[24:20]),
    .rs3_addr_i  (x_rs3_q),
    .rs1_o       (x_rs1),
    .rs2_o       (x_rs2),
    .rs3_o       (ext_x_rs3_o),
    .x_pin0_o    (ext_x_pin0_o),
    .x_pin1_o    (ext_x_pin1_o),
    .x_pin2_o    (ext_x_pin2_o),
    .w_pin0_o    (ext_w_pin0_o),
    .w1_en_i     (w1_en),
    .w1_addr_i   (w1_addr),
    .w1_data_i   (w1_data),
    .w2_en_i     (w2_en),
    .w2_addr_i   (w2_addr),
    .w2_data_i   (w2_data),
    .w3_en_i     (w3_en),
    .w3_data_i   (w3_data)
`ifdef FORMAL
    ,
    .f_index_i   (f_index_i),
    .f_data_o    (f_data),
    .f_zero_o    (f_zero),
    .f_pins_o    (f_pins)
`endif
  );

  // Computation
  wire [31:0] x_alu;
  wire [31:0] w_shifted;
  wire        x_equal, x_less;
  mv32_alu alu (
    .a_i            (x_rs1),
    .b_i            (x_use_imm ? x_imm : x_rs2),
    .op_i           (x_alu_op),
    .sub_i          (x_sub),
    .cmp_unsigned_i (x_cmp_unsigned),
    .sum_o          (x_sum),
    .equal_o        (x_equal),
    .less_o         (x_less),
    .result_o       (x_alu)
  );
  mv32_shift shift (
    .clk_i      (clk_i),
    .en_i       (x_go),
    .shift_i    (x_is_shift & ~x_claim_q),
    .left_i     (~x_instr_q[14]),
    .arith_i    (x_shift_arith),
    .amount_i   (x_use_imm ? x_imm[4:0] : x_rs2[4:0]),
    .data_i     (x_rs1),
    .w_result_o (w_shifted)
  );

  wire [31:0] w_mul_low, w_mul_high;
  mv32_mul mul (
    .clk_i    (clk_i),
    .en_i     (x_go),
    .funct3_i (x_instr_q[13:12]),
    .a_i      (x_rs1),
    .b_i      (x_rs2),
    .low_o    (w_mul_low),
    .high_o   (w_mul_high)
  );
  assign ext_w_product_o = w_mul_low;
  assign ext_w_high_o = w_mul_high;

  wire        x_div_busy;
  wire [31:0] x_quotient;
  mv32_div div (
    .clk_i      (clk_i),
    .rst_ni     (rst_ni),
    .run_i      (w_done),
    .start_i    (x_live & x_div),
    .unsigned_i (x_instr_q[12]),
    .rem_i      (x_instr_q[13]),
    .a_i        (x_rs1),
    .b_i        (x_rs2),
    .busy_o     (x_div_busy),
    .result_o   (x_quotient)
`ifdef FORMAL
    ,
    .f_done_o   (f_div_done),
    .f_view_o   ()
`endif
  );

  wire x_ext = x_live & x_claim_q;
  assign x_busy = x_div_busy | (x_live & x_csr & ~x_held_q) | (x_ext & ext_x_stall_i);

  // pc + 4: link address, start of a loop, the way not predicted; else pc + immediate
  wire x_next4 = x_taken_q | x_jalr | x_ext_loop_q;
  mv32_sum #(.WIDTH(30)) x_adder (
    .a_i     (x_pc_q),
    .b_i     (x_next4 ? 30'd1 : x_imm[31:2]),
    .carry_i (1'b0),
    .sum_o   (x_other[31:2])
  );
  assign x_other[1:0] = x_imm[1:0] & {2{~x_next4}};

  // Data access
  wire        x_load = x_base_load | x_ext_load_q;
  wire        x_store = x_base_store | x_ext_store_q;
  wire [31:0] x_addr = (MEM != 0 & x_claim_q) ? ext_x_addr_i : x_sum;
  wire [3:0]  x_lanes;
  wire        x_misaligned;
  wire        x_commit;
  mv32_store store (
    .size_i       (x_size_q),
    .addr_i       (x_addr[1:0]),
    .data_i       ((MEM == 1 & x_claim_q) ? ext_x_wdata_i : x_rs2),
    .lanes_o      (x_lanes),
    .wdata_o      (dmem_wdata_o),
    .misaligned_o (x_misaligned)
  );
  // Nothing of the extension's traps but this, so its commit need not wait for the comparison of branches.
  wire x_ext_commit = x_ext & x_go & ~((x_ext_load_q | x_ext_store_q) & x_misaligned);
  assign dmem_en_o = x_access;
  assign dmem_we_o = x_lanes & {4{x_store}};
  assign dmem_addr_o = x_addr;

  // Branches, traps, redirect
  wire        x_trap;
  wire        x_access;
  wire        x_fell_through;
  wire [3:0]  x_cause;
  mv32_commit #(.LOOPS(LOOPS)) commit (
    .valid_i        (x_valid_q),
    .irq_i          (x_irq),
    .irq_cause_i    (irq_cause),
    .go_i           (x_go),
    .illegal_i      (~x_legal & ~x_claim_q),
    .ecall_i        (x_ecall),
    .ebreak_i       (x_ebreak),
    .load_i         (x_load),
    .store_i        (x_store),
    .branch_i       (x_branch),
    .jal_i          (x_jal),
    .jalr_i         (x_jalr),
    .mret_i         (x_mret),
    .refetch_i      (x_fencei | x_ext_loop_q),
    .invert_i       (x_instr_q[12]),
    .order_i        (x_instr_q[14]),
    .predicted_i    (x_taken_q),
    .back_i         (|x_back),
    .equal_i        (x_equal),
    .less_i         (x_less),
    .misaligned_i   (x_misaligned),
    .jalr_bit1_i    (x_sum[1]),
    .target_bit1_i  (x_other[1]),
    .trap_o         (x_trap),
    .commit_o       (x_commit),
    .access_o       (x_access),
    .fell_through_o (x_fell_through),
    .redirect_o     (x_redirect),
    .fetch_sel_o    (x_fetch_sel),
    .cause_o        (x_cause)
  );
  assign x_refetch = x_valid_q & (x_fencei | x_ext_loop_q);
  // A branch that was predicted taken but falls through at a loop's end goes to the loop's start. Nothing but an
  // interrupt, which comes first, makes such a branch trap: the vectors' place in the address multiplexer is free.
  wire [1:0]  x_back = x_again & {2{x_branch & x_taken_q}};

  // Trap value; 0 where there is none
  wire [31:0] x_address = (x_load | x_store) ? x_addr : x_jalr ? {x_sum[31:1], 1'b0} : x_other;
  wire        x_no_value = x_irq | x_ecall | x_ebreak;
  wire [31:0] x_tval = x_no_value ? 32'd0 : (~x_legal & ~x_claim_q) ? x_instr_q : x_address;

  wire [31:0] x_csr_data;
  mv32_csr #(.EXT(EXT), .LOOPS(LOOPS)) csr (
    .clk_i          (clk_i),
    .rst_ni         (rst_ni),
    .run_i          (w_done & ~x_held_q),
    .write_i        (x_valid_q & x_csr & x_held_q & w_done),
    .set_clear_i    (x_instr_q[13]),
    .instr_i        (x_instr_q[31:12]),
    .rs1_i          (x_rs1),
    .rdata_o        (x_csr_data),
    .trap_i         (x_go & x_trap),
    .mret_i         (x_commit & x_mret),
    .epc_sel_i      (~x_irq & (x_mret | (x_csr & x_instr_q[26]))),
    .cause_irq_i    (x_irq),
    .cause_i        (x_cause),
    .epc_i          (x_pc_q),
    .tval_i         (x_tval),
    .back_i         (x_back & {2{~x_irq}}),
    .start0_i       (start0),
    .start1_i       (start1),
    .vector_o       (x_vector),
    .irq_software_i (irq_software_i),
    .irq_timer_i    (irq_timer_i),
    .irq_external_i (irq_external_i),
    .irq_pending_o  (irq_pending),
    .irq_cause_o    (irq_cause),
    .retire_i       (x_commit),
    .mtime_i        (mtime_i)
`ifdef FORMAL
    ,
    .f_view_o       (f_csr)
`endif
  );

  // Zero-overhead loops
  mv32_loops #(.LOOPS(LOOPS), .BITS(LOOP_BITS)) loops (
    .clk_i         (clk_i),
    .rst_ni        (rst_ni),
    .d_pc_i        (d_pc),
    .d_setup_i     (EXT != 0 & ext_d_loop_i),
    .d_again_o     (d_again),
    .d_leave_i     (x_go),
    .x_step_i      (x_fell_through),
    .x_pending_i   (x_valid_q & ~x_taken_q),
    .x_again_o     (x_again),
    .x_setup_i     (x_ext_loop_q),
    .x_set_i       (x_ext_commit & x_ext_loop_q),
    .x_set_level_i (ext_x_loop_level_i),
    .x_set_start_i (x_other[31:2]),
    .x_set_end_i   (ext_x_loop_end_i[31:2]),
    .x_set_count_i (ext_x_loop_count_i),
    .start0_o      (start0),
    .start1_o      (start1)
`ifdef FORMAL
    ,
    .f_step_o      (f_step),
    .f_end0_o      (f_end0),
    .f_end1_o      (f_end1),
    .f_count0_o    (f_count0),
    .f_count1_o    (f_count1)
`endif
  );
  wire unused_ext = &{1'b0, ext_x_loop_end_i[1:0], ext_w_result_i};

  assign ext_x_valid_o = x_ext & w_done;
  assign ext_x_commit_o = x_ext_commit;
  assign ext_x_instr_o = x_instr_q;
  assign ext_x_pc_o = {x_pc_q, 2'b00};
  assign ext_x_rs1_o = x_rs1;
  assign ext_x_rs2_o = x_rs2;

  reg [31:0] x_result;
  always @* begin
    case (x_result_sel)
      2'd1:    x_result = x_other;
      2'd2:    x_result = x_quotient;
      2'd3:    x_result = x_csr_data;
      default: x_result = x_alu;
    endcase
  end

  // Stage W ------------------------------------------------------------------------------------------------
  reg         w_valid_q;
  reg         w_claim_q;
  reg  [1:0]  w_sel_q;                  // 0 result of X, 1 load, 2 product low, 3 product high
  reg  [31:0] w_result_q;
  always @(posedge clk_i) begin
    if (!rst_ni) w_valid_q <= 1'b0;
    else if (w_done) w_valid_q <= x_commit;
  end
  always @(posedge clk_i) if (x_go) begin
    w_claim_q  <= x_claim_q;
    w_sel_q    <= x_mul ? {1'b1, |x_instr_q[13:12]} : {1'b0, x_base_load};
    w_result_q <= x_is_shift ? 32'd0 : x_result;
  end

  wire [31:0] w_load;
  mv32_load load (
    .clk_i      (clk_i),
    .en_i       (x_go),
    .size_i     (x_size_q),
    .unsigned_i (x_unsigned_q),
    .addr_i     (x_addr[1:0]),
    .w_rdata_i  (dmem_rdata_i),
    .w_data_o   (w_load)
`ifdef FORMAL
    ,
    .f_view_o   (f_load)
`endif
  );

  // The extension's results are selected while the shifter, which then gives 0, still works: 0 none, else that result.
  // Ports of their own need no place here.
  localparam       OWN = (WPORTS == 1) ? RESULTS : (RESULTS > WPORTS) ? 3 : 1;
  wire        w_ext = EXT != 0 & w_claim_q;
  wire [1:0]  w_port1_sel;
  wire [31:0] w_own;
  generate
    if (EXT != 0) begin : g_own
      mv32_mux #(.INPUTS(OWN + 1)) own_mux (
        .sel_i ({|w_port1_sel, w_port1_sel[1] | (w_ext & ~w_port1_sel[0])}),
        .in0_i (w_result_q),
        .in1_i (ext_w_result_i),
        .in2_i (ext_w_result2_i),
        .in3_i (ext_w_result3_i),
        .out_o (w_own)
      );
    end else begin : g_no_own
      assign w_own = w_result_q;
      wire unused = &{1'b0, w_port1_sel};
    end
  endgenerate

  wire [31:0] w_port1;
  mv32_mux #(.INPUTS(4)) w_mux (
    .sel_i (w_sel_q),
    .in0_i (w_shifted | w_own),
    .in1_i (w_load),
    .in2_i (w_mul_low),
    .in3_i (w_mul_high),
    .out_o (w_port1)
  );

  mv32_wb #(.RESULTS(RESULTS), .WPORTS(WPORTS), .PIN0(PIN0)) wb (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .run_i       (run),
    .x_go_i      (x_go),
    .x_we_i      ((x_claim_q ? x_ext_we_q : {2'b00, x_rd_we}) & {3{x_commit}}),
    .x_rd_i      (x_rd_q),
    .x_rd2_i     (x_rd2_q),
    .port1_i     (w_port1),
    .result2_i   (ext_w_result2_i),
    .result3_i   (ext_w_result3_i),
    .port1_sel_o (w_port1_sel),
    .more_o      (w_more),
    .w1_en_o     (w1_en),
    .w1_addr_o   (w1_addr),
    .w1_data_o   (w1_data),
    .w2_en_o     (w2_en),
    .w2_addr_o   (w2_addr),
    .w2_data_o   (w2_data),
    .w3_en_o     (w3_en),
    .w3_data_o   (w3_data)
`ifdef FORMAL
    ,
    .f_view_o    (f_wb)
`endif
  );

  assign ext_w_valid_o = w_valid_q & w_ext;
  assign ext_w_commit_o = ext_w_valid_o & w_done;
  assign ext_w_rdata_o = w_load;

`ifdef RISCV_FORMAL
  mv32_rvfi #(.RESULTS(RESULTS), .PIN0(PIN0)) rvfi (
    .clk_i          (clk_i),
    .rst_ni         (rst_ni),
    .x_go_i         (x_go),
    .x_retire_i     (x_commit | (x_go & x_trap & ~x_irq)),
    .x_irq_i        (x_go & x_irq),
    .x_trap_i       (x_trap),
    .x_instr_i      (x_instr_q),
    .x_pc_i         (x_pc_q),
    .x_next_pc_i    (x_redirect ? imem_addr_o[31:2] : d_pc),
    .x_rs1_i        (x_rs1),
    .x_rs2_i        (x_rs2),
    .x_rs3_i        (ext_x_rs3_o),
    .x_rs3_addr_i   (RS3 != 0 & x_claim_q ? x_rs3_q : 5'd0),
    .x_we_i         (x_claim_q ? x_ext_we_q : {2'b00, x_rd_we}),
    .x_rd_i         (x_rd_q),
    .x_rd2_i        (x_rd2_q),
    .x_load_i       (x_load),
    .x_store_i      (x_store),
    .x_lanes_i      (x_lanes),
    .x_addr_i       (x_addr[31:2]),
    .x_wdata_i      (dmem_wdata_o),
    .w_done_i       (w_done),
    .w_result1_i    (w_ext ? ext_w_result_i : w_port1),
    .w_result2_i    (ext_w_result2_i),
    .w_result3_i    (ext_w_result3_i),
    .w_rdata_i      (dmem_rdata_i),
    .rvfi_valid     (rvfi_valid),
    .rvfi_order     (rvfi_order),
    .rvfi_insn      (rvfi_insn),
    .rvfi_trap      (rvfi_trap),
    .rvfi_halt      (rvfi_halt),
    .rvfi_intr      (rvfi_intr),
    .rvfi_mode      (rvfi_mode),
    .rvfi_ixl       (rvfi_ixl),
    .rvfi_rs1_addr  (rvfi_rs1_addr),
    .rvfi_rs2_addr  (rvfi_rs2_addr),
    .rvfi_rs3_addr  (rvfi_rs3_addr),
    .rvfi_rs1_rdata (rvfi_rs1_rdata),
    .rvfi_rs2_rdata (rvfi_rs2_rdata),
    .rvfi_rs3_rdata (rvfi_rs3_rdata),
    .rvfi_rd_addr   (rvfi_rd_addr),
    .rvfi_rd2_addr  (rvfi_rd2_addr),
    .rvfi_rd3_addr  (rvfi_rd3_addr),
    .rvfi_rd_wdata  (rvfi_rd_wdata),
    .rvfi_rd2_wdata (rvfi_rd2_wdata),
    .rvfi_rd3_wdata (rvfi_rd3_wdata),
    .rvfi_pc_rdata  (rvfi_pc_rdata),
    .rvfi_pc_wdata  (rvfi_pc_wdata),
    .rvfi_mem_addr  (rvfi_mem_addr),
    .rvfi_mem_rmask (rvfi_mem_rmask),
    .rvfi_mem_wmask (rvfi_mem_wmask),
    .rvfi_mem_rdata (rvfi_mem_rdata),
    .rvfi_mem_wdata (rvfi_mem_wdata)
`ifdef FORMAL
    ,
    .f_view_o       (f_rvfi)
`endif
  );
`endif

`ifdef FORMAL
  // For proofs only. A second decoder follows the instruction in X wherever it is: what the first one found out when
  // the instruction left D must still be so.
  wire [31:0] f_data, f_zero;
  wire [95:0] f_pins;
  wire        f_div_done;
  wire [197:0] f_csr;
  wire [1:0]  f_step;
  wire [31:2] f_end0, f_end1;
  wire [31:0] f_count0, f_count1;
  wire [6:0]  f_load;
  wire [12:0] f_wb;
  wire [14:0] f_rvfi;
  wire [55:0] f_decoded;
  wire [55:0] f_decode = {x_legal, x_imm, x_rd_we, x_result_sel, x_alu_op, x_sub, x_use_imm, x_cmp_unsigned, x_is_shift,
                          x_shift_arith, x_branch, x_jal, x_jalr, x_base_load, x_base_store, x_mul, x_div, x_csr, x_ecall,
                          x_ebreak, x_mret, x_fencei};
  mv32_decode f_decoder (
    .clk_i          (clk_i),
    .en_i           (1'b1),
    .instr_i        (x_go ? d_instr : x_instr_q),
    .legal_o        (f_decoded[55]),
    .imm_o          (f_decoded[54:23]),
    .rd_we_o        (f_decoded[22]),
    .result_sel_o   (f_decoded[21:20]),
    .alu_op_o       (f_decoded[19:17]),
    .alu_sub_o      (f_decoded[16]),
    .alu_imm_o      (f_decoded[15]),
    .cmp_unsigned_o (f_decoded[14]),
    .shift_o        (f_decoded[13]),
    .shift_arith_o  (f_decoded[12]),
    .branch_o       (f_decoded[11]),
    .jal_o          (f_decoded[10]),
    .jalr_o         (f_decoded[9]),
    .load_o         (f_decoded[8]),
    .store_o        (f_decoded[7]),
    .mul_o          (f_decoded[6]),
    .div_o          (f_decoded[5]),
    .csr_o          (f_decoded[4]),
    .ecall_o        (f_decoded[3]),
    .ebreak_o       (f_decoded[2]),
    .mret_o         (f_decoded[1]),
    .fencei_o       (f_decoded[0])
  );
  assign f_view_o = {
    w_shifted == 32'd0,
    d_valid, d_pc,
    x_valid_q, x_claim_q, x_taken_q, x_pc_q, x_instr_q, x_ext_we_q, x_rd_q, x_rd2_q, x_rs3_q,
    x_ext_load_q, x_ext_store_q, x_ext_loop_q, x_size_q, x_unsigned_q, x_held_q, x_go, x_rs1, x_rs2,
    f_decode == f_decoded, x_div, x_csr, f_div_done, x_quotient,
    w_valid_q, w_claim_q, w_sel_q,
    f_step, x_again, start0, f_end0, f_count0, start1, f_end1, f_count1,
    f_csr, f_load, f_wb, f_rvfi, f_data, f_zero, f_pins
  };
`endif

endmodule

`default_nettype wire

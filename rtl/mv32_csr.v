// Machine-mode control and status registers of mv32, read in the first and written in the second cycle in stage X.
//
// Whether an access is legal is decided by mv32_decode; here an unknown address reads some register and is never
// written. The trap vector and mepc leave through one multiplexer, which the CSR read shares with the fetch redirect;
// starts of loops go through it as well, since a branch does not read CSRs.
`default_nettype none

module mv32_csr #(
  parameter EXT = 0,                 // 1: misa shows non-standard extensions (bit X)
  parameter LOOPS = 0
) (
  input  wire        clk_i,
  input  wire        rst_ni,

  // Access by a CSR instruction, two cycles in stage X: read, then write
  input  wire        run_i,          // stage X makes progress
  input  wire        write_i,        // CSR instruction leaves stage X
  input  wire        set_clear_i,    // csrrs, csrrc: no write if the source field is 0
  input  wire [31:12] instr_i,
  input  wire [31:0] rs1_i,
  output wire [31:0] rdata_o,        // in the second cycle

  // Traps and returns, each at the edge that ends the cycle
  input  wire        trap_i,
  input  wire        mret_i,
  input  wire        epc_sel_i,      // vector_o gives mepc instead of mtvec
  input  wire [1:0]  back_i,         // vector_o gives the start of this loop level; never with a CSR instruction
  input  wire [31:2] start0_i,
  input  wire [31:2] start1_i,
  input  wire        cause_irq_i,
  input  wire [3:0]  cause_i,
  input  wire [31:2] epc_i,
  input  wire [31:0] tval_i,
  output wire [31:2] vector_o,

  // Interrupts and counters
  input  wire        irq_software_i,
  input  wire        irq_timer_i,
  input  wire        irq_external_i,
  output wire        irq_pending_o,
  output wire [3:0]  irq_cause_o,
  input  wire        retire_i,
  input  wire [63:0] mtime_i
`ifdef FORMAL
  ,
  output wire [197:0] f_view_o       // see mv32_core
`endif
);

  wire [11:0] addr = instr_i[31:20];
  wire [1:0]  op = instr_i[13:12];   // 1 write, 2 set, 3 clear
  wire        unused_addr = &{1'b0, addr[10:8], addr[5], addr[3]};

  // First cycle: former value and source operand. Second cycle: write data.
  wire [31:0] rdata;
  reg  [31:0] rdata_q;
  reg  [31:0] source_q;
  always @(posedge clk_i) if (run_i) begin
    rdata_q <= rdata;
    source_q <= instr_i[14] ? {27'd0, instr_i[19:15]} : rs1_i;
  end
  wire [31:0] wdata = op == 2'd1 ? source_q : op == 2'd2 ? rdata_q | source_q : rdata_q & ~source_q;
  wire        write = write_i & ~(set_clear_i & instr_i[19:15] == 5'd0);

  // Address decode; the low byte is unambiguous among the legal addresses but for the read-only shadows.
  wire at_counter = addr[11];        // mcycle, minstret, shadows, and machine information (which reads 0)
  wire at_info    = addr[4];         // meaningful with addr[11]: mvendorid to mhartid
  wire at_trap    = addr[6];         // mscratch, mepc, mcause, mtval, mip
  wire at_high    = addr[7];
  wire wr_setup   = write & ~at_counter & ~at_trap;
  wire wr_trap    = write & ~at_counter & at_trap;
  wire wr_mstatus  = wr_setup & addr[2:0] == 3'd0;
  wire wr_mie      = wr_setup & addr[2:0] == 3'd4;
  wire wr_mtvec    = wr_setup & addr[2:0] == 3'd5;
  wire wr_mscratch = wr_trap & addr[2:0] == 3'd0;
  wire wr_mepc     = wr_trap & addr[2:0] == 3'd1;
  wire wr_mcause   = wr_trap & addr[2:0] == 3'd2;
  wire wr_mtval    = wr_trap & addr[2:0] == 3'd3;
  wire wr_counter  = write & at_counter;

  // Trap state
  reg         mie_q;                 // mstatus.MIE
  reg         mpie_q;                // mstatus.MPIE
  reg  [2:0]  enable_q;              // mie: external, timer, software
  reg  [31:2] mtvec_q;
  reg  [31:0] mscratch_q;
  reg  [31:2] mepc_q;
  reg  [4:0]  mcause_q;              // interrupt bit, code
  reg  [31:0] mtval_q;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      mie_q    <= 1'b0;
      mpie_q   <= 1'b0;
      enable_q <= 3'd0;
    end else begin
      if (wr_mie) enable_q <= {wdata[11], wdata[7], wdata[3]};
      if (trap_i) begin
        mpie_q <= mie_q;
        mie_q  <= 1'b0;
      end else if (mret_i) begin
        mie_q  <= mpie_q;
        mpie_q <= 1'b1;
      end else if (wr_mstatus) begin
        mie_q  <= wdata[3];
        mpie_q <= wdata[7];
      end
    end
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      mtvec_q    <= 30'd0;
      mscratch_q <= 32'd0;
      mepc_q     <= 30'd0;
      mcause_q   <= 5'd0;
      mtval_q    <= 32'd0;
    end else begin
      if (wr_mtvec) mtvec_q <= wdata[31:2];
      if (wr_mscratch) mscratch_q <= wdata;
      if (trap_i | wr_mepc) mepc_q <= trap_i ? epc_i : wdata[31:2];
      if (trap_i | wr_mcause) mcause_q <= trap_i ? {cause_irq_i, cause_i} : {wdata[31], wdata[3:0]};
      if (trap_i | wr_mtval) mtval_q <= trap_i ? tval_i : wdata;
    end
  end

  // Counters
  wire [63:0] mcycle;
  wire [63:0] minstret;
  mv32_counter cycle_counter (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .count_i     (1'b1),
    .load_low_i  (wr_counter & ~addr[1] & ~at_high),
    .load_high_i (wr_counter & ~addr[1] & at_high),
    .data_i      (wdata),
    .value_q     (mcycle)
  );
  mv32_counter instret_counter (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .count_i     (retire_i),
    .load_low_i  (wr_counter & addr[1] & ~at_high),
    .load_high_i (wr_counter & addr[1] & at_high),
    .data_i      (wdata),
    .value_q     (minstret)
  );

  // Interrupts: external before software before timer
  wire [2:0] pending = {irq_external_i, irq_timer_i, irq_software_i} & enable_q;
  assign irq_pending_o = mie_q & (|pending);
  assign irq_cause_o = pending[2] ? 4'd11 : pending[0] ? 4'd3 : 4'd7;

  // Read
  generate
    if (LOOPS > 0) begin : g_loops
      wire [1:0] unused_low;
      mv32_mux #(.INPUTS(4)) mux (
        .sel_i (back_i != 2'd0 ? {1'b1, ~back_i[0]} : {1'b0, epc_sel_i}),
        .in0_i ({mtvec_q, 2'b00}),
        .in1_i ({mepc_q, 2'b00}),
        .in2_i ({start0_i, 2'b00}),
        .in3_i ({start1_i, 2'b00}),
        .out_o ({vector_o, unused_low})
      );
    end else begin : g_no_loops
      assign vector_o = epc_sel_i ? mepc_q : mtvec_q;
      wire unused = &{1'b0, back_i, start0_i, start1_i};
    end
  endgenerate
  // Three LUTs a bit: one of four words of time, one that adds what was retired and the registers of few bits, and
  // one of that and the three other registers.
  wire [31:0] clock;
  mv32_mux #(.INPUTS(4)) clock_mux (
    .sel_i ({at_high, addr[0]}),
    .in0_i (mcycle[31:0]),
    .in1_i (mtime_i[31:0]),
    .in2_i (mcycle[63:32]),
    .in3_i (mtime_i[63:32]),
    .out_o (clock)
  );
  wire [31:0] retired = at_high ? minstret[63:32] : minstret[31:0];
  wire [31:0] count = at_info ? 32'd0 : addr[1] ? retired : clock;
  reg  [31:0] few;
  always @* begin
    case ({at_trap, addr[2:0]})
      4'b0000: few = {19'd0, 2'b11, 3'd0, mpie_q, 3'd0, mie_q, 3'd0};
      4'b0001: few = 32'h4000_1100 | (EXT != 0 ? 32'h0080_0000 : 32'd0);
      4'b0100: few = {20'd0, enable_q[2], 3'd0, enable_q[1], 3'd0, enable_q[0], 3'd0};
      4'b1010: few = {mcause_q[4], 27'd0, mcause_q[3:0]};
      default: few = {20'd0, irq_external_i, 3'd0, irq_timer_i, 3'd0, irq_software_i, 3'd0};
    endcase
  end
  wire at_word = ~at_counter & (at_trap ? ~addr[2] & addr[1:0] != 2'd2 : addr[2] & addr[0]);
  mv32_mux #(.INPUTS(4)) read_mux (
    .sel_i ({at_word & at_trap & addr[0] == addr[1], at_word & addr[0]}),
    .in0_i (at_counter ? count : few),
    .in1_i ({vector_o, 2'b00}),
    .in2_i (mscratch_q),
    .in3_i (mtval_q),
    .out_o (rdata)
  );
  assign rdata_o = rdata_q;
`ifdef FORMAL
  assign f_view_o = {mie_q, mpie_q, enable_q, mtvec_q, mscratch_q, mepc_q, mcause_q, mtval_q, rdata_q, source_q};
`endif

endmodule

`default_nettype wire

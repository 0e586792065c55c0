// Zero-overhead loops: up to two nested levels, level 0 the inner one. Without levels this is empty.
//
// Stage D compares its pc with the ends and decides at once where to fetch next. Counts change only when the
// instruction leaves stage X having fallen through, so that a killed instruction leaves no trace; a step still
// pending in stage X is allowed for in D's test (a body may be a single instruction).
`default_nettype none

module mv32_loops #(
  parameter LOOPS = 0,               // number of levels: 0, 1 or 2
  parameter BITS = 32                // width of the counters
) (
  input  wire        clk_i,
  input  wire        rst_ni,

  // Stage D: where to continue after this instruction if it falls through
  input  wire [31:2] d_pc_i,
  input  wire        d_setup_i,      // a loop set-up never ends a body
  output wire [1:0]  d_again_o,      // continue at start of this level; 0 comes first
  input  wire        d_leave_i,      // instruction moves from D to X

  // Stage X
  input  wire        x_step_i,       // instruction leaves stage X by falling through
  input  wire        x_pending_i,    // it is expected to do so (predicted, not yet known)
  output wire [1:0]  x_again_o,      // d_again_o of that instruction
  input  wire        x_setup_i,      // a set-up, whether it leaves or not
  input  wire        x_set_i,
  input  wire        x_set_level_i,
  input  wire [31:2] x_set_start_i,
  input  wire [31:2] x_set_end_i,
  input  wire [31:0] x_set_count_i,

  output wire [31:2] start0_o,
  output wire [31:2] start1_o
`ifdef FORMAL
  ,
  output wire [1:0]  f_step_o,       // of the instruction in stage X
  output wire [31:2] f_end0_o,
  output wire [31:2] f_end1_o,
  output wire [31:0] f_count0_o,
  output wire [31:0] f_count1_o
`endif
);

  wire [1:0] at_end;
  wire [1:0] active;
  wire [1:0] again;
  // Level 0 first; only when its last trip is done does the next level look.
  wire end0 = at_end[0] & ~d_setup_i;
  wire end1 = at_end[1] & ~d_setup_i;
  wire again0 = end0 & again[0];
  wire again1 = end1 & again[1];     // not looked at if again0
  wire step0 = end0 & active[0];     // this level's count will be decremented
  wire step1 = end1 & active[1] & ~again0;
  assign d_again_o = {again1, again0};

  generate
    if (LOOPS > 0) begin : g_level0
      reg       x_step0_q;
      reg [1:0] x_again_q;
      always @(posedge clk_i) if (d_leave_i) begin
        x_step0_q <= step0;
        x_again_q <= d_again_o;
      end
      assign x_again_o = x_again_q;
`ifdef FORMAL
      assign f_step_o[0] = x_step0_q;
`endif

      mv32_loop #(.BITS(BITS)) level0 (
        .clk_i     (clk_i),
        .rst_ni    (rst_ni),
        .setup_i   (x_setup_i),
        .set_i     (x_set_i & ~x_set_level_i),
        .start_i   (x_set_start_i),
        .end_i     (x_set_end_i),
        .count_i   (x_set_count_i),
        .step_i    (x_step_i & x_step0_q),
        .pending_i (x_pending_i & x_step0_q),
        .d_pc_i    (d_pc_i),
        .at_end_o  (at_end[0]),
        .active_o  (active[0]),
        .again_o   (again[0]),
        .start_o   (start0_o)
`ifdef FORMAL
        ,
        .f_end_o   (f_end0_o),
        .f_count_o (f_count0_o)
`endif
      );

      if (LOOPS > 1) begin : g_level1
        reg x_step1_q;
        always @(posedge clk_i) if (d_leave_i) x_step1_q <= step1;
`ifdef FORMAL
        assign f_step_o[1] = x_step1_q;
`endif
        mv32_loop #(.BITS(BITS)) level1 (
          .clk_i     (clk_i),
          .rst_ni    (rst_ni),
          .setup_i   (x_setup_i),
          .set_i     (x_set_i & x_set_level_i),
          .start_i   (x_set_start_i),
          .end_i     (x_set_end_i),
          .count_i   (x_set_count_i),
          .step_i    (x_step_i & x_step1_q),
          .pending_i (x_pending_i & x_step1_q),
          .d_pc_i    (d_pc_i),
          .at_end_o  (at_end[1]),
          .active_o  (active[1]),
          .again_o   (again[1]),
          .start_o   (start1_o)
`ifdef FORMAL
          ,
          .f_end_o   (f_end1_o),
          .f_count_o (f_count1_o)
`endif
        );
      end else begin : g_no_level1
        assign at_end[1] = 1'b0;
        assign active[1] = 1'b0;
        assign again[1] = 1'b0;
        assign start1_o = 30'd0;
`ifdef FORMAL
        assign f_step_o[1] = 1'b0;
        assign f_end1_o = 30'd0;
        assign f_count1_o = 32'd0;
`endif
        wire unused = &{1'b0, step1};
      end
    end else begin : g_none
      assign at_end = 2'b00;
      assign active = 2'b00;
      assign again = 2'b00;
      assign x_again_o = 2'b00;
      assign start0_o = 30'd0;
      assign start1_o = 30'd0;
`ifdef FORMAL
      assign f_step_o = 2'b00;
      assign f_end0_o = 30'd0;
      assign f_end1_o = 30'd0;
      assign f_count0_o = 32'd0;
      assign f_count1_o = 32'd0;
`endif
      wire unused = &{1'b0, clk_i, rst_ni, d_pc_i, d_leave_i, x_step_i, x_pending_i, x_setup_i, x_set_i, x_set_level_i,
                      x_set_start_i, x_set_end_i, x_set_count_i, step0, step1};
    end
  endgenerate

endmodule

`default_nettype wire

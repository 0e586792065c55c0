// One level of zero-overhead loops: start, end and remaining count, and the tests that stage D needs.
`default_nettype none

module mv32_loop #(
  parameter BITS = 32             // width of the counter, at least 3
) (
  input  wire        clk_i,
  input  wire        rst_ni,

  // Set-up, and one trip done; both come from stage X as it is left
  input  wire        setup_i,       // stage X holds a set-up, which does not step
  input  wire        set_i,
  input  wire [31:2] start_i,
  input  wire [31:2] end_i,
  input  wire [31:0] count_i,
  input  wire        step_i,

  // Stage D; pending_i: the instruction in stage X will step this level when it leaves
  input  wire        pending_i,
  input  wire [31:2] d_pc_i,
  output wire        at_end_o,      // the instruction in stage D is the last of the body
  output wire        active_o,      // count is not 0
  output wire        again_o,       // count is greater than 1
  output wire [31:2] start_o
`ifdef FORMAL
  ,
  output wire [31:2] f_end_o,
  output wire [31:0] f_count_o
`endif
);

  reg [31:2] start_q;
  reg [31:2] end_q;
  reg [BITS-1:0] count_q;

  always @(posedge clk_i) begin
    if (set_i) start_q <= start_i;
    if (set_i) end_q <= end_i;
    if (!rst_ni) count_q <= {BITS{1'b0}};
    else if (set_i | step_i) count_q <= setup_i ? count_i[BITS-1:0] : count_q - {{BITS-1{1'b0}}, 1'b1};
  end

  wire many = |count_q[BITS-1:2];
  assign at_end_o = d_pc_i == end_q;
  assign active_o = many | (pending_i ? count_q[1] : |count_q[1:0]);
  assign again_o = many | (pending_i ? &count_q[1:0] : count_q[1]);
  assign start_o = start_q;
`ifdef FORMAL
  assign f_end_o = end_q;
  assign f_count_o = count_q;
`endif
  generate
    if (BITS < 32) begin : g_short
      wire unused_count = &{1'b0, count_i[31:BITS]};
    end
  endgenerate

endmodule

`default_nettype wire

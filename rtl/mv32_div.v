// Divider: div, divu, rem, remu in a fixed 36 cycles of stage X, one adder and three registers.
//
// Cycle 0 loads, cycle 1 takes the dividend's absolute value, cycles 2 to 33 shift and subtract, cycle 34 applies
// the sign, in cycle 35 result_o stands and busy_o is low. A negative divisor is never negated: its magnitude is
// subtracted by adding it. Division by zero and overflow come out as the ISA wants, by one rule: the sign is applied
// only if the top bit is clear. (Quotient by zero: all ones stay. -2^31 by +-1: 2^31 is its own negation.)
//
// With RISCV_FORMAL_ALTOPS it takes two cycles and computes what riscv-formal puts in the place of quotients, so that
// proofs of the core need not divide; this file is proven by itself.
`default_nettype none

module mv32_div (
  input  wire        clk_i,
  input  wire        rst_ni,
  input  wire        run_i,       // stage X may make progress
  input  wire        start_i,     // a division is in stage X, not killed
  input  wire        unsigned_i,
  input  wire        rem_i,
  input  wire [31:0] a_i,         // sampled in cycle 0
  input  wire [31:0] b_i,
  output wire        busy_o,      // stage X must hold
  output wire [31:0] result_o
`ifdef FORMAL
  ,
  output wire        f_done_o,
  output wire [107:0] f_view_o    // for the proof in formal/core/arith.v
`endif
);

`ifdef RISCV_FORMAL_ALTOPS
  wire [31:0] difference = a_i - b_i;
  wire        active = run_i & start_i;
  reg         done_q;
  reg  [31:0] quo_q;
  always @(posedge clk_i) begin
    if (!rst_ni) done_q <= 1'b0;
    else if (active) done_q <= ~done_q;
  end
  always @(posedge clk_i) if (active & ~done_q) begin
    case ({rem_i, unsigned_i})
      2'd0:    quo_q <= difference ^ 32'h7f85_29ec;
      2'd1:    quo_q <= difference ^ 32'h10e8_fd70;
      2'd2:    quo_q <= difference ^ 32'h8da6_8fa5;
      default: quo_q <= difference ^ 32'h3138_d0e1;
    endcase
  end
`else
  localparam [5:0] LAST = 6'd35;

  reg [5:0]  step_q;
  reg [31:0] rem_q;
  reg [31:0] quo_q;               // dividend, shifted out above while quotient bits come in below
  reg [31:0] div_q;
  reg        negate_q;            // the result's sign is to be applied

  // What step_q says, one flip-flop each
  reg load_q;
  reg absolute_q;
  reg last_q;
  reg sign_q;
  reg done_q;
  wire negate_step = absolute_q | sign_q;

  // Adder: {remainder, next dividend bit} - |divisor|, or 0 - quotient.
  wire [32:0] x = negate_step ? 33'd0 : {rem_q, quo_q[31]};
  wire        div_neg = ~unsigned_i & div_q[31];
  wire        sub = negate_step | ~div_neg;
  wire [32:0] y = negate_step ? {1'b0, quo_q} : {div_neg, div_q};
  wire [32:0] sum = x + (y ^ {33{sub}}) + {32'd0, sub};
  wire        fits = ~sum[32];    // the divisor goes once into the shifted remainder
  wire [31:0] rem_shifted = {rem_q[30:0], quo_q[31]};
  wire [31:0] rem_d = fits ? sum[31:0] : rem_shifted;

  wire quo_negative = ~unsigned_i & quo_q[31];
  wire apply = absolute_q ? quo_negative : negate_q & ~quo_q[31];

  wire active = run_i & start_i;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      step_q   <= 6'd0;
      load_q     <= 1'b1;
      absolute_q <= 1'b0;
      last_q <= 1'b0;
      sign_q     <= 1'b0;
      done_q     <= 1'b0;
    end else if (active) begin
      step_q   <= done_q ? 6'd0 : step_q + 6'd1;
      load_q     <= done_q;
      absolute_q <= load_q;
      last_q <= step_q == LAST - 6'd3;
      sign_q     <= last_q;
      done_q     <= sign_q;
    end
  end

  always @(posedge clk_i) if (active) begin
    if (load_q) begin
      quo_q <= a_i;
      div_q <= b_i;
    end else if (negate_step) begin
      if (apply) quo_q <= sum[31:0];
    end else if (!done_q) begin
      quo_q <= (last_q & rem_i) ? rem_d : {quo_q[30:0], fits};
    end
    if (negate_step | load_q) rem_q <= 32'd0;
    else rem_q <= rem_d;
    if (absolute_q) negate_q <= ~unsigned_i & (quo_q[31] ^ (~rem_i & div_q[31]));
  end

`endif

  assign busy_o = start_i & ~done_q;
  assign result_o = quo_q;
`ifdef FORMAL
  assign f_done_o = done_q;
`ifdef RISCV_FORMAL_ALTOPS
  assign f_view_o = 108'd0;
`else
  assign f_view_o = {step_q, rem_q, quo_q, div_q, negate_q, load_q, absolute_q, last_q, sign_q, done_q};
`endif
`endif

endmodule

`default_nettype wire

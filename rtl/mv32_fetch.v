// Fetch address and pc of stage D.
//
// Stage D predicts: JAL and backward branches are taken, with a target adder whose sum goes straight to the
// instruction memory. A redirect from stage X comes first. Where a jump would land on a misaligned address it is
// never predicted: stage X raises the exception.
`default_nettype none

module mv32_fetch #(
  parameter [31:0] RESET_PC = 32'h8000_0000,
  parameter LOOPS = 0
) (
  input  wire        clk_i,
  input  wire        rst_ni,

  // Instruction memory and stage D
  input  wire        en_i,           // fetch; stage D moves on
  output wire [31:2] addr_o,
  input  wire [31:0] d_instr_i,
  output wire        d_valid_o,
  output wire [31:2] d_pc_o,
  output wire        d_taken_o,      // predicted taken

  // Hardware loops
  input  wire [1:0]  d_again_i,      // D goes on at the start of this level if it falls through; 0 comes first
  input  wire [31:2] start0_i,
  input  wire [31:2] start1_i,

  // Stage X; the address selects are 0 if stage X has nothing to say
  input  wire        x_refetch_i,    // fetch the instruction in D again
  input  wire [1:0]  x_sel_i,        // 1 other side of a branch, 2 jalr, 3 trap vector, mepc, or a loop's start
  input  wire [31:2] x_other_i,
  input  wire [31:2] x_jalr_i,
  input  wire [31:2] x_vector_i
);

  reg        d_valid_q;
  reg [31:2] d_pc_q;

  // Prediction and the next address in D
  // (the two lowest bits of an instruction are 1, or it is illegal and traps whatever was predicted)
  wire        is_jump = d_valid_q & d_instr_i[6:4] == 3'b110 & d_instr_i[3] == d_instr_i[2];
  wire        taken = is_jump & (d_instr_i[3] ? ~d_instr_i[21] : d_instr_i[31] & ~d_instr_i[8]);
  wire        sign = d_instr_i[31];
  wire [31:2] jump = d_instr_i[3] ? {{12{sign}}, d_instr_i[19:12], d_instr_i[20], d_instr_i[30:22]}
                                  : {{20{sign}}, d_instr_i[7], d_instr_i[30:25], d_instr_i[11:9]};
  wire [31:2] offset = x_refetch_i ? 30'd0 : taken ? jump : 30'd1;
  wire [31:2] d_sum;
  mv32_sum #(.WIDTH(30)) d_adder (.a_i(d_pc_q), .b_i(offset), .carry_i(1'b0), .sum_o(d_sum));
  wire [31:2] d_next;

  generate
    if (LOOPS > 0) begin : g_loops
      wire [1:0] again = {2{~x_refetch_i & ~taken}} & d_again_i;
      assign d_next = again[0] ? start0_i : again[1] ? start1_i : d_sum;
    end else begin : g_no_loops
      assign d_next = d_sum;
      wire unused = &{1'b0, d_again_i, start0_i, start1_i};
    end
  endgenerate

  // Address multiplexer. Its select waits for the comparison of a branch, so nothing but it comes behind that.
  wire [1:0] unused_low;
  mv32_mux #(.INPUTS(4)) mux (
    .sel_i (x_sel_i),
    .in0_i ({d_next, 2'b00}),
    .in1_i ({x_other_i, 2'b00}),
    .in2_i ({x_jalr_i, 2'b00}),
    .in3_i ({x_vector_i, 2'b00}),
    .out_o ({addr_o, unused_low})
  );

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      d_valid_q <= 1'b0;
      d_pc_q    <= RESET_PC[31:2] - 30'd1;
    end else if (en_i) begin
      d_valid_q <= 1'b1;
      d_pc_q    <= addr_o;
    end
  end

  assign d_valid_o = d_valid_q;
  assign d_pc_o = d_pc_q;
  assign d_taken_o = taken;
  wire unused_instr = &{1'b0, d_instr_i[1:0]};

endmodule

`default_nettype wire

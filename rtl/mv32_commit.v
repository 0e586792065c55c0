// What becomes of the instruction in stage X: interrupted, trapping, or committed; and where fetch goes on.
//
// Purely combinational, and kept as a unit in synthesis: its inputs are late, its few outputs fan out widely.
`default_nettype none

(* keep_hierarchy = "soft" *)
module mv32_commit #(
  parameter LOOPS = 0
) (
  input  wire        valid_i,        // there is an instruction
  input  wire        irq_i,          // an interrupt takes its place
  input  wire [3:0]  irq_cause_i,
  input  wire        go_i,           // stage X moves on

  // Instruction, decoded
  input  wire        illegal_i,
  input  wire        ecall_i,
  input  wire        ebreak_i,
  input  wire        load_i,
  input  wire        store_i,
  input  wire        branch_i,
  input  wire        jal_i,
  input  wire        jalr_i,
  input  wire        mret_i,
  input  wire        refetch_i,
  input  wire        invert_i,       // funct3[0]: branch if the condition does not hold
  input  wire        order_i,        // funct3[2]: the condition is less, else equal
  input  wire        predicted_i,    // predicted taken
  input  wire        back_i,         // a branch that goes to a loop's start if it was predicted wrong

  // Operands
  input  wire        equal_i,
  input  wire        less_i,
  input  wire        misaligned_i,   // data address
  input  wire        jalr_bit1_i,    // misaligned targets
  input  wire        target_bit1_i,

  output wire        trap_o,         // interrupt or exception
  output wire        commit_o,
  output wire        access_o,       // commits a load or store
  output wire        fell_through_o, // commits, and the next instruction in memory follows
  output wire        redirect_o,     // what is in stage D is not to be executed
  output wire [1:0]  fetch_sel_o,    // as mv32_fetch.x_sel_i
  output wire [3:0]  cause_o
);

  wire condition = (order_i ? less_i : equal_i) ^ invert_i;
  wire taken = branch_i & condition;
  wire wrong = valid_i & branch_i & (condition != predicted_i);

  wire bad_data = (load_i | store_i) & misaligned_i;
  wire bad_jump = (taken | (jal_i & ~predicted_i)) & target_bit1_i;
  wire bad_jalr = jalr_i & jalr_bit1_i;
  wire exception = valid_i & (illegal_i | ecall_i | ebreak_i | bad_data | bad_jump | bad_jalr);
  assign trap_o = irq_i | exception;
  assign commit_o = go_i & valid_i & ~trap_o;
  assign access_o = commit_o & (load_i | store_i);
  assign fell_through_o = commit_o & ~taken & ~jal_i & ~jalr_i & ~mret_i;

  wire to_vector = trap_o | (valid_i & mret_i);
  wire to_start = LOOPS != 0 & wrong & back_i;
  assign fetch_sel_o = {to_vector | (valid_i & jalr_i) | to_start, to_vector | wrong};
  assign redirect_o = (valid_i & refetch_i) | fetch_sel_o != 2'd0;

  assign cause_o = irq_i ? irq_cause_i : illegal_i ? 4'd2 : ebreak_i ? 4'd3 : ecall_i ? 4'd11 :
                   load_i ? 4'd4 : store_i ? 4'd6 : 4'd0;

endmodule

`default_nettype wire

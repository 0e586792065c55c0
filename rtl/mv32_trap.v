// Exception and interrupt decision of stage X: what traps, its cause and its trap value. Purely combinational.
`default_nettype none

module mv32_trap (
  input  wire        irq_i,          // an interrupt takes the place of the instruction
  input  wire [3:0]  irq_cause_i,

  // The instruction in stage X; the flags are 0 if there is none
  input  wire        illegal_i,
  input  wire        ecall_i,
  input  wire        ebreak_i,
  input  wire        load_i,
  input  wire        store_i,
  input  wire        misaligned_i,   // of the data address
  input  wire        branch_taken_i,
  input  wire        jal_i,
  input  wire        jalr_i,
  input  wire [31:0] instr_i,
  input  wire [31:0] addr_i,         // data address
  input  wire [31:1] sum_i,          // jalr target
  input  wire [31:0] target_i,       // of branches and jal

  output wire        exception_o,    // not counting interrupts
  output wire        cause_irq_o,
  output wire [3:0]  cause_o,
  output wire [31:0] tval_o
);

  wire bad_data = (load_i | store_i) & misaligned_i;
  wire bad_jump = (branch_taken_i | jal_i) & target_i[1];
  wire bad_jalr = jalr_i & sum_i[1];

  assign exception_o = illegal_i | ecall_i | ebreak_i | bad_data | bad_jump | bad_jalr;

  assign cause_irq_o = irq_i;
  assign cause_o = irq_i ? irq_cause_i : illegal_i ? 4'd2 : ebreak_i ? 4'd3 : ecall_i ? 4'd11 :
                   load_i ? 4'd4 : store_i ? 4'd6 : 4'd0;

  wire no_value = irq_i | ecall_i | ebreak_i;
  wire [31:0] address = (load_i | store_i) ? addr_i : jalr_i ? {sum_i, 1'b0} : target_i;
  assign tval_o = no_value ? 32'd0 : illegal_i ? instr_i : address;

endmodule

`default_nettype wire

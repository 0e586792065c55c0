// Sum of two words and a carry, one LUT a bit whatever computes the second word.
//
// On a carry chain one operand enters beside the LUT that has both: a_i, which should be a register's. Then what computes
// b_i shares that LUT. Of a sum's operands Yosys takes either, by their names' hashes; of a difference's it takes the
// first. So this is written as the difference a - ~b, whose lowest bit takes one away for each carry that is not there.
`default_nettype none

module mv32_sum #(
  parameter WIDTH = 32
) (
  input  wire [WIDTH-1:0] a_i,
  input  wire [WIDTH-1:0] b_i,
  input  wire             carry_i,
  output wire [WIDTH-1:0] sum_o
);

  wire unused_low;
  assign {sum_o, unused_low} = {a_i, 1'b0} - ~{b_i, carry_i};

endmodule

`default_nettype wire

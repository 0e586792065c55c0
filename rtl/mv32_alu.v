// Arithmetic and logic of stage X: adder, comparison for branches and set-less-than, bitwise logic.
`default_nettype none

module mv32_alu (
  input  wire [31:0] a_i,
  input  wire [31:0] b_i,           // second operand, register or immediate

  input  wire [2:0]  op_i,          // as mv32_decode.alu_op_o
  input  wire        sub_i,
  input  wire        cmp_unsigned_i,

  output wire [31:0] sum_o,         // a + b, or a - b; also the data address
  output wire        equal_o,
  output wire        less_o,        // valid when sub_i
  output reg  [31:0] result_o
);

  // One bit more than the operands, so that its sign is the comparison's result.
  wire        a_sign = ~cmp_unsigned_i & a_i[31];
  wire        b_sign = ~cmp_unsigned_i & b_i[31];
  wire [32:0] sum;
  mv32_sum #(.WIDTH(33)) adder (
    .a_i     ({a_sign, a_i}),
    .b_i     ({b_sign, b_i} ^ {33{sub_i}}),
    .carry_i (sub_i),
    .sum_o   (sum)
  );
  assign sum_o = sum[31:0];
  assign less_o = sum[32];

  // Equality on a carry chain: two bits a step, the carry runs through if all are equal.
  wire [15:0] same;
  wire [15:0] unused_chain;
  genvar i;
  generate
    for (i = 0; i < 16; i = i + 1) begin : g_same
      assign same[i] = a_i[2*i +: 2] == b_i[2*i +: 2];
    end
  endgenerate
  assign {equal_o, unused_chain} = {1'b0, same} + 17'd1;

  always @* begin
    case (op_i)
      3'd1:    result_o = b_i;
      3'd3:    result_o = {31'd0, less_o};
      3'd4:    result_o = a_i ^ b_i;
      3'd6:    result_o = a_i | b_i;
      3'd7:    result_o = a_i & b_i;
      default: result_o = sum_o;
    endcase
  end

endmodule

`default_nettype wire

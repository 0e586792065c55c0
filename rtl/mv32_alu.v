// Arithmetic and logic of stage X: adder, comparison for branches and set-less-than, bitwise logic, shifter.
`default_nettype none

module mv32_alu (
  input  wire [31:0] a_i,
  input  wire [31:0] b_i,           // second operand, register or immediate

  input  wire [2:0]  op_i,          // as mv32_decode.alu_op_o
  input  wire        sub_i,
  input  wire        cmp_unsigned_i,
  input  wire        shift_left_i,
  input  wire        shift_arith_i,

  output wire [31:0] sum_o,         // a + b, or a - b; also the data address
  output wire        equal_o,
  output wire        less_o,        // valid when sub_i
  output reg  [31:0] result_o,
  output wire [31:0] shift_o
);

  assign sum_o = a_i + (b_i ^ {32{sub_i}}) + {31'd0, sub_i};

  // With equal signs the difference cannot overflow; otherwise the signs alone decide.
  assign less_o = (a_i[31] != b_i[31]) ? (cmp_unsigned_i ? b_i[31] : a_i[31]) : sum_o[31];
  assign equal_o = a_i == b_i;

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

  // One right shifter; left shifts go through it with their bits reversed.
  wire [31:0] a_reversed;
  wire [31:0] right = shift_left_i ? a_reversed : a_i;
  wire        fill = shift_arith_i & a_i[31] & ~shift_left_i;
  wire [31:0] shifted;
  wire [31:0] shifted_reversed;
  wire [31:0] by1  = b_i[0] ? {fill, right[31:1]} : right;
  wire [31:0] by2  = b_i[1] ? {{2{fill}}, by1[31:2]} : by1;
  wire [31:0] by4  = b_i[2] ? {{4{fill}}, by2[31:4]} : by2;
  wire [31:0] by8  = b_i[3] ? {{8{fill}}, by4[31:8]} : by4;
  assign shifted   = b_i[4] ? {{16{fill}}, by8[31:16]} : by8;

  genvar i;
  generate
    for (i = 0; i < 32; i = i + 1) begin : g_reverse
      assign a_reversed[i] = a_i[31 - i];
      assign shifted_reversed[i] = shifted[31 - i];
    end
  endgenerate
  assign shift_o = shift_left_i ? shifted_reversed : shifted;

endmodule

`default_nettype wire

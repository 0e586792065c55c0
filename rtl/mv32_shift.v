// Shifter, halved between the stages: X rotates by 0, 8, 16 or 24, W by the remaining 0 to 7 and masks.
//
// It rotates to the right; a left shift by n is a rotation by 32 - n. What came round the end is replaced by the fill
// bit. For everything but a shift the result is 0, so that stage W can OR it with the other results of stage X.
`default_nettype none

module mv32_shift (
  input  wire        clk_i,
  input  wire        en_i,         // stage X moves on

  // Stage X
  input  wire        shift_i,      // the instruction is a shift
  input  wire        left_i,
  input  wire        arith_i,
  input  wire [4:0]  amount_i,
  input  wire [31:0] data_i,

  // Stage W
  output wire [31:0] w_result_o
);

  // Coarse rotation
  wire [4:0] rotate = (amount_i ^ {5{left_i}}) + {4'd0, left_i};
  reg [31:0] coarse;
  always @* begin
    case (rotate[4:3])
      2'd0:    coarse = data_i;
      2'd1:    coarse = {data_i[7:0], data_i[31:8]};
      2'd2:    coarse = {data_i[15:0], data_i[31:16]};
      default: coarse = {data_i[23:0], data_i[31:24]};
    endcase
  end

  // Bits to keep: below 32 - amount (right), or from amount on (left).
  wire [31:0] ones = 32'hffff_ffff;
  wire [31:0] keep = left_i ? ones << amount_i : ones >> amount_i;

  reg [31:0] coarse_q;
  reg [31:0] keep_q;
  reg        fill_q;
  reg [2:0]  fine_q;
  always @(posedge clk_i) if (en_i) begin
    coarse_q <= coarse;
    keep_q   <= shift_i ? keep : 32'd0;
    fill_q   <= shift_i & arith_i & data_i[31] & ~left_i;
    fine_q   <= rotate[2:0];
  end

  // Fine rotation
  reg [31:0] by6;
  always @* begin
    case (fine_q[2:1])
      2'd0:    by6 = coarse_q;
      2'd1:    by6 = {coarse_q[1:0], coarse_q[31:2]};
      2'd2:    by6 = {coarse_q[3:0], coarse_q[31:4]};
      default: by6 = {coarse_q[5:0], coarse_q[31:6]};
    endcase
  end
  wire [31:0] fine = fine_q[0] ? {by6[0], by6[31:1]} : by6;
  assign w_result_o = (fine & keep_q) | ({32{fill_q}} & ~keep_q);

endmodule

`default_nettype wire

// Test extension for the socket of mv32: one instruction for each thing the socket can carry. Opcode custom-0.
//
//   funct3 0  ldot   rd, (rs1), rs2   acc += dot of four s8 lanes of the word at rs1 and of rs2; rd = rs1 + 4 (result 2)
//   funct3 1  ldotp  rd, rs2          the same, address from the pointer in unit state, which post-increments; rd = acc'
//   funct3 2  rdacc  rd               rd = acc, then acc = 0
//   funct3 3  mac3   rd, rs1, rs2     rd = rd + rs1 * rs2 (third register operand)
//   funct3 4  fmac   rs1, rs2, i, j   x20 += x21 * x22; rs1 += i (instr[11:7]), rs2 += j (instr[31:25]); three results
//   funct3 5  loop   level (instr[7]), count rs1, last instruction of the body at pc + 4 * instr[31:20]
//   funct3 6  slow   rd, rs1, n       rd = rs1 + 1 after n (instr[24:20]) stall cycles
//   funct3 7  funct7 0 setp rs1: pointer = rs1; 1 stp rs1, rs2: store half-word rs2 at rs1; 2 add2 rs1, rs2, i: two results
`default_nettype none

module mv32_test_ext (
  input  wire        clk_i,
  input  wire        rst_ni,

  // Outputs of the core
  input  wire [31:0] ext_d_instr_i,
  input  wire        ext_x_valid_i,
  input  wire        ext_x_commit_i,
  input  wire [31:0] ext_x_instr_i,
  input  wire [31:0] ext_x_pc_i,
  input  wire [31:0] ext_x_rs1_i,
  input  wire [31:0] ext_x_rs2_i,
  input  wire [31:0] ext_x_rs3_i,
  input  wire [31:0] ext_x_pin0_i,
  input  wire [31:0] ext_x_pin1_i,
  input  wire [31:0] ext_x_pin2_i,
  input  wire        ext_w_valid_i,
  input  wire        ext_w_commit_i,
  input  wire [31:0] ext_w_rdata_i,
  input  wire [31:0] ext_w_pin0_i,

  // Inputs of the core
  output wire        ext_d_claim_o,
  output wire [4:0]  ext_d_rs3_o,
  output reg  [2:0]  ext_d_we_o,
  output wire [4:0]  ext_d_rd_o,
  output wire [4:0]  ext_d_rd2_o,
  output wire        ext_d_load_o,
  output wire        ext_d_store_o,
  output wire [1:0]  ext_d_size_o,
  output wire        ext_d_unsigned_o,
  output wire        ext_d_loop_o,
  output wire        ext_x_stall_o,
  output wire [31:0] ext_x_addr_o,
  output wire [31:0] ext_x_wdata_o,
  output wire        ext_x_loop_level_o,
  output wire [31:0] ext_x_loop_count_o,
  output wire [31:0] ext_x_loop_end_o,
  output wire [31:0] ext_w_result_o,
  output wire [31:0] ext_w_result2_o,
  output wire [31:0] ext_w_result3_o
);

  localparam [2:0] LDOT = 3'd0, LDOTP = 3'd1, RDACC = 3'd2, MAC3 = 3'd3, FMAC = 3'd4, LOOP = 3'd5, SLOW = 3'd6;

  // Stage D
  wire [31:0] d = ext_d_instr_i;
  wire [2:0]  d_op = d[14:12];
  wire        d_misc = d_op == 3'd7;
  wire        d_add2 = d_misc & d[26];
  assign ext_d_claim_o = d[6:0] == 7'b0001011 & ~(d_misc & (d[25] & d[26] | (|d[31:27])));
  assign ext_d_rs3_o = d[11:7];
  assign ext_d_rd_o = (d_op == FMAC | d_add2) ? d[19:15] : d[11:7];
  assign ext_d_rd2_o = (d_op == LDOT) ? d[19:15] : d[24:20];
  assign ext_d_load_o = d_op == LDOT | d_op == LDOTP;
  assign ext_d_store_o = d_misc & d[25];
  assign ext_d_size_o = d_misc ? 2'd1 : 2'd2;
  assign ext_d_unsigned_o = 1'b0;
  assign ext_d_loop_o = ext_d_claim_o & d_op == LOOP;
  always @* begin
    case (d_op)
      LDOT:    ext_d_we_o = 3'b010;
      FMAC:    ext_d_we_o = 3'b111;
      LOOP:    ext_d_we_o = 3'b000;
      3'd7:    ext_d_we_o = {1'b0, {2{d[26]}}};
      default: ext_d_we_o = 3'b001;
    endcase
  end

  // Stage X
  wire [31:0] x = ext_x_instr_i;
  wire [2:0]  x_op = x[14:12];
  wire        x_setp = x_op == 3'd7 & x[26:25] == 2'd0;
  reg  [31:0] pointer_q;
  reg  [4:0]  wait_q;
  assign ext_x_stall_o = x_op == SLOW & wait_q != x[24:20];
  assign ext_x_addr_o = (x_op == LDOTP) ? pointer_q : ext_x_rs1_i;
  assign ext_x_wdata_o = ext_x_rs2_i;
  assign ext_x_loop_level_o = x[7];
  assign ext_x_loop_count_o = ext_x_rs1_i;
  assign ext_x_loop_end_o = ext_x_pc_i + {18'd0, x[31:20], 2'b00};
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      pointer_q <= 32'd0;
      wait_q <= 5'd0;
    end else begin
      if (ext_x_commit_i & x_setp) pointer_q <= ext_x_rs1_i;
      if (ext_x_commit_i & x_op == LDOTP) pointer_q <= pointer_q + 32'd4;
      if (ext_x_valid_i) wait_q <= ext_x_stall_o ? wait_q + 5'd1 : 5'd0;
    end
  end

  // From X to W
  reg  [2:0]  w_op_q;
  reg  [31:0] w_rs2_q;
  reg  [31:0] w_result_q;
  reg  [31:0] w_result2_q;
  reg  [31:0] w_product_q;
  always @(posedge clk_i) if (ext_x_commit_i) begin
    w_op_q <= x_op;
    w_rs2_q <= ext_x_rs2_i;
    case (x_op)
      MAC3:    w_result_q <= ext_x_rs3_i + ext_x_rs1_i * ext_x_rs2_i;
      FMAC:    w_result_q <= ext_x_rs1_i + {27'd0, x[11:7]};
      3'd7:    w_result_q <= ext_x_rs1_i + {27'd0, x[11:7]};
      default: w_result_q <= ext_x_rs1_i + 32'd1;
    endcase
    w_result2_q <= (x_op == LDOT) ? ext_x_rs1_i + 32'd4 : ext_x_rs2_i + ((x_op == FMAC) ? {25'd0, x[31:25]} : 32'd1);
    w_product_q <= ext_x_pin1_i * ext_x_pin2_i;
  end

  // Stage W
  function [31:0] product(input [7:0] a, input [7:0] b);
    product = {{24{a[7]}}, a} * {{24{b[7]}}, b};
  endfunction
  reg  [31:0] acc_q;
  wire [31:0] a = ext_w_rdata_i;
  wire [31:0] dot = product(a[7:0], w_rs2_q[7:0]) + product(a[15:8], w_rs2_q[15:8]) +
                    product(a[23:16], w_rs2_q[23:16]) + product(a[31:24], w_rs2_q[31:24]);
  wire [31:0] acc = acc_q + dot;
  always @(posedge clk_i) begin
    if (!rst_ni) acc_q <= 32'd0;
    else if (ext_w_commit_i & (w_op_q == LDOT | w_op_q == LDOTP)) acc_q <= acc;
    else if (ext_w_commit_i & w_op_q == RDACC) acc_q <= 32'd0;
  end
  assign ext_w_result_o = (w_op_q == RDACC) ? acc_q : (w_op_q == LDOTP) ? acc : w_result_q;
  assign ext_w_result2_o = w_result2_q;
  assign ext_w_result3_o = ext_w_pin0_i + w_product_q;

  wire unused = &{1'b0, ext_x_pin0_i, ext_w_valid_i, x[6:0], x[19:15]};

endmodule

`default_nettype wire

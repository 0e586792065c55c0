// Instruction decoder of stage D. Its outputs are the control bits and the immediate of stage X, registered here.
//
// Only what the base ISA (RV32IM, Zicsr, Zifencei) defines is legal here; the extension's claim is joined in
// mv32_core. Control bits of different instruction classes are mutually exclusive for legal instructions.
`default_nettype none

module mv32_decode (
  input  wire        clk_i,
  input  wire        en_i,            // the instruction moves from D to X
  input  wire [31:0] instr_i,

  output reg         legal_o,
  output reg  [31:0] imm_o,

  // Register write and where stage X takes its result from: 0 ALU, 1 pc adder, 2 divider, 3 CSR
  output reg         rd_we_o,
  output reg  [1:0]  result_sel_o,

  // ALU: 0 add/subtract, 1 pass the immediate, 2 and, 3 set less than, 4 xor, 6 or, 7 and
  output reg  [2:0]  alu_op_o,
  output reg         alu_sub_o,
  output reg         alu_imm_o,       // second operand is the immediate
  output reg         cmp_unsigned_o,  // comparison of set-less-than and branches
  output reg         shift_o,
  output reg         shift_arith_o,

  // Instruction classes
  output reg         branch_o,
  output reg         jal_o,
  output reg         jalr_o,
  output reg         load_o,
  output reg         store_o,
  output reg         mul_o,
  output reg         div_o,
  output reg         csr_o,
  output reg         ecall_o,
  output reg         ebreak_o,
  output reg         mret_o,
  output reg         fencei_o
);

  wire [6:0]  opcode = instr_i[6:0];
  wire [2:0]  funct3 = instr_i[14:12];
  wire [6:0]  funct7 = instr_i[31:25];
  wire [4:0]  rd     = instr_i[11:7];
  wire [4:0]  rs1    = instr_i[19:15];
  wire [11:0] funct12 = instr_i[31:20];

  wire op_lui    = opcode == 7'b0110111;
  wire op_auipc  = opcode == 7'b0010111;
  wire op_jal    = opcode == 7'b1101111;
  wire op_jalr   = opcode == 7'b1100111;
  wire op_branch = opcode == 7'b1100011;
  wire op_load   = opcode == 7'b0000011;
  wire op_store  = opcode == 7'b0100011;
  wire op_imm    = opcode == 7'b0010011;
  wire op_reg    = opcode == 7'b0110011;
  wire op_fence  = opcode == 7'b0001111;
  wire op_system = opcode == 7'b1110011;

  // Legality by field
  wire f7_zero  = funct7 == 7'b0000000;
  wire f7_alt   = funct7 == 7'b0100000;
  wire f7_mul   = funct7 == 7'b0000001;
  wire f3_shift = funct3[1:0] == 2'b01;
  wire f3_right = funct3 == 3'b101;
  wire is_muldiv = op_reg & f7_mul;

  wire imm_legal = ~f3_shift | f7_zero | (f3_right & f7_alt);
  wire reg_legal = f7_zero | f7_mul | (f7_alt & (f3_right | funct3 == 3'b000));
  wire load_legal = (funct3[1:0] != 2'b11) & (funct3 != 3'b110);
  wire store_legal = ~funct3[2] & (funct3[1:0] != 2'b11);
  wire branch_legal = funct3[2:1] != 2'b01;

  // System instructions
  wire sys_plain = op_system & funct3 == 3'b000 & rd == 5'd0 & rs1 == 5'd0;
  wire is_wfi    = sys_plain & funct12 == 12'h105;
  wire d_ecall  = sys_plain & funct12 == 12'h000;
  wire d_ebreak = sys_plain & funct12 == 12'h001;
  wire d_mret   = sys_plain & funct12 == 12'h302;

  wire csr_write = (funct3[1:0] == 2'b01) | (rs1 != 5'd0);
  wire csr_known =
    funct12 == 12'h300 | funct12 == 12'h301 | funct12 == 12'h304 | funct12 == 12'h305 |
    funct12 == 12'h340 | funct12 == 12'h341 | funct12 == 12'h342 | funct12 == 12'h343 | funct12 == 12'h344 |
    funct12 == 12'hb00 | funct12 == 12'hb02 | funct12 == 12'hb80 | funct12 == 12'hb82 |
    funct12 == 12'hc00 | funct12 == 12'hc01 | funct12 == 12'hc02 |
    funct12 == 12'hc80 | funct12 == 12'hc81 | funct12 == 12'hc82 |
    funct12 == 12'hf11 | funct12 == 12'hf12 | funct12 == 12'hf13 | funct12 == 12'hf14;
  wire csr_readonly = funct12[11:10] == 2'b11;
  wire d_csr = op_system & funct3[1:0] != 2'b00 & csr_known & ~(csr_write & csr_readonly);

  wire d_fencei = op_fence & funct3 == 3'b001;
  wire is_fence = op_fence & funct3 == 3'b000;

  wire d_legal =
    op_lui | op_auipc | op_jal | (op_jalr & funct3 == 3'b000) | (op_branch & branch_legal) |
    (op_load & load_legal) | (op_store & store_legal) | (op_imm & imm_legal) | (op_reg & reg_legal) |
    is_fence | d_fencei | d_csr | d_ecall | d_ebreak | d_mret | is_wfi;

  // Classes
  wire d_branch = op_branch & branch_legal;
  wire d_jal    = op_jal;
  wire d_jalr   = op_jalr & funct3 == 3'b000;
  wire d_load   = op_load & load_legal;
  wire d_store  = op_store & store_legal;
  wire d_mul    = is_muldiv & ~funct3[2];
  wire d_div    = is_muldiv & funct3[2];

  wire d_rd_we = rd != 5'd0 & (op_lui | op_auipc | op_jal | op_jalr | op_load | op_imm | op_reg | d_csr);

  // ALU control
  wire arith = (op_imm | op_reg) & ~is_muldiv;
  wire slt   = arith & funct3[2:1] == 2'b01;
  wire [2:0] d_alu_op = op_lui ? 3'd1 : slt ? 3'd3 : arith ? funct3 : 3'd0;
  wire d_alu_sub = op_branch | slt | (op_reg & f7_alt);
  wire d_alu_imm = ~(op_reg | op_branch);
  wire d_cmp_unsigned = op_branch ? funct3[1] : funct3[0];
  wire d_shift_arith = instr_i[30];

  wire d_shift = arith & f3_shift;
  wire use_pc = op_auipc | op_jal | op_jalr;
  wire [1:0] d_result_sel = {op_system | d_div, use_pc | op_system};

  // Immediate: U, J, B, S or I format
  wire u_type = op_lui | op_auipc;
  wire uj_type = u_type | op_jal;
  wire sb_type = op_store | op_branch;
  wire sign = instr_i[31];
  reg [31:0] d_imm;
  always @* begin
    d_imm[31:20] = u_type ? instr_i[31:20] : {12{sign}};
    d_imm[19:12] = uj_type ? instr_i[19:12] : {8{sign}};
    d_imm[11]    = u_type ? 1'b0 : op_jal ? instr_i[20] : op_branch ? instr_i[7] : sign;
    d_imm[10:5]  = u_type ? 6'd0 : instr_i[30:25];
    d_imm[4:1]   = u_type ? 4'd0 : sb_type ? instr_i[11:8] : instr_i[24:21];
    d_imm[0]     = (u_type | op_jal | op_branch) ? 1'b0 : op_store ? instr_i[7] : instr_i[20];
  end

  always @(posedge clk_i) if (en_i) begin
    legal_o <= d_legal;
    imm_o <= d_imm;
    rd_we_o <= d_rd_we;
    result_sel_o <= d_result_sel;
    alu_op_o <= d_alu_op;
    alu_sub_o <= d_alu_sub;
    alu_imm_o <= d_alu_imm;
    cmp_unsigned_o <= d_cmp_unsigned;
    shift_o <= d_shift;
    shift_arith_o <= d_shift_arith;
    branch_o <= d_branch;
    jal_o <= d_jal;
    jalr_o <= d_jalr;
    load_o <= d_load;
    store_o <= d_store;
    mul_o <= d_mul;
    div_o <= d_div;
    csr_o <= d_csr;
    ecall_o <= d_ecall;
    ebreak_o <= d_ebreak;
    mret_o <= d_mret;
    fencei_o <= d_fencei;
  end

endmodule

`default_nettype wire

// What AMD UG579 (UltraScale DSP slice) says of DSP48E2, as far as ultrascale/*.v
// use it: no input registers, an output register or none, pre-adder, multiplier,
// and the four multiplexers of the sum. Anything else shows as x.
`default_nettype none

module DSP48E2 #(
  parameter AMULTSEL = "A", BMULTSEL = "B", PREADDINSEL = "A", USE_MULT = "MULTIPLY", USE_SIMD = "ONE48",
  parameter integer ACASCREG = 1, ADREG = 1, ALUMODEREG = 1, AREG = 1, BCASCREG = 1, BREG = 1, CARRYINREG = 1,
  parameter integer CARRYINSELREG = 1, CREG = 1, DREG = 1, INMODEREG = 1, MREG = 1, OPMODEREG = 1, PREG = 1,
  parameter [47:0] RND = 48'd0
) (
  input  wire [29:0] A,
  input  wire [26:0] D,
  input  wire [17:0] B,
  input  wire [47:0] C, PCIN,
  input  wire [8:0]  OPMODE,
  input  wire [4:0]  INMODE,
  input  wire [3:0]  ALUMODE,
  input  wire [2:0]  CARRYINSEL,
  input  wire        CARRYIN, CLK, CEP, RSTP,
  output wire [47:0] P, PCOUT
);

  // Table 2-10: the pre-adder takes D where INMODE[2], and A unless INMODE[1]
  wire [26:0] ad = (INMODE[2] ? D : 27'd0) + (INMODE[1] ? 27'd0 : A[26:0]);
  wire [26:0] multiplicand = AMULTSEL == "AD" ? ad : A[26:0];
  wire [44:0] m = $signed({{18{multiplicand[26]}}, multiplicand}) * $signed({{27{B[17]}}, B});

  reg [47:0] w, z, xy, p_q;
  always @* begin
    case (OPMODE[8:7])                 // table 2-7
      2'b00: w = 48'd0;
      2'b01: w = P;
      2'b10: w = RND;
      default: w = C;
    endcase
    case (OPMODE[6:4])                 // table 2-6
      3'b000: z = 48'd0;
      3'b001: z = PCIN;
      3'b010: z = P;
      3'b011: z = C;
      3'b101: z = {{17{PCIN[47]}}, PCIN[47:17]};
      3'b110: z = {{17{P[47]}}, P[47:17]};
      default: z = 48'bx;
    endcase
    case (OPMODE[3:0])                 // tables 2-4 and 2-5: both halves of a product or neither
      4'b0000: xy = 48'd0;
      4'b0101: xy = {{3{m[44]}}, m};
      default: xy = 48'bx;
    endcase
  end

  // The sum of table 2-8, for what is modelled alone; x for anything else
  wire modelled = ALUMODE == 4'b0000 & CARRYINSEL == 3'b000 & ~INMODE[0] & ~INMODE[3] & ~INMODE[4]
    & BMULTSEL == "B" & PREADDINSEL == "A" & USE_MULT == "MULTIPLY" & USE_SIMD == "ONE48"
    & ACASCREG + ADREG + ALUMODEREG + AREG + BCASCREG + BREG + CARRYINREG + CARRYINSELREG + CREG + DREG
      + INMODEREG + MREG + OPMODEREG == 0;
  wire [47:0] sum = modelled ? w + z + xy + {47'd0, CARRYIN} : 48'bx;

  always @(posedge CLK) begin
    if (RSTP) p_q <= 48'd0;
    else if (CEP) p_q <= sum;
  end
  assign P = PREG == 1 ? p_q : sum;
  assign PCOUT = P;

endmodule

`default_nettype wire

// Multiplexer of 32-bit words, one LUT a bit.
//
// Kept as a unit in synthesis: it stands where a data path is long, and Yosys' mapper, which aims for the least depth
// wherever it can see, would otherwise merge it with its neighbours into wide multiplexers of many LUTs a bit.
`default_nettype none

(* keep_hierarchy = "soft" *)
module mv32_mux #(
  parameter INPUTS = 4               // 2, 3 or 4; the inputs beyond are ignored
) (
  input  wire [1:0]  sel_i,
  input  wire [31:0] in0_i,
  input  wire [31:0] in1_i,
  input  wire [31:0] in2_i,
  input  wire [31:0] in3_i,
  output wire [31:0] out_o
);

  generate
    if (INPUTS == 2) begin : g_two
      assign out_o = sel_i[0] ? in1_i : in0_i;
      wire unused = &{1'b0, sel_i[1], in2_i, in3_i};
    end else if (INPUTS == 3) begin : g_three
      assign out_o = sel_i[1] ? in2_i : sel_i[0] ? in1_i : in0_i;
      wire unused = &{1'b0, in3_i};
    end else begin : g_four
      assign out_o = sel_i[1] ? (sel_i[0] ? in3_i : in2_i) : (sel_i[0] ? in1_i : in0_i);
    end
  endgenerate

endmodule

`default_nettype wire

// Read-only table in LUTs.
//
// Kept as a unit in synthesis: Yosys' mapper, which aims for the least depth wherever it can see, would otherwise merge the
// table with what computes its index, into several LUTs for each one that holds 64 bits of it.
`default_nettype none

(* keep_hierarchy = "soft" *)
module mv32_rom #(
  parameter WIDTH = 8,                          // bits of an entry
  parameter WORDS = 64,                         // entries
  parameter ADDR  = 6,                          // bits of the index; those beyond WORDS are never asked for
  parameter [WORDS*WIDTH-1:0] CONTENTS = 512'd0 // entry 0 in the lowest bits
) (
  input  wire [ADDR-1:0]  addr_i,
  output wire [WIDTH-1:0] data_o
);

  reg [WIDTH-1:0] words [0:WORDS-1];
  integer i;
  initial for (i = 0; i < WORDS; i = i + 1) words[i] = CONTENTS[i*WIDTH +: WIDTH];

  assign data_o = words[addr_i];

endmodule

`default_nettype wire

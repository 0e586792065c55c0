// Results of stage W on their way to the register file: one for base instructions, up to three for the extension.
//
// Result 1 goes to rd, result 2 to rd2, result 3 to the pinned register PIN0. With fewer write ports than results
// the instruction stays in W for further cycles (more_o) and the pipeline behind it waits:
//   WPORTS 1: one result a cycle. WPORTS 2: results 1 and 2 at once, then 3. WPORTS 3: all at once, since PIN0
//   then lives in flip-flops only (mv32_pin) and needs no port.
// If two results name the same register, the higher-numbered one is kept.
`default_nettype none

module mv32_wb #(
  parameter RESULTS = 1,
  parameter WPORTS = 1,
  parameter [4:0] PIN0 = 5'd0
) (
  input  wire        clk_i,
  input  wire        rst_ni,
  input  wire        run_i,          // no wait state

  // From stage X as it is left
  input  wire        x_go_i,
  input  wire [2:0]  x_we_i,
  input  wire [4:0]  x_rd_i,
  input  wire [4:0]  x_rd2_i,

  // Stage W
  input  wire [31:0] port1_i,        // the result that port1_sel_o asks for
  input  wire [31:0] result2_i,
  input  wire [31:0] result3_i,
  output wire [1:0]  port1_sel_o,    // result on port 1, less one
  output wire        more_o,

  // Writes at the end of this cycle, for file and bypass
  output wire        w1_en_o,
  output wire [4:0]  w1_addr_o,
  output wire [31:0] w1_data_o,
  output wire        w2_en_o,
  output wire [4:0]  w2_addr_o,
  output wire [31:0] w2_data_o,
  output wire        w3_en_o,        // straight to the pinned register
  output wire [31:0] w3_data_o
`ifdef FORMAL
  ,
  output wire [12:0] f_view_o        // see mv32_core
`endif
);

  reg [4:0] rd_q;
  always @(posedge clk_i) if (x_go_i) rd_q <= x_rd_i;

  generate
    if (RESULTS == 1) begin : g_one
      reg we_q;
      always @(posedge clk_i) begin
        if (!rst_ni) we_q <= 1'b0;
        else if (run_i) we_q <= x_go_i & x_we_i[0] & x_rd_i != 5'd0;
      end
`ifdef FORMAL
      assign f_view_o = {2'b00, we_q, rd_q, 5'd0};
`endif
      assign port1_sel_o = 2'd0;
      assign more_o = 1'b0;
      assign w1_en_o = run_i & we_q;
      assign w1_addr_o = rd_q;
      assign w1_data_o = port1_i;
      assign w2_en_o = 1'b0;
      assign w2_addr_o = 5'd0;
      assign w2_data_o = 32'd0;
      assign w3_en_o = 1'b0;
      assign w3_data_o = 32'd0;
      wire unused = &{1'b0, x_we_i[2:1], x_rd2_i, result2_i, result3_i};
    end else begin : g_many
      reg  [2:0] we_q;               // results still to be written
      reg  [2:0] we_d;
      reg  [4:0] rd2_q;
      always @(posedge clk_i) if (x_go_i) rd2_q <= x_rd2_i;
      always @(posedge clk_i) begin
        if (!rst_ni) we_q <= 3'd0;
        else if (run_i) we_q <= more_o ? we_d : x_we_i & {3{x_go_i}};
      end
`ifdef FORMAL
      assign f_view_o = {we_q, rd_q, rd2_q};
`endif

      wire port2 = WPORTS > 1;
      wire third = RESULTS > 2 & we_q[2];
      wire third_port = third & WPORTS < 3;
      wire take2 = we_q[1] & ~we_q[0] & ~port2;             // result 2 through port 1
      wire take3 = third_port & ~we_q[0] & (~we_q[1] | port2);

      always @* begin
        we_d = we_q;
        if (port2) we_d[1:0] = 2'b00;
        else if (we_q[0]) we_d[0] = 1'b0;
        else we_d[1] = 1'b0;
      end
      assign more_o = port2 ? we_q[0] & third_port : (we_q[0] & (we_q[1] | third)) | (we_q[1] & third);

      // A write that a higher-numbered result would overwrite in the same instruction is left out.
      wire to_pin = third & w1_addr_o == PIN0 & ~take3;
      wire to_rd2 = w2_en_o & w1_addr_o == rd2_q;
      assign w1_en_o = run_i & (we_q[0] | take2 | take3) & (|w1_addr_o) & ~to_pin & ~to_rd2;
      assign port1_sel_o = {take3, take2};
      assign w1_addr_o = take3 ? PIN0 : take2 ? rd2_q : rd_q;
      assign w1_data_o = port1_i;
      assign w2_en_o = run_i & port2 & we_q[1] & (|rd2_q) & ~(third & rd2_q == PIN0);
      assign w2_addr_o = rd2_q;
      assign w2_data_o = result2_i;
      assign w3_en_o = run_i & third & WPORTS > 2;
      assign w3_data_o = result3_i;
    end
  endgenerate

endmodule

`default_nettype wire

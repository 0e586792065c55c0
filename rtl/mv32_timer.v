// Machine timer: mtime counts clock cycles, the interrupt follows mtime >= mtimecmp one cycle later.
// Word accesses only; register select by the address bits that tell the CLINT offsets apart.
`default_nettype none

module mv32_timer (
  input  wire        clk_i,
  input  wire        rst_ni,

  input  wire        en_i,
  input  wire        we_i,
  input  wire        mtime_sel_i,    // 1: mtime, 0: mtimecmp
  input  wire        high_sel_i,     // upper word
  input  wire [31:0] wdata_i,
  output reg  [31:0] rdata_o,        // in the cycle after en_i

  output wire [63:0] mtime_o,
  output reg         irq_o
);

  wire        write = en_i & we_i;
  wire [63:0] mtime;
  reg  [63:0] mtimecmp_q;

  mv32_counter counter (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .count_i     (1'b1),
    .load_low_i  (write & mtime_sel_i & ~high_sel_i),
    .load_high_i (write & mtime_sel_i & high_sel_i),
    .data_i      (wdata_i),
    .value_q     (mtime)
  );

  wire [63:0] selected = mtime_sel_i ? mtime : mtimecmp_q;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      mtimecmp_q <= ~64'd0;
      irq_o <= 1'b0;
    end else begin
      irq_o <= mtime >= mtimecmp_q;
      if (write & ~mtime_sel_i & ~high_sel_i) mtimecmp_q[31:0] <= wdata_i;
      if (write & ~mtime_sel_i & high_sel_i) mtimecmp_q[63:32] <= wdata_i;
    end
  end
  always @(posedge clk_i) if (en_i) rdata_o <= high_sel_i ? selected[63:32] : selected[31:0];

  assign mtime_o = mtime;

endmodule

`default_nettype wire

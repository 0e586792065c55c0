// Data-side address decode: RAM, timer, and the simulation's console, exit and region-of-interest registers.
//
//   0x0___4000/4004  mtimecmp         0x1_______0  console, byte stores
//   0x0___BFF8/BFFC  mtime            0x1_______4  exit with this code, word stores
//   0x8_______       RAM              0x1_______8  region of interest: 1 starts, 0 stops, word stores
// Combinational in stage X, the read data's source registered for stage W. The outputs to the outside (console, exit,
// region of interest) are registered, so that they show in the cycle in which the store is in stage W.
// Everything else, and what can only be written, reads 0; writes elsewhere are lost.
`default_nettype none

module mv32_bus (
  input  wire        clk_i,
  input  wire        rst_ni,

  // Core
  input  wire        dmem_en_i,
  input  wire [3:0]  dmem_we_i,
  input  wire [31:0] dmem_addr_i,
  input  wire [31:0] dmem_wdata_i,
  output wire [31:0] dmem_rdata_o,

  // RAM
  output wire        ram_en_o,
  output wire [3:0]  ram_we_o,
  output wire [31:0] ram_addr_o,
  output wire [31:0] ram_wdata_o,
  input  wire [31:0] ram_rdata_i,

  // Timer
  output wire        timer_en_o,
  output wire        timer_we_o,
  output wire        timer_mtime_sel_o,
  output wire        timer_high_sel_o,
  output wire [31:0] timer_wdata_o,
  input  wire [31:0] timer_rdata_i,

  // Outside world
  output reg         console_valid_o,
  output reg  [7:0]  console_data_o,
  output reg         exit_valid_o,
  output reg  [31:0] exit_code_o,
  output reg         roi_valid_o,
  output reg         roi_value_o
);

  wire is_ram   = dmem_addr_i[31:28] == 4'h8;
  wire is_timer = dmem_addr_i[31:28] == 4'h0;
  wire is_io    = dmem_addr_i[31:28] == 4'h1;
  wire word     = &dmem_we_i;

  assign ram_en_o    = dmem_en_i & is_ram;
  assign ram_we_o    = dmem_we_i;
  assign ram_addr_o  = dmem_addr_i;
  assign ram_wdata_o = dmem_wdata_i;

  assign timer_en_o        = dmem_en_i & is_timer;
  assign timer_we_o        = word;
  assign timer_mtime_sel_o = dmem_addr_i[15];
  assign timer_high_sel_o  = dmem_addr_i[2];
  assign timer_wdata_o     = dmem_wdata_i;

  reg ram_q;
  reg timer_q;
  always @(posedge clk_i) if (dmem_en_i) begin
    ram_q   <= is_ram;
    timer_q <= is_timer;
  end
  assign dmem_rdata_o = ram_q ? ram_rdata_i : timer_q ? timer_rdata_i : 32'd0;

  wire io_store = dmem_en_i & is_io;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      console_valid_o <= 1'b0;
      exit_valid_o    <= 1'b0;
      roi_valid_o     <= 1'b0;
    end else begin
      console_valid_o <= io_store & dmem_addr_i[3:2] == 2'd0 & dmem_we_i[0];
      exit_valid_o    <= io_store & dmem_addr_i[3:2] == 2'd1 & word;
      roi_valid_o     <= io_store & dmem_addr_i[3:2] == 2'd2 & word;
    end
  end
  always @(posedge clk_i) if (io_store) begin
    console_data_o <= dmem_wdata_i[7:0];
    exit_code_o    <= dmem_wdata_i;
    roi_value_o    <= dmem_wdata_i[0];
  end

endmodule

`default_nettype wire

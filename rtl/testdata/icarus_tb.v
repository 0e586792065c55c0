// Test bench for Icarus: the simulation top with mv32_ram as its memory. Prints "exit N" or "timeout".
`default_nettype none
`timescale 1ns / 1ps

module icarus_tb #(
  parameter EXT = 0,
  parameter WPORTS = 1,
  parameter INIT = "",
  parameter MAX_CYCLES = 100000
);

  reg         clk = 1'b0;
  reg         rst_n = 1'b0;
  wire        imem_en;
  wire [31:0] imem_addr;
  wire [31:0] imem_rdata;
  wire        ram_en;
  wire [3:0]  ram_we;
  wire [31:0] ram_addr;
  wire [31:0] ram_wdata;
  wire [31:0] ram_rdata;
  wire        exit_valid;
  wire [31:0] exit_code;

  mv32_tb #(
    .EXT(EXT), .EXT_RS3(EXT), .EXT_RESULTS(EXT ? 3 : 1), .EXT_WPORTS(WPORTS), .EXT_PIN0(EXT ? 5'd20 : 5'd0),
    .EXT_PIN1(EXT ? 5'd21 : 5'd0), .EXT_PIN2(EXT ? 5'd22 : 5'd0), .EXT_MEM(EXT), .LOOPS(EXT ? 2 : 0)
  ) tb (
    .clk_i           (clk),
    .rst_ni          (rst_n),
    .imem_en_o       (imem_en),
    .imem_addr_o     (imem_addr),
    .imem_rdata_i    (imem_rdata),
    .imem_wait_i     (1'b0),
    .ram_en_o        (ram_en),
    .ram_we_o        (ram_we),
    .ram_addr_o      (ram_addr),
    .ram_wdata_o     (ram_wdata),
    .ram_rdata_i     (ram_rdata),
    .dmem_wait_i     (1'b0),
    .irq_external_i  (1'b0),
    .console_valid_o (),
    .console_data_o  (),
    .exit_valid_o    (exit_valid),
    .exit_code_o     (exit_code),
    .roi_valid_o     (),
    .roi_value_o     ()
  );

  mv32_ram #(.WORDS(65536), .INIT(INIT)) ram (
    .clk_i     (clk),
    .a_en_i    (imem_en),
    .a_addr_i  (imem_addr),
    .a_rdata_o (imem_rdata),
    .b_en_i    (ram_en),
    .b_we_i    (ram_we),
    .b_addr_i  (ram_addr),
    .b_wdata_i (ram_wdata),
    .b_rdata_o (ram_rdata)
  );

  always #5 clk = ~clk;

  initial begin
    #32 rst_n = 1'b1;
    #(10 * MAX_CYCLES);
    $display("timeout");
    $finish;
  end
  always @(posedge clk) if (exit_valid) begin
    $display("exit %0d", exit_code);
    $finish;
  end

endmodule

`default_nettype wire

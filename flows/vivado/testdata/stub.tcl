# Stands in for Vivado: records every vendor command with its arguments and
# answers what the script asks for. usage: tclsh stub.tcl SCRIPT SLACK [ARGUMENT...]
#
# Commands that are not Vivado's fail, as they would there. So do commands in
# the wrong order: each names the step that must have run before it.

set script [lindex $argv 0]
set slack  [lindex $argv 1]
set argv   [lrange $argv 2 end]

proc record {name arguments} {
  global script out
  set text "$name $arguments"
  # Machine paths would make the golden file differ from place to place.
  puts [string map [list [file dirname [file normalize $script]] HERE] [string trim $text]]
  set ::done($name) 1
}

foreach {name needs} {
  set_param {} read_verilog {} read_xdc read_verilog synth_design read_xdc
  opt_design synth_design place_design opt_design phys_opt_design place_design route_design phys_opt_design
  report_utilization route_design report_timing_summary route_design report_power route_design
  report_drc route_design write_checkpoint synth_design write_bitstream route_design
} {
  proc $name args [string map [list NAME $name NEEDS $needs] {
    if {{NEEDS} ne "" && ![info exists ::done(NEEDS)]} { error "NAME before NEEDS" }
    foreach argument $args {
      if {[regexp {\.(v|xdc)$} $argument] && ![file exists $argument]} { error "NAME: no file $argument" }
    }
    record NAME $args
  }]
}
proc get_timing_paths args { record get_timing_paths $args; return [expr {$::slack eq "none" ? {} : {path}}] }
proc get_property args { record get_property $args; return $::slack }

if {[catch {source $script} message]} {
  puts stderr "ERROR: $message"
  exit 1
}

/** launch.sh: Jailhouse's driver, and whether Jailhouse is enabled. */

export const DRIVER = `loaded=
modprobe_file=/proc/sys/kernel/modprobe # the one that the kernel itself runs

# load_driver: with --modprobe, if it is absent.
load_driver() {
  [ -n "$load_driver" ] && [ ! -d "$sysfs" ] || return 0
  read_line "$modprobe_file"
  modprobe=\${line:-/sbin/modprobe}
  if [ -n "$dry_run" ]; then
    print_command "$modprobe" jailhouse
    return
  fi
  said=/dev/null
  [ -z "$work" ] || said=$work/modprobe
  run_whole "$step_timeout" "$modprobe" jailhouse >"$said" 2>&1
  if [ "$code" -eq 0 ] && [ -d "$sysfs" ]; then
    loaded=1
    say 'modprobe: the jailhouse driver was not loaded; it is now'
    check_release
    return
  fi
  while IFS= read -r line || [ -n "$line" ]; do
    say "modprobe: it said: $line"
  done <"$said"
  [ "$late" -eq 0 ] ||
    die "modprobe: 'modprobe jailhouse' did not end within $limit s; see dmesg, or raise LAUNCH_STEP_TIMEOUT"
  [ "$code" -ne 0 ] ||
    die "modprobe: 'modprobe jailhouse' exited with code 0, and still there is no $sysfs; see dmesg"
  die "modprobe: 'modprobe jailhouse' exited with code $code; the driver must be built for the kernel that runs ($(uname -r)): see dmesg"
}

# Whether Jailhouse has to be enabled, to $must_enable.
check_enabled() {
  must_enable=
  read_line "$sysfs/enabled" && [ "$line" = 1 ] && return
  if [ ! -d "$sysfs" ]; then
    # A dry run has said how the driver would be loaded.
    if [ -z "$dry_run" ] || [ -z "$load_driver" ]; then
      refuse "enabled: the jailhouse driver is not loaded: there is no $sysfs; load it with modprobe jailhouse, or let launch.sh $verb --modprobe\${system_file:+ --enable} do so"
    fi
    must_enable=$enable
  elif [ -n "$enable" ]; then
    must_enable=1
  elif [ -n "$system_file" ]; then
    refuse "enabled: Jailhouse is not enabled; enable it, or let launch.sh $verb --enable do so"
  else
    refuse "enabled: Jailhouse is not enabled; run jailhouse enable with this machine's system config first"
  fi
}
`;

/**
 * Milliseconds on the machine's monotonic clock: one clock for all its processes, so that what
 * different processes did can be put in order. `performance.timeOrigin` would not do: each process
 * takes its own off the wall clock when it starts, which may have been set meanwhile.
 */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
